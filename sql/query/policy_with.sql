-- A policy of a table whose condition names an object with this OID.
SELECT p.polname::pg_catalog.text
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid OPERATOR(pg_catalog.=) $1
  AND p.polqual::pg_catalog.text OPERATOR(pg_catalog.~) pg_catalog.format(':(funcid|opfuncid|relid) %s ', $2)
ORDER BY p.polname
LIMIT 1
