-- How the source of the page stands. As JSON, because older versions have fewer columns.
SELECT to_jsonb(s) AS status FROM tenant_metrics.status() AS s WHERE s.source = 'default'
