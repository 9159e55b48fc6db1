, cost AS (
    SELECT scope.id, coalesce(sum(event.cost), 0) AS cost
    FROM scope LEFT JOIN event ON event.tenant = scope.id AND event.now
    GROUP BY scope.id
),
tenant AS (
    SELECT f.path, f.depth - coalesce((SELECT depth FROM plain.forest WHERE id = given.root), -1) AS level,
           (SELECT sum(below.cost) FROM plain.below AS b JOIN cost AS below ON below.id = b.id WHERE b.top = f.id) AS value,
           cost.cost AS self, l.label
    FROM given CROSS JOIN plain.forest AS f JOIN cost ON cost.id = f.id JOIN plain.label AS l ON l.id = f.id
    UNION ALL
    -- After the forest, by id, each on its own.
    SELECT ARRAY[1000000, cost.id], 1, cost.cost, cost.cost, l.label
    FROM given JOIN plain.cyclic AS c ON given.root IS NULL JOIN cost ON cost.id = c.id JOIN plain.label AS l ON l.id = c.id
    UNION ALL
    SELECT '{}', 0, (SELECT sum(cost) FROM cost), 0, 'All tenants' FROM given WHERE given.root IS NULL
)
SELECT level, value, self, label FROM tenant ORDER BY path
