-- The root and its children, or without a root all roots. The series begins with the
-- period before [since, until), whose buckets become one row with a NULL: the tiles
-- compare with it. It is as long in elapsed time, hence seconds: days would be those of
-- the session's zone. Days are read even for weeks and months, which would mix the periods.
WITH period AS (
    SELECT CAST(:since AS timestamp) AT TIME ZONE :tz AS since,
           CAST(:until AS timestamp) AT TIME ZONE :tz AS until),
shown AS (
    SELECT array_agg(CAST(t.id AS bigint)) AS ids
    FROM tenants AS t
    WHERE CASE WHEN CAST(:root AS bigint) IS NULL
               THEN NOT EXISTS (SELECT FROM tenants AS parent WHERE parent.id = t.parent_id)
               ELSE CAST(:root AS bigint) IN (t.id, t.parent_id) END)
SELECT CAST(s.tenant_id AS text) AS id,
       CASE WHEN s.bucket_start >= period.since
            THEN date_trunc(:bucket, s.bucket_local) END AS bucket,
       CAST(sum(s.events) AS bigint) AS events, sum(s.cost) AS cost
FROM period, shown, tenant_usage_series_for(
    shown.ids,
    period.since - make_interval(secs => extract(epoch FROM period.until - period.since)),
    period.until,
    CASE :bucket WHEN 'hour' THEN 'hour' ELSE 'day' END, :tz, 'subtree') AS s
GROUP BY 1, 2
ORDER BY 1, 2
