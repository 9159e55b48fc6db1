-- What the readers of "Questions behind the numbers" answer, in plain SQL: docs/semantics.md and nothing else.
-- truth.py fills in the {names}. {forest} is the dashboard of truth.sql, of any window; {events} and
-- {members} are tables made of event_rows and member_rows; {measured} is the column of what is summed,
-- of which {finite} says whether it is a finite number.

-- name: event_rows
-- All events; `counted` is the feature where it counts as one.
WITH catalogue AS MATERIALIZED ({catalogue})
SELECT tenant, feature, CASE WHEN {counts} THEN feature END AS counted, cost, priced, at{dimension_names}{measure_names}
FROM ({event}) AS event

-- name: member_rows
-- Each tenant with those of its subtree; on and below cycles with all that it reaches.
SELECT above.id AS top, r.tenant_id AS id
FROM {forest} AS r, unnest(r.path) AS above (id)
UNION ALL
SELECT r.tenant_id, reached.id
FROM {forest} AS r, unnest(r.reach) AS reached (id)

-- name: scope
-- The tenants in the scope of a call.
SELECT tenant_id AS id FROM {forest} WHERE {root} IS NULL OR ({own} AND tenant_id = {root})
UNION ALL
SELECT id FROM {members} WHERE NOT {own} AND top = {root}

-- name: listing
-- The tenants that tenant_dashboard(root, max_depth) lists.
SELECT r.seq, r.tenant_id, r.tree_status
FROM {forest} AS r
LEFT JOIN {forest} AS top ON top.tenant_id = {root}
WHERE ({root} IS NULL OR top.tenant_id = ANY (r.path) OR r.tenant_id = ANY (top.reach))
  AND (r.tree_status = 'cycle' OR {max_depth} IS NULL
       OR r.depth - coalesce(top.depth, 0) <= {max_depth})

-- name: one_wanted
SELECT 1 AS position, {root} AS id
WHERE {root} IS NULL OR {root} IN (SELECT tenant_id FROM {forest})

-- name: many_wanted
SELECT min(given.position) AS position, given.id
FROM unnest({ids}) WITH ORDINALITY AS given (id, position)
JOIN {forest} AS r ON r.tenant_id = given.id
GROUP BY given.id

-- name: counted_rows
-- For each wanted tenant, or for all of them, the events that a bucket can hold.
wanted AS MATERIALIZED ({wanted}),
reached AS (
    SELECT wanted.position, r.tenant_id AS id
    FROM wanted JOIN {forest} AS r ON wanted.id IS NULL OR ({own} AND r.tenant_id = wanted.id)
    UNION ALL
    SELECT wanted.position, m.id
    FROM wanted JOIN {members} AS m ON NOT {own} AND m.top = wanted.id
),
counted AS MATERIALIZED (
    SELECT reached.position, e.*
    FROM reached JOIN {events} AS e ON e.tenant = reached.id
    WHERE isfinite(e.at) AND {window}
),
-- The first and the last instant of the series.
edge AS MATERIALIZED (
    SELECT CASE WHEN isfinite({since}) THEN {since} ELSE min(at) END AS low,
           CASE WHEN isfinite({until}) THEN {until} - interval '1 microsecond' ELSE max(at) END AS high
    FROM counted
)

-- name: seconds
WITH {counted_rows}
SELECT extract(epoch FROM high - low)::float8 FROM edge

-- name: series
-- Buckets are found by trying instants: some in each bucket, and every minute near the
-- ends, since clocks that go back past midnight make two days take turns.
WITH {counted_rows},
moment (x) AS (
    SELECT low FROM edge
    UNION SELECT high FROM edge
    UNION SELECT generate_series(low, high, {step}::interval) FROM edge
    UNION SELECT generate_series(date_trunc('minute', low), low + interval '26 hours', '1 minute') FROM edge
    UNION SELECT generate_series(date_trunc('minute', high) - interval '26 hours', high, '1 minute') FROM edge
),
bucket AS MATERIALIZED (
    SELECT DISTINCT date_trunc({bucket}, x, {tz}) AS bucket_start
    FROM moment, edge
    WHERE x BETWEEN low AND high
),
placed AS MATERIALIZED (
    SELECT counted.*, date_trunc({bucket}, at, {tz}) AS bucket_start FROM counted
)
SELECT {columns}
FROM (
    SELECT wanted.position, wanted.id AS tenant_id, bucket.bucket_start,
           bucket.bucket_start AT TIME ZONE {tz} AS bucket_local,
           count(p.tenant) AS events,
           coalesce(sum(p.cost) FILTER (WHERE p.priced), 0) AS cost,
           count(*) FILTER (WHERE NOT p.priced) AS unpriced_events,
           count(DISTINCT p.counted) AS features_used,
           count(DISTINCT p.tenant) AS active_tenants,
           coalesce(sum(p.{measured}) FILTER (WHERE {finite}), 0) AS value,
           count(p.tenant) FILTER (WHERE ({finite}) IS NOT TRUE) AS missing_events
    FROM wanted
    CROSS JOIN bucket
    LEFT JOIN placed AS p ON p.position = wanted.position AND p.bucket_start = bucket.bucket_start
    GROUP BY wanted.position, wanted.id, bucket.bucket_start
) AS r
ORDER BY r.position, r.bucket_start

-- name: breakdown
WITH catalogue AS MATERIALIZED ({catalogue}),
scope AS MATERIALIZED ({scope}),
used AS MATERIALIZED (
    SELECT e.tenant, e.{told_by} AS feature, e.cost, e.priced, e.at, e.{measured} AS measured
    FROM {events} AS e
    WHERE e.tenant IN (SELECT id FROM scope) AND {window}
),
named AS (
    SELECT feature FROM used
    UNION
    SELECT name FROM catalogue
    WHERE {root} IS NULL OR {root} IN (SELECT tenant_id FROM {forest})
),
answer AS (
    SELECT named.feature,
           {in_catalogue} AS in_catalogue,
           count(used.tenant) AS events,
           coalesce(sum(used.cost) FILTER (WHERE used.priced), 0) AS cost,
           count(DISTINCT used.tenant) AS tenants_using,
           (SELECT count(*) FROM scope) AS tenants_in_scope,
           min(used.at) AS first_used,
           max(used.at) AS last_used,
           coalesce(sum(used.measured) FILTER (WHERE {used_finite}), 0) AS value
    FROM named LEFT JOIN used ON used.feature IS NOT DISTINCT FROM named.feature
    GROUP BY named.feature
)
SELECT {columns}
FROM (
    SELECT answer.*,
           (cost / nullif((SELECT sum(cost) FILTER (WHERE priced) FROM used), 0))::float8 AS cost_share,
           tenants_using::float8 / nullif(tenants_in_scope, 0) AS breadth,
           (value / nullif((SELECT sum(measured) FILTER (WHERE {used_finite}) FROM used), 0))::float8 AS value_share
    FROM answer
) AS r
ORDER BY r.value DESC, r.feature COLLATE "C" NULLS LAST

-- name: matrix
WITH listing AS ({listing})
SELECT {columns}
FROM (
    SELECT listing.seq, listing.tenant_id, e.{told_by} AS feature, count(*) AS events,
           coalesce(sum(e.cost) FILTER (WHERE e.priced), 0) AS cost,
           coalesce(sum(e.{measured}) FILTER (WHERE {finite}), 0) AS value
    FROM listing
    JOIN {members} AS m ON m.top = listing.tenant_id
    JOIN {events} AS e ON e.tenant = m.id
    WHERE {window}
      AND CASE WHEN {own} THEN m.id = m.top ELSE listing.tree_status <> 'cycle' END
    GROUP BY listing.seq, listing.tenant_id, e.{told_by}
) AS r
ORDER BY r.seq, r.feature COLLATE "C" NULLS LAST

-- name: adoption
WITH catalogue AS MATERIALIZED ({catalogue}),
scope AS MATERIALIZED ({scope}),
holder AS MATERIALIZED ({holder}),
named_now AS MATERIALIZED (
    SELECT DISTINCT e.{told_by} AS feature FROM {events} AS e
    WHERE e.tenant IN (SELECT id FROM scope) AND {window}
),
named_before AS MATERIALIZED (
    SELECT DISTINCT e.{told_by} AS feature FROM {events} AS e
    WHERE e.tenant IN (SELECT id FROM scope) AND {prior}
),
used AS MATERIALIZED (
    SELECT holder.id AS tenant, e.{told_by} AS feature, e.at
    FROM {events} AS e JOIN holder ON holder.tenant = e.tenant
    WHERE {window}
),
was_used AS MATERIALIZED (
    SELECT DISTINCT holder.id AS tenant, e.{told_by} AS feature
    FROM {events} AS e JOIN holder ON holder.tenant = e.tenant
    WHERE {prior}
),
named AS ({named}),
eligible AS MATERIALIZED ({eligible}),
start AS (
    SELECT tenant, min(at) FILTER (WHERE isfinite(at)) AS at FROM used GROUP BY tenant
),
adopter AS (
    SELECT used.feature, used.tenant, min(used.at) FILTER (WHERE isfinite(used.at)) AS at,
           (used.tenant, used.feature) NOT IN
               (SELECT tenant, feature FROM was_used WHERE feature IS NOT NULL) AS is_new
    FROM used
    WHERE used.feature IS NOT NULL AND used.tenant IN (SELECT id FROM eligible)
    GROUP BY used.feature, used.tenant
),
lapsed AS (
    SELECT feature, tenant FROM was_used WHERE tenant IN (SELECT id FROM eligible)
    EXCEPT
    SELECT feature, tenant FROM used
)
SELECT {columns}
FROM (
    SELECT named.feature,
           count(adopter.tenant) AS adopters,
           eligible.n AS eligible,
           count(adopter.tenant)::float8 / nullif(eligible.n, 0) AS adoption_rate,
           CASE WHEN {has_prior} THEN count(*) FILTER (WHERE adopter.is_new) END AS new_adopters,
           CASE WHEN {has_prior} THEN
               (SELECT count(*) FROM lapsed WHERE lapsed.feature = named.feature) END AS lapsed_adopters,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY adopter.at - start.at) AS median_time_to_adopt
    FROM (SELECT count(*) AS n FROM eligible) AS eligible
    CROSS JOIN named
    LEFT JOIN adopter ON adopter.feature = named.feature
    LEFT JOIN start ON start.tenant = adopter.tenant
    GROUP BY named.feature, eligible.n
) AS r
ORDER BY r.adopters DESC, r.feature COLLATE "C"

-- name: holder
-- For each tenant, those in the scope whose events its events are.
SELECT m.id AS tenant, m.top AS id
FROM {members} AS m JOIN {forest} AS r ON r.tenant_id = m.top
WHERE m.top IN (SELECT id FROM scope)
  AND CASE WHEN {by_subtree} THEN r.tree_status <> 'cycle' ELSE m.id = m.top END

-- name: eligible
-- The tenants of the scope that count.
SELECT r.tenant_id AS id
FROM {forest} AS r
WHERE r.tenant_id IN (SELECT id FROM scope)
  AND (r.tree_status <> 'cycle' OR NOT {by_subtree})
  AND ({at_depth} IS NULL OR r.depth = {at_depth})
  AND CASE {whom} WHEN 'leaves' THEN coalesce(r.height = 0, false)
                  WHEN 'active' THEN r.tenant_id IN (SELECT tenant FROM used)
                  ELSE true END

-- name: catalogue_named
SELECT name AS feature FROM catalogue
WHERE {root} IS NULL OR {root} IN (SELECT tenant_id FROM {forest})

-- name: usage_named
SELECT feature FROM named_now WHERE feature IS NOT NULL
UNION
SELECT feature FROM named_before WHERE feature IS NOT NULL

-- name: activity
WITH scope AS MATERIALIZED ({scope}),
last AS (SELECT ({at} AT TIME ZONE {tz})::date AS day),
holder AS MATERIALIZED ({holder}),
used AS MATERIALIZED (
    SELECT DISTINCT holder.id AS tenant, (e.at AT TIME ZONE {tz})::date AS day
    FROM {events} AS e JOIN holder ON holder.tenant = e.tenant
    WHERE e.at IS NOT NULL AND (e.at AT TIME ZONE {tz})::date <= (SELECT day FROM last)
),
eligible AS MATERIALIZED ({eligible}),
presence AS (
    SELECT used.tenant,
           bool_or(used.day = last.day) AS in_day,
           bool_or(used.day BETWEEN last.day - 6 AND last.day) AS in_week,
           bool_or(used.day BETWEEN last.day - 29 AND last.day) AS in_month,
           bool_or(used.day BETWEEN last.day - 59 AND last.day - 30) AS in_month_before,
           bool_or(used.day < last.day - 59) AS earlier
    FROM used, last
    WHERE used.tenant IN (SELECT id FROM eligible)
    GROUP BY used.tenant
),
answer AS (
    SELECT (SELECT day FROM last) AS day,
           (SELECT count(*) FROM eligible) AS tenants,
           count(*) FILTER (WHERE in_day) AS active_day,
           count(*) FILTER (WHERE in_week) AS active_week,
           count(*) FILTER (WHERE in_month) AS active_month,
           count(*) FILTER (WHERE in_month AND NOT in_month_before AND NOT earlier) AS new_tenants,
           count(*) FILTER (WHERE in_month AND NOT in_month_before AND earlier) AS recovered_tenants,
           count(*) FILTER (WHERE in_month_before AND NOT in_month) AS lapsed_tenants
    FROM presence
)
SELECT {columns}
FROM (
    SELECT answer.*, active_day::float8 / nullif(active_month, 0) AS day_over_month
    FROM answer
    WHERE {root} IS NULL OR {root} IN (SELECT tenant_id FROM {forest})
) AS r
