, adopter AS (
    SELECT feature, tenant, bool_or(now) AS now, bool_or(NOT now) AS before, min(event.at) FILTER (WHERE now) - start.at AS wait
    FROM event
    LEFT JOIN (SELECT tenant, min(at) AS at FROM event WHERE now GROUP BY tenant) AS start (tenant, at) USING (tenant)
    WHERE feature IS NOT NULL
    GROUP BY feature, tenant, start.at
)
SELECT feature AS "Feature", count(*) FILTER (WHERE now) AS "Adopters", (SELECT count(*) FROM scope) AS "Tenants",
       count(*) FILTER (WHERE now)::float8 / (SELECT count(*) FROM scope) AS "Rate",
       count(*) FILTER (WHERE now AND NOT before) AS "New", count(*) FILTER (WHERE before AND NOT now) AS "Lapsed",
       extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY wait)) AS "Median time to adopt"
FROM adopter
GROUP BY feature
ORDER BY count(*) FILTER (WHERE now) DESC, feature COLLATE "C"
