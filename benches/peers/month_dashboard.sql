-- The dashboard by hand, of the events of September 2026.
WITH RECURSIVE cell AS MATERIALIZED (
    SELECT tenant_id, feature_name, count(*) AS events, sum(inference_cost) AS cost
    FROM ai_feature_usage
    WHERE created_at >= '2026-09-01' AND created_at < '2026-10-01'
    GROUP BY tenant_id, feature_name
), reach AS (
    SELECT id AS ancestor, id AS descendant FROM tenants
    UNION ALL
    SELECT reach.ancestor, child.id
    FROM reach
    JOIN tenants AS child ON child.parent_id = reach.descendant
)
SELECT reach.ancestor AS tenant_id,
       count(DISTINCT cell.feature_name) / 9.0 AS subtree_adoption_rate,
       sum(cell.events) AS subtree_events,
       sum(cell.cost) AS subtree_cost
FROM reach
LEFT JOIN cell ON cell.tenant_id = reach.descendant
GROUP BY reach.ancestor
