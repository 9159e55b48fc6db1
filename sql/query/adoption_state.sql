SELECT tenant_metrics.adoption_state({tenant}, {feature}, {time}, {split})
FROM {usage} AS u
WHERE {condition}
