SELECT tenant_metrics.audit_state({tenant}, {feature}, {cost}, {time}, {split})
FROM {usage} AS u
WHERE {condition}
