-- What every number means, in plain SQL: docs/semantics.md and nothing else.
-- Each statement starts at its "name:" line; truth.py fills in the {names}.

-- name: event
-- The usage of a window, with costs as numerics and times as instants.
SELECT u.{usage_tenant}{key} AS tenant,
       {feature_value} AS feature,
       {cost_value} AS cost,
       coalesce({cost_value} NOT IN ('NaN', 'Infinity', '-Infinity'), false) AS priced,
       {instant} AS at{dimension_values}{measure_values}
FROM {usage} AS u

-- name: no_event
SELECT NULL{key} AS tenant, NULL::text COLLATE "C" AS feature, NULL::numeric AS cost,
       false AS priced, NULL::timestamptz AS at{dimension_values}{measure_values}
WHERE false

-- name: dashboard
-- One row per tenant with every column of the dashboard; seq is their order.
WITH RECURSIVE
catalogue AS MATERIALIZED ({catalogue}),
tenant_row AS MATERIALIZED (
    SELECT t.{id}{key} AS id, t.{parent}{key} AS parent
    FROM {tenants} AS t
    WHERE t.{id} IS NOT NULL
),
-- Of several rows with one id, this one counts.
tenant AS MATERIALIZED (
    SELECT DISTINCT ON (id) id, parent FROM tenant_row ORDER BY id, parent NULLS FIRST
),
duplicate AS MATERIALIZED (
    SELECT id FROM tenant_row GROUP BY id HAVING count(*) > 1
),
-- Down from each duplicate to the next one, which is where the way up from a tenant meets it.
led_to AS (
    SELECT id AS duplicate, id FROM duplicate
    UNION ALL
    SELECT led_to.duplicate, tenant.id
    FROM led_to JOIN tenant ON tenant.parent = led_to.id
    WHERE tenant.id NOT IN (SELECT id FROM duplicate)
),
-- Up from each duplicate by all of its rows.
hangs_below AS (
    SELECT id AS duplicate, id FROM duplicate
    UNION
    SELECT hangs_below.duplicate, r.parent
    FROM hangs_below JOIN tenant_row AS r ON r.id = hangs_below.id
    WHERE r.parent IS NOT NULL
),
link AS MATERIALIZED (
    SELECT child.id, child.parent, parent.id AS known_parent
    FROM tenant AS child LEFT JOIN tenant AS parent ON parent.id = child.parent
),
tree AS (
    SELECT id, parent, 0 AS depth, ARRAY[id] AS path
    FROM link
    WHERE known_parent IS NULL
    UNION ALL
    SELECT link.id, link.parent, tree.depth + 1, tree.path || link.id
    FROM tree JOIN link ON link.known_parent = tree.id
),
-- Tenants that no root reaches are on a cycle or below one.
stray AS MATERIALIZED (
    SELECT id, parent FROM link
    EXCEPT
    SELECT id, parent FROM tree
),
reach AS (
    SELECT id AS top, id FROM stray
    UNION
    SELECT reach.top, link.id
    FROM reach JOIN link ON link.known_parent = reach.id
),
lineage AS MATERIALIZED (
    SELECT top.id AS top, tree.id, tree.depth - (top.distance - 1) AS top_depth
    FROM tree, unnest(tree.path) WITH ORDINALITY AS top (id, distance)
),
event AS MATERIALIZED (
    SELECT tenant, cost, priced, at,
           CASE WHEN {counts} THEN feature END AS feature{measure_names}
    FROM ({event}) AS event
    WHERE {window}
),
own AS (
    SELECT tenant,
           count(*) AS events,
           count(DISTINCT feature) AS features_used,
           coalesce(sum(cost) FILTER (WHERE priced), 0) AS cost,
           count(*) FILTER (WHERE NOT priced) AS unpriced_events,
           max(at) AS last_used,
           {measure_sums} AS sums,
           {measure_gaps} AS gaps
    FROM event
    GROUP BY tenant
),
below AS (
    SELECT lineage.top,
           count(*) AS events,
           count(DISTINCT event.feature) AS features_used,
           coalesce(sum(event.cost) FILTER (WHERE event.priced), 0) AS cost,
           max(event.at) AS last_used,
           {measure_sums} AS sums
    FROM lineage JOIN event ON event.tenant = lineage.id
    GROUP BY lineage.top
),
shape AS (
    SELECT top, count(*) - 1 AS descendants, max(top_depth) AS height
    FROM lineage
    GROUP BY top
),
forest AS (
    SELECT link.id, link.parent, tree.depth, shape.height, shape.descendants, tree.path,
           CASE WHEN tree.id IS NULL THEN 'cycle'
                WHEN link.parent IS NOT NULL AND link.known_parent IS NULL THEN 'orphan'
                ELSE 'ok' END AS tree_status,
           (SELECT array_agg(reach.id) FROM reach WHERE reach.top = link.id) AS reach,
           (SELECT duplicate FROM led_to WHERE led_to.id = link.id) AS duplicate_above,
           (SELECT duplicate FROM hangs_below AS h WHERE h.id = link.id ORDER BY duplicate LIMIT 1)
               AS duplicate_below
    FROM link
    LEFT JOIN tree ON tree.id = link.id
    LEFT JOIN shape ON shape.top = link.id
),
counted AS (
    SELECT forest.*,
           coalesce(own.events, 0) AS events,
           coalesce(own.features_used, 0) AS features_used,
           coalesce(own.cost, 0) AS cost,
           coalesce(own.unpriced_events, 0) AS unpriced_events,
           own.last_used,
           CASE WHEN depth IS NOT NULL THEN coalesce(below.events, 0) END AS subtree_events,
           CASE WHEN depth IS NOT NULL THEN coalesce(below.features_used, 0) END
               AS subtree_features_used,
           CASE WHEN depth IS NOT NULL THEN coalesce(below.cost, 0) END AS subtree_cost,
           below.last_used AS subtree_last_used,
           -- For each measure in order.
           coalesce(own.sums, {no_sums}) AS sums,
           CASE WHEN depth IS NOT NULL THEN coalesce(below.sums, {no_sums}) END AS subtree_sums,
           coalesce(own.gaps, {no_sums}) AS gaps
    FROM forest
    LEFT JOIN own ON own.tenant = forest.id
    LEFT JOIN below ON below.top = forest.id
)
SELECT row_number() OVER (ORDER BY path NULLS LAST, id) AS seq,
       id AS tenant_id, parent AS parent_id, depth, height, tree_status, descendants,
       events, subtree_events, features_used, subtree_features_used,
       features_used::float8 / nullif({catalogue_size}::bigint, 0) AS adoption_rate,
       subtree_features_used::float8 / nullif({catalogue_size}::bigint, 0) AS subtree_adoption_rate,
       cost, subtree_cost, unpriced_events, last_used, subtree_last_used,
       path, reach, duplicate_above, duplicate_below, sums, subtree_sums, gaps
FROM counted

-- name: listed
-- The rows that tenant_dashboard(root, max_depth) lists.
SELECT {columns}
FROM {truth} AS r
LEFT JOIN {truth} AS top ON top.tenant_id = {root}
WHERE ({root} IS NULL OR top.tenant_id = ANY (r.path) OR r.tenant_id = ANY (top.reach))
  AND (r.tree_status = 'cycle' OR {max_depth} IS NULL
       OR r.depth - coalesce(top.depth, 0) <= {max_depth})
ORDER BY r.seq

-- name: measured
-- The rows that tenant_measures(root, max_depth) lists.
SELECT r.tenant_id::text, m.name, m.own::text, m.subtree::text, m.missing::text
FROM {truth} AS r
LEFT JOIN {truth} AS top ON top.tenant_id = {root},
LATERAL unnest({measures}, r.sums, r.subtree_sums, r.gaps) WITH ORDINALITY
    AS m (name, own, subtree, missing, place)
WHERE ({root} IS NULL OR top.tenant_id = ANY (r.path) OR r.tenant_id = ANY (top.reach))
  AND (r.tree_status = 'cycle' OR {max_depth} IS NULL
       OR r.depth - coalesce(top.depth, 0) <= {max_depth})
ORDER BY r.seq, m.place

-- name: picked
-- The rows of tenant_dashboard_for(ids).
SELECT {columns}
FROM unnest({ids}) WITH ORDINALITY AS wanted (id, position)
JOIN {truth} AS r ON r.tenant_id = wanted.id
ORDER BY wanted.position

-- name: scalars
-- One row per wanted id; NULLs for an id that is NULL or unknown.
SELECT {columns}
FROM unnest({ids}) WITH ORDINALITY AS wanted (id, position)
LEFT JOIN {truth} AS r ON r.tenant_id = wanted.id
ORDER BY wanted.position

-- name: descendants
SELECT r.tenant_id::text, r.parent_id::text, r.depth::text, (r.depth - top.depth)::text
FROM {truth} AS r
JOIN {truth} AS top ON top.tenant_id = {root}
WHERE top.tenant_id = ANY (r.path) AND r.tenant_id <> top.tenant_id
  AND ({max_depth} IS NULL OR r.depth - top.depth <= {max_depth})
ORDER BY r.seq

-- name: ancestors
SELECT r.tenant_id::text, r.parent_id::text, r.depth::text, (bottom.depth - r.depth)::text
FROM {truth} AS r
JOIN {truth} AS bottom ON bottom.tenant_id = {root}
WHERE r.tenant_id = ANY (bottom.path) AND r.tenant_id <> bottom.tenant_id
ORDER BY r.depth DESC

-- name: is_descendant
-- Every pair of the wanted ids, or what there is on cycles.
SELECT a.id::text, b.id::text,
       CASE WHEN (lower.duplicate_above IS NOT NULL OR upper.duplicate_above IS NOT NULL)
                 AND lower.tenant_id IS NOT NULL AND upper.tenant_id IS NOT NULL THEN '21000'
            WHEN 'cycle' IN (lower.tree_status, upper.tree_status)
                 AND lower.tenant_id IS NOT NULL AND upper.tenant_id IS NOT NULL THEN {on_cycle}::text
            ELSE (lower.tenant_id <> upper.tenant_id
                  AND upper.tenant_id = ANY (lower.path))::text END
FROM unnest({ids}) WITH ORDINALITY AS a (id, position)
CROSS JOIN unnest({ids}) WITH ORDINALITY AS b (id, position)
LEFT JOIN {truth} AS lower ON lower.tenant_id = a.id
LEFT JOIN {truth} AS upper ON upper.tenant_id = b.id
ORDER BY a.position, b.position

-- name: missing_measure
    UNION ALL
    SELECT 'missing_measure', tenant::text, {name}::text, count(*)
    FROM event JOIN tenant ON tenant.id = event.tenant
    WHERE ({measure} NOT IN ('NaN', 'Infinity', '-Infinity')) IS NOT TRUE
    GROUP BY tenant

-- name: similar_value
    UNION ALL
    SELECT 'similar_value', NULL,
           quote_ident({name}) || ': ' || string_agg(quote_literal(value), ', ' ORDER BY value),
           (sum(n) - max(n))::bigint
    FROM (SELECT {dimension} AS value, count(*) AS n
          FROM event WHERE {dimension} IS NOT NULL GROUP BY 1) AS v
    GROUP BY lower(btrim(value) COLLATE "C")
    HAVING count(*) > 1

-- name: integrity
WITH RECURSIVE
catalogue AS MATERIALIZED ({catalogue}),
event AS MATERIALIZED ({event}),
tenant_row AS MATERIALIZED (
    SELECT t.{id}{key} AS id, t.{parent}{key} AS parent
    FROM {tenants} AS t
    WHERE t.{id} IS NOT NULL
),
tenant AS (
    SELECT DISTINCT ON (id) id, parent FROM tenant_row ORDER BY id, parent NULLS FIRST
),
climb AS (
    SELECT id AS bottom, parent AS id FROM tenant
    UNION
    SELECT climb.bottom, tenant.parent
    FROM climb JOIN tenant ON tenant.id = climb.id
),
-- A tenant that is its own ancestor is on a cycle.
problem (kind, tenant_id, feature, n) AS (
    SELECT 'cycle', bottom::text, NULL, count(*)
    FROM climb
    WHERE EXISTS (SELECT FROM climb AS own WHERE own.bottom = climb.id AND own.id = climb.id)
    GROUP BY bottom
    UNION ALL
    SELECT 'duplicate', id::text, NULL, count(*)
    FROM tenant_row
    GROUP BY id
    HAVING count(*) > 1
    UNION ALL
    SELECT 'orphan', id::text, NULL, 1
    FROM tenant
    WHERE parent IS NOT NULL AND parent NOT IN (SELECT id FROM tenant)
    UNION ALL
    SELECT 'unattributed_usage', tenant::text, NULL, count(*)
    FROM event
    WHERE tenant IS NULL OR tenant NOT IN (SELECT id FROM tenant)
    GROUP BY tenant
    UNION ALL
    SELECT 'unknown_feature', NULL, feature, count(*)
    FROM event
    WHERE feature IS NOT NULL AND NOT ({counts})
    GROUP BY feature
    UNION ALL
    SELECT 'unused_feature', NULL, name::text, 0
    FROM catalogue
    WHERE name NOT IN (SELECT feature FROM event WHERE feature IS NOT NULL)
    UNION ALL
    SELECT 'feature_count_too_small', NULL, NULL, count(DISTINCT feature)
    FROM event
    HAVING count(DISTINCT feature) > {feature_count}::bigint
    UNION ALL
    SELECT 'unpriced', tenant::text, feature, count(*)
    FROM event JOIN tenant ON tenant.id = event.tenant
    WHERE NOT priced
    GROUP BY tenant, feature
    UNION ALL
    SELECT 'future_event', tenant::text, feature, count(*)
    FROM event JOIN tenant ON tenant.id = event.tenant
    WHERE at > now()
    GROUP BY tenant, feature
    UNION ALL
    SELECT 'similar_feature', NULL, string_agg(quote_literal(feature), ', ' ORDER BY feature),
           (sum(n) - max(n))::bigint
    FROM (SELECT feature, count(*) AS n FROM event WHERE feature IS NOT NULL GROUP BY feature) AS f
    GROUP BY lower(btrim(feature) COLLATE "C")
    HAVING count(*) > 1
    {missing_measures}{similar_values}
)
SELECT kind, tenant_id, feature, n::text
FROM problem
ORDER BY kind COLLATE "C", tenant_id COLLATE "C" NULLS LAST, feature COLLATE "C" NULLS LAST
