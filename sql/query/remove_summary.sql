DELETE FROM tenant_metrics.summary WHERE number OPERATOR(pg_catalog.=) $1
