, own AS (
    SELECT scope.id, period.now, count(e.tenant) AS events, coalesce(sum(e.cost), 0) AS cost,
           (count(DISTINCT e.feature)::float8 / 9)::numeric AS adoption_rate
    FROM scope CROSS JOIN (VALUES (false), (true)) AS period (now)
    LEFT JOIN event AS e ON e.tenant = scope.id AND e.now = period.now
    GROUP BY scope.id, period.now
),
value AS (
    SELECT own.id, own.now,
           CASE %(by)s WHEN 'cost' THEN own.cost
                       WHEN 'events' THEN own.events
                       WHEN 'adoption_rate' THEN own.adoption_rate
                       ELSE (SELECT sum(o.cost) FROM plain.below AS b JOIN own AS o ON o.id = b.id AND o.now = own.now
                             WHERE b.top = own.id) END AS value
    FROM own
    WHERE %(by)s NOT IN ('subtree_cost', 'growth') OR own.id NOT IN (SELECT id FROM plain.cyclic)
),
ranked AS (
    SELECT v.id, v.value, prior.value AS prior_value, v.value - prior.value AS change
    FROM value AS v JOIN value AS prior ON prior.id = v.id AND NOT prior.now
    WHERE v.now
)
SELECT row_number() OVER (ORDER BY CASE %(by)s WHEN 'growth' THEN change ELSE value END DESC, id) AS "Rank",
       l.label AS "Tenant", value AS "Value",
       CASE WHEN %(by)s <> 'adoption_rate' THEN
           (value / (SELECT nullif(sum(CASE %(by)s WHEN 'events' THEN events ELSE cost END), 0) FROM own WHERE now))::float8 END AS "Share",
       prior_value AS "Before", change AS "Change", id::bigint AS tenant_id
FROM ranked JOIN plain.label AS l USING (id)
ORDER BY 1
LIMIT 20
