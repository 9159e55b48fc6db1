SELECT tenant_metrics.usage_periods({tenant}, {feature}, {cost}, {moment}, {split})
FROM {usage} AS u
WHERE {condition}
