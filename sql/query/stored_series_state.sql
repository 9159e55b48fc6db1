SELECT tenant_metrics.stored_series_state(r.cells, $1, $2, $3, $4, $5, $6)
FROM tenant_metrics.run AS r
WHERE r.source OPERATOR(pg_catalog.=) $1
    AND r.level OPERATOR(pg_catalog.=) ANY ('{0,1}'::pg_catalog.int2[])
    AND r.hi OPERATOR(pg_catalog.>=) $7
    AND r.lo OPERATOR(pg_catalog.<=) $8
