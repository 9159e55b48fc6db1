-- What the hybrid property of an ORM sends: one statement, but one aggregation for every tenant,
-- and only for the adoption rate.
SELECT tenant.id,
       (SELECT count(DISTINCT usage.feature_name) FROM ai_feature_usage AS usage WHERE usage.tenant_id = tenant.id)
           / 9.0 AS adoption_rate
FROM tenants AS tenant
