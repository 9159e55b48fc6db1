-- The floor: the columns are read once and nothing is answered.
SELECT count(feature_name), sum(inference_cost), max(created_at) FROM ai_feature_usage
