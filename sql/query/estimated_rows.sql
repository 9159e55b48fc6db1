-- Rows of a table and its parts as of their last VACUUM or ANALYZE. NULL if one of them had neither
-- and is not empty, for views, and for a caller who may not read all rows.
WITH RECURSIVE part AS (
    SELECT c.oid, c.relkind, c.reltuples
    FROM pg_catalog.pg_class AS c
    WHERE c.oid OPERATOR(pg_catalog.=) $1
      AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')
      AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
      AND NOT pg_catalog.row_security_active(c.oid)
    UNION
    SELECT c.oid, c.relkind, c.reltuples
    FROM part AS p
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) p.oid
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid),
counted AS (
    SELECT CASE
               WHEN p.relkind OPERATOR(pg_catalog.=) 'p' THEN 0
               WHEN p.relkind OPERATOR(pg_catalog.=) 'v' THEN NULL
               WHEN p.reltuples OPERATOR(pg_catalog.>=) 0 THEN p.reltuples
               WHEN p.relkind OPERATOR(pg_catalog.=) 'f' THEN NULL
               WHEN pg_catalog.pg_relation_size(p.oid) OPERATOR(pg_catalog.=) 0 THEN 0
           END::pg_catalog.float8 AS rows
    FROM part AS p)
SELECT CASE WHEN pg_catalog.bool_and(c.rows IS NOT NULL) THEN pg_catalog.sum(c.rows)::pg_catalog.int8 END
FROM counted AS c
