SELECT tenant_metrics.measured_state({tenant}, {feature}, {cost}, {time}{measures})
FROM {usage} AS u
WHERE {condition}
