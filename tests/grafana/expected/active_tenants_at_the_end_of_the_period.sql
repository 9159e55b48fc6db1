, age AS (
    SELECT scope.id, ((given.until - interval '1 microsecond') AT TIME ZONE %(tz)s)::date - (e.at AT TIME ZONE %(tz)s)::date AS days
    FROM given CROSS JOIN scope LEFT JOIN plain.event AS e ON e.tenant = scope.id
),
tenant AS (
    SELECT id, coalesce(bool_or(days = 0), false) AS day, coalesce(bool_or(days BETWEEN 0 AND 6), false) AS week,
           coalesce(bool_or(days BETWEEN 0 AND 29), false) AS month,
           coalesce(bool_or(days BETWEEN 30 AND 59), false) AS before, coalesce(bool_or(days > 59), false) AS earlier
    FROM age
    GROUP BY id
)
SELECT count(*) AS "Tenants", count(*) FILTER (WHERE day) AS "Day", count(*) FILTER (WHERE week) AS "Week",
       count(*) FILTER (WHERE month) AS "Month",
       count(*) FILTER (WHERE day)::float8 / nullif(count(*) FILTER (WHERE month), 0) AS "Day over month",
       count(*) FILTER (WHERE month AND NOT before AND NOT earlier) AS "New",
       count(*) FILTER (WHERE month AND NOT before AND earlier) AS "Recovered",
       count(*) FILTER (WHERE before AND NOT month) AS "Lapsed"
FROM tenant
HAVING count(*) > 0
