-- The own cost of one tenant ($1).
SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id = $1
