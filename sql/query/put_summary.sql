INSERT INTO tenant_metrics.summary (
    source, number, usage, usage_tenant, usage_feature, usage_cost, usage_time, time_zone, dimensions,
    measures, columns)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
