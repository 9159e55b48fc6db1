SELECT tenant_metrics.measured_feature_state({tenant}, {feature}, {cost}, {time}{measures})
FROM {usage} AS u
WHERE {condition}
