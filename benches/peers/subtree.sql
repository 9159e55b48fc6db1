-- The cost of one tenant ($1) and everything below it.
WITH RECURSIVE member AS (
    SELECT id FROM tenants WHERE id = $1
    UNION ALL
    SELECT child.id FROM member JOIN tenants AS child ON child.parent_id = member.id
)
SELECT sum(usage.inference_cost)
FROM member
JOIN ai_feature_usage AS usage ON usage.tenant_id = member.id
