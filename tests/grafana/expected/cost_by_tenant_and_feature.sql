SELECT l.label AS tenant, coalesce(event.feature, '(none)') AS feature, coalesce(sum(event.cost), 0) AS cost
FROM given
CROSS JOIN plain.forest AS f
JOIN plain.label AS l ON l.id = f.id
JOIN plain.below AS b ON b.top = f.id
JOIN event ON event.tenant = b.id AND event.now
WHERE CASE WHEN given.root IS NULL THEN f.depth = 0 ELSE given.root IN (f.id, f.parent_id) END
GROUP BY f.path, l.label, event.feature
ORDER BY f.path, event.feature COLLATE "C" NULLS LAST
