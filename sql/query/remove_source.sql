WITH named AS (
    DELETE FROM tenant_metrics.source_name AS n WHERE n.name OPERATOR(pg_catalog.=) $1 RETURNING 1),
described AS (
    DELETE FROM tenant_metrics.source AS s WHERE s.name OPERATOR(pg_catalog.=) $1 RETURNING 1)
SELECT FROM named UNION ALL SELECT FROM described
