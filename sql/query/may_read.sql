-- Whether the caller may read a column, and reading it computes nothing that could fail.
SELECT pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')
   AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
   AND a.attgenerated OPERATOR(pg_catalog.<>) 'v'
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
WHERE c.oid OPERATOR(pg_catalog.=) $1
  AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name
