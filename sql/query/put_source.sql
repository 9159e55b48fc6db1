WITH named AS (
    INSERT INTO tenant_metrics.source_name (name) VALUES ($1) ON CONFLICT (name) DO NOTHING)
INSERT INTO tenant_metrics.source (
    name, tenants, usage, tenant_id, parent_id, usage_tenant, usage_feature, usage_cost, usage_time,
    time_zone, feature_count, features, feature_table, feature_column, dimensions, measures)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (name) DO UPDATE SET (
    tenants, usage, tenant_id, parent_id, usage_tenant, usage_feature, usage_cost, usage_time,
    time_zone, feature_count, features, feature_table, feature_column, dimensions, measures)
  = (excluded.tenants, excluded.usage, excluded.tenant_id, excluded.parent_id, excluded.usage_tenant,
    excluded.usage_feature, excluded.usage_cost, excluded.usage_time, excluded.time_zone,
    excluded.feature_count, excluded.features, excluded.feature_table, excluded.feature_column,
    excluded.dimensions, excluded.measures)
