-- What the readers that compare tenants answer, in plain SQL: docs/semantics.md and nothing else.
-- truth.py fills in the {names}, as in questions.sql; {measured} is the column of what is summed, of
-- which {finite} says whether it is a finite number.

-- name: figures
-- The numbers of both periods for every tenant.
period AS MATERIALIZED (
    SELECT e.*, coalesce({window}, false) AS now, coalesce({prior}, false) AS before FROM {events} AS e
),
own AS (
    SELECT tenant,
           count(*) FILTER (WHERE now) AS events,
           count(*) FILTER (WHERE before) AS prior_events,
           count(DISTINCT counted) FILTER (WHERE now) AS features,
           count(DISTINCT counted) FILTER (WHERE before) AS prior_features,
           sum(cost) FILTER (WHERE now AND priced) AS cost,
           sum(cost) FILTER (WHERE before AND priced) AS prior_cost,
           sum({measured}) FILTER (WHERE now AND {finite}) AS value,
           sum({measured}) FILTER (WHERE before AND {finite}) AS prior_value,
           count(*) FILTER (WHERE now AND ({finite}) IS NOT TRUE) AS missing,
           count(*) FILTER (WHERE before AND ({finite}) IS NOT TRUE) AS prior_missing
    FROM period
    GROUP BY tenant
),
below AS (
    SELECT m.top,
           count(*) FILTER (WHERE now) AS events,
           count(*) FILTER (WHERE before) AS prior_events,
           count(DISTINCT counted) FILTER (WHERE now) AS features,
           count(DISTINCT counted) FILTER (WHERE before) AS prior_features,
           sum(period.cost) FILTER (WHERE now AND priced) AS cost,
           sum(period.cost) FILTER (WHERE before AND priced) AS prior_cost,
           sum({measured}) FILTER (WHERE now AND {finite}) AS value,
           sum({measured}) FILTER (WHERE before AND {finite}) AS prior_value
    FROM {members} AS m JOIN period ON period.tenant = m.id
    GROUP BY m.top
),
catalogue AS MATERIALIZED ({catalogue}),
figures AS MATERIALIZED (
    SELECT r.seq, r.tenant_id, r.depth, r.height, r.descendants, r.tree_status,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.events, 0) END AS subtree_events,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.prior_events, 0) END AS prior_subtree_events,
           coalesce(own.missing, 0) AS missing_events,
           coalesce(own.prior_missing, 0) AS prior_missing_events,
           coalesce(own.features, 0) AS features_used,
           coalesce(own.prior_features, 0) AS prior_features_used,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.features, 0) END AS subtree_features_used,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.prior_features, 0) END
               AS prior_subtree_features_used,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.features, 0)::float8
               / nullif({catalogue_size}::bigint, 0) END AS subtree_adoption_rate,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.prior_features, 0)::float8
               / nullif({catalogue_size}::bigint, 0) END AS prior_subtree_adoption_rate,
           coalesce(own.events, 0) AS events,
           coalesce(own.prior_events, 0) AS prior_events,
           coalesce(own.cost, 0) AS cost,
           coalesce(own.prior_cost, 0) AS prior_cost,
           coalesce(own.value, 0) AS value,
           coalesce(own.prior_value, 0) AS prior_value,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.value, 0) END AS subtree_value,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.prior_value, 0) END AS prior_subtree_value,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.cost, 0) END AS subtree_cost,
           CASE WHEN r.depth IS NOT NULL THEN coalesce(below.prior_cost, 0) END AS prior_subtree_cost,
           coalesce(own.features, 0)::float8 / nullif({catalogue_size}::bigint, 0) AS adoption_rate,
           coalesce(own.prior_features, 0)::float8 / nullif({catalogue_size}::bigint, 0)
               AS prior_adoption_rate
    FROM {forest} AS r
    LEFT JOIN own ON own.tenant = r.tenant_id
    LEFT JOIN below ON below.top = r.tenant_id
)

-- name: top
WITH {figures},
scope AS MATERIALIZED ({scope}),
whole AS (
    SELECT sum({measured}) FILTER (WHERE {finite}) AS value, count(*)::numeric AS events,
           count(*) FILTER (WHERE ({finite}) IS NOT TRUE)::numeric AS missing_events
    FROM period
    WHERE now AND tenant IN (SELECT id FROM scope)
),
compared AS (
    SELECT tenant_id, {value}::numeric AS value,
           CASE WHEN {has_prior} THEN {prior_value}::numeric END AS prior_value
    FROM figures
    WHERE tenant_id IN (SELECT id FROM scope)
      AND ({at_depth} IS NULL OR depth = {at_depth})
      AND ({with_cycles} OR tree_status <> 'cycle')
),
ranked AS (
    SELECT row_number() OVER (ORDER BY {order} DESC NULLS LAST, tenant_id) AS rank,
           tenant_id, value, prior_value, value - prior_value AS change
    FROM compared
),
-- A share that float8 cannot hold is an error only where it is shown.
shown AS MATERIALIZED (
    SELECT * FROM ranked WHERE {n} IS NULL OR rank <= {n}
)
SELECT {columns}
FROM (SELECT shown.*, (value / nullif({whole}, 0))::float8 AS share FROM shown) AS r
ORDER BY r.rank

-- name: compare
WITH {figures},
listing AS ({listing}),
used AS (
    SELECT DISTINCT tenant, counted FROM period WHERE now AND counted IS NOT NULL
),
was_used AS (
    SELECT DISTINCT tenant, counted FROM period WHERE before AND counted IS NOT NULL
),
gained AS (
    SELECT tenant, array_agg(counted ORDER BY counted COLLATE "C") AS features
    FROM (SELECT * FROM used EXCEPT SELECT * FROM was_used) AS gained
    GROUP BY tenant
),
lost AS (
    SELECT tenant, array_agg(counted ORDER BY counted COLLATE "C") AS features
    FROM (SELECT * FROM was_used EXCEPT SELECT * FROM used) AS lost
    GROUP BY tenant
)
SELECT {columns}
FROM (
    SELECT figures.*,
           cost - prior_cost AS cost_change,
           subtree_cost - prior_subtree_cost AS subtree_cost_change,
           events - prior_events AS events_change,
           value - prior_value AS value_change,
           subtree_value - prior_subtree_value AS subtree_value_change,
           coalesce(gained.features, '{{}}') AS features_gained,
           coalesce(lost.features, '{{}}') AS features_lost
    FROM listing
    JOIN figures USING (tenant_id)
    LEFT JOIN gained ON gained.tenant = tenant_id
    LEFT JOIN lost ON lost.tenant = tenant_id
) AS r
ORDER BY r.seq
