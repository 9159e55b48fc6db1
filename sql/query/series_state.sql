SELECT tenant_metrics.series_state({tenant}, {feature}, {cost}, {time}, {frame}{measures})
FROM {usage} AS u
WHERE {condition}
