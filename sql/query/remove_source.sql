DELETE FROM tenant_metrics.source AS s WHERE s.name OPERATOR(pg_catalog.=) $1
