SELECT coalesce(sum(cost), 0) AS "Cost",
       count(tenant)::numeric AS "Events",
       count(DISTINCT tenant) AS "Active tenants"
FROM (VALUES (false), (true)) AS period (now) LEFT JOIN event USING (now)
GROUP BY period.now
ORDER BY period.now
