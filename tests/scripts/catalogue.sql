-- What the catalogues say of the extension's objects, by name; not its version.
CREATE TEMPORARY VIEW member AS
SELECT d.classid AS class, d.objid AS object, i.type, i.identity
FROM pg_depend AS d
JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass,
     pg_identify_object(d.classid, d.objid, 0) AS i
WHERE e.extname = 'tenant_metrics' AND d.deptype = 'e';

SELECT type, identity, obj_description(object, class::regclass::name::text) FROM member
ORDER BY type, identity;

-- Arguments, defaults, results, labels, symbols.
SELECT identity, pg_get_functiondef(p.oid), p.proacl::text
FROM member JOIN pg_proc AS p ON class = 'pg_proc'::regclass AND p.oid = object
WHERE p.prokind = 'f'
ORDER BY identity;

SELECT identity, p.provolatile, p.proparallel, p.proacl::text, a.aggtransfn, a.aggfinalfn,
       a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggfinalmodify, a.aggtranstype::regtype
FROM member JOIN pg_proc AS p ON class = 'pg_proc'::regclass AND p.oid = object
JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
ORDER BY identity;

SELECT c.oid::regclass, c.relkind, c.relacl::text, pg_get_viewdef(c.oid)
FROM pg_class AS c
WHERE c.relnamespace = 'tenant_metrics'::regnamespace
ORDER BY c.relname;

SELECT a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attcollation::regcollation, a.attacl::text, col_description(a.attrelid, a.attnum)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'tenant_metrics'::regnamespace
ORDER BY c.relname, a.attnum;

SELECT c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint AS c
WHERE c.connamespace = 'tenant_metrics'::regnamespace
ORDER BY 1, 2;

SELECT t.typname, t.typacl::text, n.nspacl::text
FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = 'tenant_metrics'
ORDER BY t.typname;

SELECT e.extrelocatable, e.extnamespace::regnamespace, e.extconfig::regclass[]::text, e.extcondition
FROM pg_extension AS e
WHERE e.extname = 'tenant_metrics';

SELECT m.identity, r.type, r.identity, d.deptype
FROM member AS m JOIN pg_depend AS d ON (d.classid, d.objid) = (m.class, m.object),
     pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) AS r
ORDER BY m.identity, r.type, r.identity, d.deptype;
