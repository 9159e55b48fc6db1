-- What the catalogues say of the extension: functions and their labels, comments, row types, grants.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA catalog;
SET search_path = catalog, public;

CREATE VIEW members AS
SELECT d.classid::regclass AS class, d.objid FROM pg_depend AS d
JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'tenant_metrics' AND d.deptype = 'e';
CREATE VIEW functions AS SELECT p.* FROM pg_proc AS p JOIN members ON class = 'pg_proc'::regclass AND objid = p.oid;

-- The extension itself: a fixed schema, installable by a database's owner.
SELECT extrelocatable AS relocatable, extnamespace::regnamespace AS schema FROM pg_extension WHERE extname = 'tenant_metrics';
SELECT superuser, trusted, relocatable FROM pg_available_extension_versions WHERE name = 'tenant_metrics' AND installed;

-- Every function with its labels; the twins of a reader share one library symbol.
SELECT proname AS name, provolatile AS volatility, proparallel AS parallel, proisstrict AS strict, procost AS cost, prorows AS rows,
       prosrc = regexp_replace(proname, '_(uuid|text)$', '') AS own_symbol
FROM functions WHERE prokind = 'f' AND pronamespace = 'public'::regnamespace ORDER BY proname COLLATE "C";
SELECT oid::regprocedure AS function, prokind AS kind, provolatile AS volatility, proparallel AS parallel, proisstrict AS strict
FROM functions WHERE pronamespace = 'tenant_metrics'::regnamespace ORDER BY oid::regprocedure::text COLLATE "C";
SELECT count(*) FILTER (WHERE proleakproof) AS leakproof, count(*) FILTER (WHERE prosecdef) AS security_definer,
       count(*) FILTER (WHERE proconfig IS NOT NULL) AS with_settings, count(*) FILTER (WHERE prosupport <> 0) AS with_support
FROM functions;

-- One name, one signature: trailing defaults only, and twins that differ in the type of the ids alone.
SELECT proname FROM functions GROUP BY proname HAVING count(*) > 1;
SELECT proname AS name, pg_get_function_arguments(oid) AS arguments, pg_get_function_result(oid) AS result
FROM functions WHERE prokind = 'f' AND pronamespace = 'public'::regnamespace AND proname !~ '_(uuid|text)$' ORDER BY proname COLLATE "C";
SELECT t.proname AS differs FROM functions AS b JOIN functions AS t ON t.proname IN (b.proname || '_uuid', b.proname || '_text')
WHERE replace(pg_get_function_arguments(b.oid), 'bigint', right(t.proname, 4)) <> pg_get_function_arguments(t.oid)
   OR (b.provolatile, b.proparallel, b.proisstrict, b.procost, b.prorows, b.prosrc)
      <> (t.provolatile, t.proparallel, t.proisstrict, t.procost, t.prorows, t.prosrc);
SELECT count(*) AS readers, count(*) FILTER (WHERE EXISTS (SELECT FROM functions AS u WHERE u.proname = f.proname || '_uuid')
                                           AND EXISTS (SELECT FROM functions AS t WHERE t.proname = f.proname || '_text')) AS with_twins
FROM functions AS f WHERE proname !~ '_(uuid|text)$' AND pronamespace = 'public'::regnamespace;

-- What everybody may call neither takes a state nor changes anything. The bytea of series_state is a frame, which is checked.
SELECT oid::regproc AS function FROM functions
WHERE has_function_privilege('public', oid, 'EXECUTE')
  AND (provolatile = 'v' OR proparallel = 'u' OR 'internal'::regtype = ANY (proargtypes) OR 'bytea'::regtype = ANY (proargtypes));
SELECT oid::regproc AS "not for everybody" FROM functions WHERE NOT has_function_privilege('public', oid, 'EXECUTE') ORDER BY oid::regproc::text COLLATE "C";
SELECT c.oid::regclass AS relation, c.relkind, grantee::regrole, privilege_type
FROM members JOIN pg_class AS c ON class = 'pg_class'::regclass AND objid = c.oid, aclexplode(c.relacl)
WHERE grantee <> c.relowner ORDER BY c.oid::regclass::text COLLATE "C", grantee::regrole::text COLLATE "C", privilege_type;
SELECT attrelid::regclass AS relation, attname AS column, privilege_type
FROM members JOIN pg_attribute ON class = 'pg_class'::regclass AND objid = attrelid, aclexplode(attacl);
SELECT has_schema_privilege('public', 'tenant_metrics', 'USAGE') AS usage, has_schema_privilege('public', 'tenant_metrics', 'CREATE') AS "create";

-- No relation of the extension is outside its schema; all are its owner's.
SELECT c.oid::regclass AS relation, c.relkind, c.relpersistence, c.relrowsecurity FROM members
JOIN pg_class AS c ON class = 'pg_class'::regclass AND objid = c.oid ORDER BY c.oid::regclass::text COLLATE "C";
SELECT count(*) FROM members JOIN pg_class AS c ON class = 'pg_class'::regclass AND objid = c.oid WHERE c.relnamespace <> 'tenant_metrics'::regnamespace;

-- Row types: names and types of every column; the views have the columns of the dashboard.
SELECT t.typname AS type, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
FROM pg_type AS t JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND a.attnum > 0
WHERE t.typnamespace = 'tenant_metrics'::regnamespace AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
GROUP BY t.typname ORDER BY t.typname COLLATE "C";
SELECT v.relname AS view, array_agg(a.attname ORDER BY a.attnum) = (
    SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute AS a
    WHERE a.attrelid = 'tenant_metrics.dashboard_row'::regclass AND a.attnum > 0) AS same_columns
FROM pg_class AS v JOIN pg_attribute AS a ON a.attrelid = v.oid AND a.attnum > 0
WHERE v.relnamespace = 'tenant_metrics'::regnamespace AND v.relkind = 'v' GROUP BY v.relname ORDER BY v.relname COLLATE "C";

-- Everything that can be seen has a comment.
SELECT pg_describe_object(class, objid, 0) AS without_comment FROM members
WHERE obj_description(objid, class::name) IS NULL
  AND NOT (class = 'pg_type'::regclass AND EXISTS (
      SELECT FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
      WHERE t.oid = objid AND (t.typelem <> 0 OR c.relkind IN ('r', 'v'))))
  AND NOT (class = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class WHERE oid = objid AND relkind = 'c'))
  AND NOT class = 'pg_rewrite'::regclass;

-- So has every column of a row type, a view or a table; those of twins say the same.
SELECT c.oid::regclass AS relation, a.attname AS column_without_comment
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'tenant_metrics'::regnamespace AND c.relkind IN ('c', 'v', 'r')
  AND col_description(c.oid, a.attnum) IS NULL
ORDER BY c.relname COLLATE "C", a.attnum;
SELECT t.oid::regclass AS twin, a.attname AS "column", col_description(t.oid, a.attnum) AS comment
FROM pg_class AS c JOIN pg_class AS t ON t.relname IN (c.relname || '_uuid', c.relname || '_text')
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0
WHERE c.relnamespace = 'tenant_metrics'::regnamespace AND t.relnamespace = c.relnamespace
  AND col_description(t.oid, a.attnum) IS DISTINCT FROM col_description(c.oid, a.attnum);

-- The settings, which the library declares when it is loaded.
LOAD 'tenant_metrics';
SELECT name, setting, unit, context, vartype, min_val, max_val, enumvals, boot_val, short_desc
FROM pg_settings WHERE name LIKE 'tenant\_metrics.%' ORDER BY name COLLATE "C";

DROP SCHEMA catalog CASCADE;
