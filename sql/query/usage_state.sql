SELECT tenant_metrics.usage_state({tenant}, {feature}, {cost}, {time})
FROM {usage} AS u
WHERE {condition}
