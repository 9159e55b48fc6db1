-- The labels of an enum, in their order.
SELECT e.enumlabel::text
FROM pg_catalog.pg_enum AS e
WHERE e.enumtypid OPERATOR(pg_catalog.=) $1
ORDER BY e.enumsortorder
