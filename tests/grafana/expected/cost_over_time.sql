, cost AS (
    SELECT f.id, l.label, coalesce(sum(event.cost), 0) AS cost
    FROM given
    CROSS JOIN plain.forest AS f
    JOIN plain.label AS l ON l.id = f.id
    LEFT JOIN plain.below AS b ON b.top = f.id
    LEFT JOIN event ON event.tenant = b.id AND event.now
    WHERE CASE WHEN given.root IS NULL THEN f.depth = 0
               ELSE f.parent_id = given.root OR (f.id = given.root AND NOT EXISTS (SELECT FROM tenants WHERE parent_id = f.id)) END
    GROUP BY f.id, l.label
),
bucket AS (
    SELECT DISTINCT date_trunc(%(bucket)s, x, %(tz)s) AS start
    FROM given, generate_series(given.since, given.until - interval '1 microsecond', '30 minutes') AS x
)
SELECT bucket.start AS time, cost.label AS metric, coalesce(sum(event.cost), 0) AS value
FROM bucket
CROSS JOIN cost
JOIN plain.below AS b ON b.top = cost.id
LEFT JOIN event ON event.now AND event.tenant = b.id AND date_trunc(%(bucket)s, event.at, %(tz)s) = bucket.start
GROUP BY bucket.start, cost.id, cost.label, cost.cost
ORDER BY bucket.start, cost.cost DESC, cost.id
