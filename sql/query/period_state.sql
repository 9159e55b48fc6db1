SELECT tenant_metrics.period_state({tenant}, {feature}, {cost}, {moment}, {split})
FROM {usage} AS u
WHERE {condition}
