-- The floor of September 2026: its rows are read once and nothing is answered.
SELECT count(feature_name), sum(inference_cost), max(created_at)
FROM ai_feature_usage
WHERE created_at >= '2026-09-01' AND created_at < '2026-10-01'
