-- What the page must show, in SQL that uses nothing of the extension; run by psql.
-- Each statement starts at its "name:" line and gives one JSON value.

-- name: tree
WITH RECURSIVE place AS (
    SELECT id, name, parent_id, 0 AS depth, ARRAY[id] AS path FROM tenants WHERE parent_id IS NULL
    UNION ALL
    SELECT t.id, t.name, t.parent_id, p.depth + 1, p.path || t.id FROM place AS p JOIN tenants AS t ON t.parent_id = p.id),
own AS MATERIALIZED (
    SELECT tenant_id, count(*) AS events, sum(inference_cost::numeric) AS cost,
           array_agg(DISTINCT feature_name) AS features
    FROM ai_feature_usage
    WHERE created_at AT TIME ZONE 'UTC' >= :'since'::timestamp AT TIME ZONE :'tz'
      AND created_at AT TIME ZONE 'UTC' < :'until'::timestamp AT TIME ZONE :'tz'
    GROUP BY tenant_id),
subtree AS (
    SELECT top, count(DISTINCT place.id) - 1 AS descendants, count(DISTINCT feature) AS features
    FROM place
    CROSS JOIN unnest(path) AS top
    LEFT JOIN own ON own.tenant_id = place.id
    LEFT JOIN unnest(own.features) AS feature ON true
    GROUP BY top),
sums AS (
    SELECT top, sum(own.events) AS events, sum(own.cost) AS cost
    FROM place CROSS JOIN unnest(path) AS top LEFT JOIN own ON own.tenant_id = place.id
    GROUP BY top)
SELECT json_object_agg(p.id, json_build_object(
    'id', p.id::text, 'name', p.name, 'parent_id', p.parent_id::text, 'depth', p.depth,
    'descendants', s.descendants,
    'events', coalesce(o.events, 0), 'subtree_events', coalesce(sums.events, 0),
    'features_used', coalesce(cardinality(o.features), 0), 'subtree_features_used', s.features,
    'adoption_rate', coalesce(cardinality(o.features), 0) / 9::float8,
    'subtree_adoption_rate', s.features / 9::float8,
    'cost', coalesce(o.cost, 0), 'subtree_cost', coalesce(sums.cost, 0)))
FROM place AS p
JOIN subtree AS s ON s.top = p.id
JOIN sums ON sums.top = p.id
LEFT JOIN own AS o ON o.tenant_id = p.id
WHERE :'root' = '' OR nullif(:'root', '')::bigint = ANY (p.path);

-- name: features
-- By tenant, then by feature: [events, cost].
WITH RECURSIVE shown AS (
    SELECT id FROM tenants
    WHERE CASE :'root' WHEN '' THEN parent_id IS NULL ELSE :'root' IN (id::text, parent_id::text) END),
below AS (
    SELECT id AS top, id FROM shown
    UNION ALL
    SELECT b.top, t.id FROM below AS b JOIN tenants AS t ON t.parent_id = b.id),
used AS (
    SELECT top, feature_name, count(*) AS events, sum(inference_cost::numeric) AS cost
    FROM below JOIN ai_feature_usage ON tenant_id = below.id
    WHERE created_at AT TIME ZONE 'UTC' >= :'since'::timestamp AT TIME ZONE :'tz'
      AND created_at AT TIME ZONE 'UTC' < :'until'::timestamp AT TIME ZONE :'tz'
    GROUP BY top, feature_name),
tenant AS (
    SELECT top, json_object_agg(feature_name, json_build_array(events, cost)) AS features FROM used GROUP BY top)
SELECT json_object_agg(top, features) FROM tenant;

-- name: series
-- By tenant, then by bucket ("before" for the period before): [events, cost].
WITH RECURSIVE period AS (
    SELECT since, until, to_timestamp(2 * extract(epoch FROM since) - extract(epoch FROM until)) AS before
    FROM (SELECT :'since'::timestamp AT TIME ZONE :'tz', :'until'::timestamp AT TIME ZONE :'tz') AS asked (since, until)),
shown AS (
    SELECT id FROM tenants
    WHERE CASE :'root' WHEN '' THEN parent_id IS NULL ELSE :'root' IN (id::text, parent_id::text) END),
below AS (
    SELECT id AS top, id FROM shown
    UNION ALL
    SELECT b.top, t.id FROM below AS b JOIN tenants AS t ON t.parent_id = b.id),
used AS (
    SELECT top,
           CASE WHEN created_at AT TIME ZONE 'UTC' < since THEN 'before'
                ELSE to_char(date_trunc(:'bucket', created_at AT TIME ZONE 'UTC' AT TIME ZONE :'tz'),
                             'YYYY-MM-DD"T"HH24:MI:SS') END AS bucket,
           count(*) AS events, sum(inference_cost::numeric) AS cost
    FROM period, below JOIN ai_feature_usage ON tenant_id = below.id
    WHERE created_at AT TIME ZONE 'UTC' >= before AND created_at AT TIME ZONE 'UTC' < until
    GROUP BY 1, 2),
tenant AS (
    SELECT top, json_object_agg(bucket, json_build_array(events, cost)) AS buckets FROM used GROUP BY top)
SELECT json_object_agg(top, buckets) FROM tenant;
