-- Asked once, when the server starts: the days that have usage, for the default period.
SELECT CAST(min(bucket_local) AS date) AS first, CAST(max(bucket_local) AS date) + 1 AS until
FROM tenant_usage_series(NULL)
