SELECT tenant_metrics.period_state({tenant}, {feature}, {cost}, {moment}, {split}{measures})
FROM {usage} AS u
WHERE {condition}
