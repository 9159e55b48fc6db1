-- The schema, if the caller may not use it, and whether the caller may read the column.
SELECT CASE WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN n.nspname::pg_catalog.text END,
       pg_catalog.has_column_privilege($1, $2, 'SELECT')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.=) $1
