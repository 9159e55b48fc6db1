, bucket AS (
    SELECT DISTINCT date_trunc(%(bucket)s, x, %(tz)s) AS start
    FROM given, generate_series(given.since, given.until - interval '1 microsecond', '30 minutes') AS x
)
SELECT bucket.start AS time, count(event.tenant) AS "Events", count(DISTINCT event.tenant) AS "Active tenants",
       count(DISTINCT event.feature) AS "Features"
FROM bucket LEFT JOIN event ON event.now AND date_trunc(%(bucket)s, event.at, %(tz)s) = bucket.start
GROUP BY bucket.start
ORDER BY bucket.start
