-- The best dashboard that was found by hand: the events are grouped once, by tenant and feature,
-- and the few groups are then joined to every pair of a tenant and one of its descendants.
WITH RECURSIVE cell AS MATERIALIZED (
    SELECT tenant_id,
           feature_name,
           count(*) AS events,
           sum(inference_cost) AS cost,
           max(created_at) AS last_used
    FROM ai_feature_usage
    GROUP BY tenant_id, feature_name
), reach AS (
    SELECT id AS ancestor, id AS descendant, true AS itself FROM tenants
    UNION ALL
    SELECT reach.ancestor, child.id, false
    FROM reach
    JOIN tenants AS child ON child.parent_id = reach.descendant
)
SELECT reach.ancestor AS tenant_id,
       count(DISTINCT cell.feature_name) FILTER (WHERE itself) / 9.0 AS adoption_rate,
       sum(cell.cost) FILTER (WHERE itself) AS cost,
       count(DISTINCT cell.feature_name) / 9.0 AS subtree_adoption_rate,
       sum(cell.events) AS subtree_events,
       sum(cell.cost) AS subtree_cost,
       max(cell.last_used) AS subtree_last_used
FROM reach
LEFT JOIN cell ON cell.tenant_id = reach.descendant
GROUP BY reach.ancestor
