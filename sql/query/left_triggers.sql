-- The tables that have triggers of the source of this number and are partitions no more.
SELECT DISTINCT c.oid
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
WHERE pg_catalog.starts_with(t.tgname::text, pg_catalog.concat('tenant_metrics_', $1, '_'))
    AND c.oid OPERATOR(pg_catalog.<>) $2 AND NOT c.relispartition
