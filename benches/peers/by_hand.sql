-- The best dashboard that was found over a table that is kept by hand, with a row for each tenant
-- and feature, and what is below each tenant from the tree. The features of the catalogue are bits,
-- so that sets of them are united without a sort; rows of other features count for the sums.
WITH RECURSIVE feature (feature_name, bit) AS (
    VALUES ('chat', 1), ('summarize', 2), ('search', 4), ('translate', 8), ('classify', 16),
           ('extract', 32), ('generate', 64), ('embed', 128), ('moderate', 256)
), own AS MATERIALIZED (
    SELECT tenant_id,
           bit_or(bit) AS features,
           sum(requests)::bigint AS requests,
           sum(cost) AS cost,
           max(last_used) AS last_used
    FROM summed.usage_by_hand
    LEFT JOIN feature USING (feature_name)
    GROUP BY tenant_id
), reach AS (
    SELECT id AS ancestor, id AS descendant, true AS itself FROM tenants
    UNION ALL
    SELECT reach.ancestor, child.id, false
    FROM reach
    JOIN tenants AS child ON child.parent_id = reach.descendant
)
SELECT reach.ancestor AS tenant_id,
       bit_count(coalesce(bit_or(own.features) FILTER (WHERE itself), 0)::bit(9)) / 9.0 AS adoption_rate,
       sum(own.cost) FILTER (WHERE itself) AS cost,
       bit_count(coalesce(bit_or(own.features), 0)::bit(9)) / 9.0 AS subtree_adoption_rate,
       sum(own.requests) AS subtree_events,
       sum(own.cost) AS subtree_cost,
       max(own.last_used) AS subtree_last_used
FROM reach
LEFT JOIN own ON own.tenant_id = reach.descendant
GROUP BY reach.ancestor
