-- The same dashboard over the table that is kept by hand, as one writes it first: each row of the
-- table is joined to every tenant above it.
WITH RECURSIVE reach AS (
    SELECT id AS ancestor, id AS descendant, true AS itself FROM tenants
    UNION ALL
    SELECT reach.ancestor, child.id, false
    FROM reach
    JOIN tenants AS child ON child.parent_id = reach.descendant
)
SELECT reach.ancestor AS tenant_id,
       count(DISTINCT by_hand.feature_name) FILTER (WHERE itself) / 9.0 AS adoption_rate,
       sum(by_hand.cost) FILTER (WHERE itself) AS cost,
       count(DISTINCT by_hand.feature_name) / 9.0 AS subtree_adoption_rate,
       sum(by_hand.requests) AS subtree_events,
       sum(by_hand.cost) AS subtree_cost,
       max(by_hand.last_used) AS subtree_last_used
FROM reach
LEFT JOIN summed.usage_by_hand AS by_hand ON by_hand.tenant_id = reach.descendant
GROUP BY reach.ancestor
