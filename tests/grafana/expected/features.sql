SELECT coalesce(feature, '(none)') AS "Feature", count(*) AS "Events", coalesce(sum(cost), 0) AS "Cost",
       (coalesce(sum(cost), 0) / (SELECT nullif(sum(cost), 0) FROM event WHERE now))::float8 AS "Share",
       count(DISTINCT tenant) AS "Tenants", count(DISTINCT tenant)::float8 / (SELECT count(*) FROM scope) AS "Breadth",
       max(at) AS "Last used"
FROM event
WHERE now
GROUP BY feature
ORDER BY coalesce(sum(cost), 0) DESC, feature COLLATE "C" NULLS LAST
