SELECT tenant_metrics.feature_state({tenant}, {feature}, {cost}, {time})
FROM {usage} AS u
WHERE {condition}
