-- Twins for ids as text, of every source.
-- Made of the objects in the other files: change those, and run cargo xtask sql.

-- sql/scalars.sql

CREATE FUNCTION @extschema@.tenant_adoption_rate_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_adoption_rate';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rate_text(text, timestamptz, timestamptz, text) IS
    'Features that the tenant itself used, divided by the size of the source''s catalogue; events '
    'in [since, until). NULL with an empty catalogue. NULL for an id that is NULL, unknown or '
    'invisible to the caller. Twin of tenant_adoption_rate for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_adoption_rate_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_adoption_rate';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_adoption_rate_text(text, timestamptz, timestamptz, text) IS
    'Features that the tenant and its descendants used (the union), divided by the size of the '
    'source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL on or below '
    'a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, '
    'unknown or invisible to the caller. Twin of tenant_subtree_adoption_rate for ids as text, of '
    'every source.';

CREATE FUNCTION @extschema@.tenant_features_used_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_features_used';
COMMENT ON FUNCTION @extschema@.tenant_features_used_text(text, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant itself used in [since, until). NULL for an id '
    'that is NULL, unknown or invisible to the caller. Twin of tenant_features_used for ids as '
    'text, of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_features_used_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_features_used';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_features_used_text(text, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant and its descendants used in [since, until). NULL '
    'on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id '
    'that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_features_used for '
    'ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_cost_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_cost';
COMMENT ON FUNCTION @extschema@.tenant_cost_text(text, timestamptz, timestamptz, text) IS
    'Exact sum of the tenant''s own costs in [since, until), in the unit of the cost column; NULL, '
    'NaN and infinite costs are left out, no priced event gives 0. NULL for an id that is NULL, '
    'unknown or invisible to the caller. Twin of tenant_cost for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_cost_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_cost';
COMMENT ON FUNCTION @extschema@.tenant_subtree_cost_text(text, timestamptz, timestamptz, text) IS
    'Exact sum of the costs of the tenant and its descendants in [since, until), in the unit of '
    'the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL on '
    'or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that '
    'is NULL, unknown or invisible to the caller. Twin of tenant_subtree_cost for ids as text, of '
    'every source.';

CREATE FUNCTION @extschema@.tenant_events_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_events';
COMMENT ON FUNCTION @extschema@.tenant_events_text(text, timestamptz, timestamptz, text) IS
    'Number of the tenant''s own events in [since, until). NULL for an id that is NULL, unknown or '
    'invisible to the caller. Twin of tenant_events for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_events_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_events';
COMMENT ON FUNCTION @extschema@.tenant_subtree_events_text(text, timestamptz, timestamptz, text) IS
    'Number of events of the tenant and its descendants in [since, until). NULL on or below a '
    'cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, '
    'unknown or invisible to the caller. Twin of tenant_subtree_events for ids as text, of every '
    'source.';

CREATE FUNCTION @extschema@.tenant_last_used_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_last_used';
COMMENT ON FUNCTION @extschema@.tenant_last_used_text(text, timestamptz, timestamptz, text) IS
    'Time of the tenant''s own latest event in [since, until); NULL without one. NULL for an id '
    'that is NULL, unknown or invisible to the caller. Twin of tenant_last_used for ids as text, '
    'of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_last_used_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_last_used';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_last_used_text(text, timestamptz, timestamptz, text) IS
    'Time of the latest event of the tenant and its descendants in [since, until); NULL without '
    'one. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL '
    'for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_last_used '
    'for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_depth_text(id text, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_depth';
COMMENT ON FUNCTION @extschema@.tenant_depth_text(text, text) IS
    'Number of parent links from the tenant up to its root, which has depth 0. NULL on or below a '
    'cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, '
    'unknown or invisible to the caller. Twin of tenant_depth for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_height_text(id text, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_height';
COMMENT ON FUNCTION @extschema@.tenant_height_text(text, text) IS
    'Number of parent links from the tenant down to its farthest leaf; 0 for a leaf. NULL on or '
    'below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is '
    'NULL, unknown or invisible to the caller. Twin of tenant_height for ids as text, of every '
    'source.';

CREATE FUNCTION @extschema@.tenant_root_text(
    id text, source text DEFAULT 'default'
) RETURNS text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_root';
COMMENT ON FUNCTION @extschema@.tenant_root_text(text, text) IS
    'The root that the tenant is below, or the tenant itself. NULL on or below a cycle, or error '
    '42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or '
    'invisible to the caller. Twin of tenant_root for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_path_text(
    id text, source text DEFAULT 'default'
) RETURNS text[]
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_path';
COMMENT ON FUNCTION @extschema@.tenant_path_text(text, text) IS
    'The ids from the root to the tenant, both included. NULL on or below a cycle, or error 42P19 '
    'where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to '
    'the caller. Twin of tenant_path for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_is_descendant_text(
    id text, ancestor text, source text DEFAULT 'default'
) RETURNS boolean
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_is_descendant';
COMMENT ON FUNCTION @extschema@.tenant_is_descendant_text(text, text, text) IS
    'Whether the tenant is below the ancestor, at any depth; a tenant is not its own descendant. '
    'NULL if either is on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. '
    'NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_is_descendant '
    'for ids as text, of every source.';

-- sql/sets.sql

CREATE TYPE tenant_metrics.dashboard_row_text AS (
    tenant_id text,
    parent_id text,
    depth int,
    height int,
    tree_status text,
    descendants bigint,
    events bigint,
    subtree_events bigint,
    features_used int,
    subtree_features_used int,
    adoption_rate float8,
    subtree_adoption_rate float8,
    cost numeric,
    subtree_cost numeric,
    unpriced_events bigint,
    last_used timestamptz,
    subtree_last_used timestamptz
);
COMMENT ON TYPE tenant_metrics.dashboard_row_text IS
    'Row of tenant_dashboard_text and tenant_dashboard_for_text: a tenant with its place in the '
    'tree, its own totals and its subtree''s. A column is NULL where the source lacks what it is '
    'made of.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.parent_id IS
    'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.depth IS
    'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.height IS
    'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.tree_status IS
    'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below '
    'a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.descendants IS
    'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.events IS
    'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_events IS
    'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.features_used IS
    'Number of distinct features of its own events in the window; only names of the catalogue '
    'where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_features_used IS
    'Number of distinct features of the events of it and its descendants in the window; NULL on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.adoption_rate IS
    'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_adoption_rate IS
    'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.cost IS
    'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or '
    'infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.unpriced_events IS
    'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.last_used IS
    'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_last_used IS
    'Time of the latest event of it and its descendants in the window; NULL without one, and on or '
    'below a cycle.';

CREATE TYPE tenant_metrics.adoption_rate_row_text AS (
    tenant_id text,
    adoption_rate float8
);
COMMENT ON TYPE tenant_metrics.adoption_rate_row_text IS 'Row of tenant_adoption_rates_text.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row_text.adoption_rate IS
    'Distinct features of its own events in the window, divided by the size of the catalogue; NULL '
    'if that is empty.';

CREATE TYPE tenant_metrics.subtree_cost_row_text AS (
    tenant_id text,
    subtree_cost numeric
);
COMMENT ON TYPE tenant_metrics.subtree_cost_row_text IS 'Row of tenant_subtree_costs_text.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row_text.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';

CREATE TYPE tenant_metrics.relative_row_text AS (
    tenant_id text,
    parent_id text,
    depth int,
    distance int
);
COMMENT ON TYPE tenant_metrics.relative_row_text IS
    'Row of tenant_descendants_text and tenant_ancestors_text; distance counts links from the '
    'tenant that was asked for.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.parent_id IS
    'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.depth IS 'Links up to its root; 0 for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.distance IS
    'Links between it and the tenant that was asked for.';

CREATE FUNCTION @extschema@.tenant_dashboard_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.dashboard_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    SUPPORT tenant_metrics.reader_support
    AS 'MODULE_PATHNAME', 'tenant_dashboard';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_text(text, timestamptz, timestamptz, text, int) IS
    'Every tenant with its own and subtree totals of [since, until), depth-first, siblings by id; '
    'of the whole forest, or of one root and what is below it. max_depth is the number of levels '
    'shown below the starting points. No rows for an unknown root. Twin of tenant_dashboard for '
    'ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_dashboard_for_text(
    ids text[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.dashboard_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_dashboard_for';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_for_text(text[], timestamptz, timestamptz, text) IS
    'The rows of tenant_dashboard for these tenants, in the order given; ids that are NULL, '
    'unknown or invisible give none. Twin of tenant_dashboard_for for ids as text, of every '
    'source.';

CREATE FUNCTION @extschema@.tenant_adoption_rates_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.adoption_rate_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    SUPPORT tenant_metrics.reader_support
    AS 'MODULE_PATHNAME', 'tenant_adoption_rates';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rates_text(text, timestamptz, timestamptz, text) IS
    'tenant_adoption_rate of every tenant that tenant_dashboard(root) lists, in one statement over '
    'usage. Twin of tenant_adoption_rates for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_costs_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.subtree_cost_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    SUPPORT tenant_metrics.reader_support
    AS 'MODULE_PATHNAME', 'tenant_subtree_costs';
COMMENT ON FUNCTION @extschema@.tenant_subtree_costs_text(text, timestamptz, timestamptz, text) IS
    'tenant_subtree_cost of every tenant that tenant_dashboard(root) lists, in one statement over '
    'usage; NULL on or below a cycle. Twin of tenant_subtree_costs for ids as text, of every '
    'source.';

CREATE FUNCTION @extschema@.tenant_descendants_text(
    id text, max_depth int DEFAULT NULL, source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.relative_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_descendants';
COMMENT ON FUNCTION @extschema@.tenant_descendants_text(text, int, text) IS
    'The tenants below this one, depth-first, siblings by id, down to max_depth levels; not the '
    'tenant itself. Error 42P19 on or below a cycle. Twin of tenant_descendants for ids as text, '
    'of every source.';

CREATE FUNCTION @extschema@.tenant_ancestors_text(
    id text, source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.relative_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_ancestors';
COMMENT ON FUNCTION @extschema@.tenant_ancestors_text(text, text) IS
    'The tenants above this one, its parent first. Error 42P19 on or below a cycle. Twin of '
    'tenant_ancestors for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_tree_json_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_tree_json';
COMMENT ON FUNCTION @extschema@.tenant_tree_json_text(text, timestamptz, timestamptz, text, int) IS
    'The rows of tenant_dashboard as nested objects with the key children; one object for a root, '
    'an array of the roots'' objects without one. NULL for an unknown root. Twin of '
    'tenant_tree_json for ids as text, of every source.';

CREATE VIEW tenant_metrics.dashboard_text AS SELECT * FROM @extschema@.tenant_dashboard_text();
COMMENT ON VIEW tenant_metrics.dashboard_text IS
    'tenant_dashboard_text() of the default source; it answers as its caller, with the caller''s '
    'rights.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.parent_id IS
    'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.depth IS
    'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.height IS
    'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.tree_status IS
    'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below '
    'a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.descendants IS
    'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_events IS
    'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.features_used IS
    'Number of distinct features of its own events in the window; only names of the catalogue '
    'where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_features_used IS
    'Number of distinct features of the events of it and its descendants in the window; NULL on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.adoption_rate IS
    'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_adoption_rate IS
    'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.cost IS
    'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or '
    'infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.unpriced_events IS
    'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.last_used IS
    'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_last_used IS
    'Time of the latest event of it and its descendants in the window; NULL without one, and on or '
    'below a cycle.';

-- sql/series.sql

CREATE TYPE tenant_metrics.usage_series_for_row_text AS (
    tenant_id text,
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint,
    value numeric,
    missing_events bigint
);
COMMENT ON TYPE tenant_metrics.usage_series_for_row_text IS
    'Row of tenant_usage_series_for_text. A column is NULL where the source lacks what it is made '
    'of.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.tenant_id IS
    'Id of the tenant whose series it is.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.bucket_start IS
    'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.bucket_local IS
    'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.events IS
    'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.cost IS
    'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.unpriced_events IS
    'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.features_used IS
    'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.active_tenants IS
    'Number of distinct tenants of these events.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.value IS
    'Exact sum of the argument measure over these events, without values that are NULL, NaN or '
    'infinite; the cost where it is NULL.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.missing_events IS
    'Number of these events that value leaves out.';

CREATE FUNCTION @extschema@.tenant_usage_series_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree',
    source text DEFAULT 'default', measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.usage_series_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 100
    AS 'MODULE_PATHNAME', 'tenant_usage_series';
COMMENT ON FUNCTION
    @extschema@.tenant_usage_series_text(
        text, timestamptz, timestamptz, text, text, text, text, text) IS
    'Usage in [since, until) by bucket (hour, day, week from Monday, month, quarter or year) of '
    'the time zone tz, in order of time: events, exact cost, unpriced events, distinct features '
    'and tenants of the tenant itself (scope own) or of it and its descendants (scope subtree); of '
    'all tenants where id is NULL. Buckets without events are there with zeros; a missing bound is '
    'the bucket of the first or last event. value is the sum of measure, the cost if that is NULL. '
    'Error 42P19 for the subtree of a tenant on or below a cycle; no rows for an unknown id. Twin '
    'of tenant_usage_series for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_usage_series_for_text(
    ids text[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree',
    source text DEFAULT 'default', measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.usage_series_for_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_usage_series_for';
COMMENT ON FUNCTION
    @extschema@.tenant_usage_series_for_text(
        text[], timestamptz, timestamptz, text, text, text, text, text) IS
    'The series of tenant_usage_series for each known tenant of the array once, in its order, in '
    'one statement over usage. A missing bound is taken from the events of all of them together. '
    'Twin of tenant_usage_series_for for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_activity_text(
    root text DEFAULT NULL, at timestamptz DEFAULT pg_catalog.now(), tz text DEFAULT 'UTC',
    source text DEFAULT 'default', scope text DEFAULT 'own', eligible text DEFAULT 'all',
    at_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.activity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1
    AS 'MODULE_PATHNAME', 'tenant_activity';
COMMENT ON FUNCTION
    @extschema@.tenant_activity_text(text, timestamptz, text, text, text, text, int) IS
    'How many tenants of the root and below, or of all, have own events in the local day of at in '
    'the time zone tz, in the 7 and in the 30 days that end with it; how many of the 30 days are '
    'new, or recovered from 30 days or more without, and how many lapsed that were active in the '
    '30 days before. With scope subtree the events of descendants are a tenant''s too. Tenants '
    'that count are all, leaves, or active, with events until the end of the day; with at_depth '
    'only those of that depth. No rows for an unknown root. Twin of tenant_activity for ids as '
    'text, of every source.';

-- sql/operations.sql

CREATE FUNCTION tenant_metrics.explain_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.explain_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 1
    AS 'MODULE_PATHNAME', 'tenant_metrics_explain';
COMMENT ON FUNCTION tenant_metrics.explain_text IS
    'How tenant_dashboard with these arguments would be answered: the way that is tried first, why '
    'cheaper ones are not open, how many events it is expected to read (NULL to a caller who may '
    'not read them), which indexes are missing, and how scalars are answered. And how the last '
    'statement with answers of the library was answered: in which way it read usage and why, how '
    'many calls were answered by look-ups (last_single), how many passes it made (last_passes), '
    'and how many calls were answered from what was there (last_cached). Twin of explain for ids '
    'as text, of every source.';

-- sql/features.sql

CREATE TYPE tenant_metrics.feature_matrix_row_text AS (
    tenant_id text,
    feature text,
    events bigint,
    cost numeric,
    value numeric
);
COMMENT ON TYPE tenant_metrics.feature_matrix_row_text IS
    'Row of tenant_feature_matrix_text(). A column is NULL where the source lacks what it is made '
    'of.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.feature IS
    'Name of the feature, or value of the dimension; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.events IS
    'Number of events of the tenant, or of its subtree, that name the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.cost IS
    'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.value IS
    'Exact sum of the argument measure over these events, without values that are NULL, NaN or '
    'infinite; the cost where it is NULL.';

CREATE FUNCTION @extschema@.tenant_feature_breakdown_text(
    id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', scope text DEFAULT 'subtree', dimension text DEFAULT NULL,
    measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.feature_breakdown_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_feature_breakdown';
COMMENT ON FUNCTION
    @extschema@.tenant_feature_breakdown_text(
        text, timestamptz, timestamptz, text, text, text, text) IS
    'A row for each feature of the scope''s events in [since, until) and of the catalogue: events, '
    'exact cost and its share, distinct tenants, breadth (tenants using it / tenants in the '
    'scope), first and last use. The scope is the tenant (scope own) or its subtree, error 42P19 '
    'on or below a cycle; all tenants without an id. In order of value, which is the sum of '
    'measure, the cost if that is NULL. With dimension the same by a column that setup was told of '
    'as one. Twin of tenant_feature_breakdown for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_feature_matrix_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL, scope text DEFAULT 'own',
    dimension text DEFAULT NULL, measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.feature_matrix_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10000
    AS 'MODULE_PATHNAME', 'tenant_feature_matrix';
COMMENT ON FUNCTION
    @extschema@.tenant_feature_matrix_text(
        text, timestamptz, timestamptz, text, int, text, text, text) IS
    'Events and exact cost of each tenant that tenant_dashboard lists and each feature in [since, '
    'until), where there are any; the tenants'' own or, with scope subtree, their subtrees'', '
    'which tenants on and below cycles have none of. value is the sum of measure, the cost if that '
    'is NULL. With dimension the same by a column that setup was told of as one. Twin of '
    'tenant_feature_matrix for ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_feature_adoption_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', dimension text DEFAULT NULL, scope text DEFAULT 'own',
    eligible text DEFAULT 'all', at_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.feature_adoption_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_feature_adoption';
COMMENT ON FUNCTION
    @extschema@.tenant_feature_adoption_text(
        text, timestamptz, timestamptz, text, text, text, text, int) IS
    'Who of the root''s subtree, of all tenants without a root, adopted each feature in [since, '
    'until): their number and rate, how many are new and how many lapsed against the period of the '
    'same length before (NULL without finite bounds), and the median time from a tenant''s first '
    'event to its first with the feature. With dimension the same by a column that setup was told '
    'of as one. With scope subtree the events of descendants are a tenant''s too. Tenants that '
    'count are all, leaves, or active, with events in the window; with at_depth only those of that '
    'depth. Twin of tenant_feature_adoption for ids as text, of every source.';

-- sql/rankings.sql

CREATE TYPE tenant_metrics.top_row_text AS (
    rank bigint,
    tenant_id text,
    value numeric,
    share float8,
    prior_value numeric,
    change numeric
);
COMMENT ON TYPE tenant_metrics.top_row_text IS 'Row of tenant_top_text().';
COMMENT ON COLUMN tenant_metrics.top_row_text.rank IS
    '1, 2, 3 and so on, the greatest first, ties by id.';
COMMENT ON COLUMN tenant_metrics.top_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.top_row_text.value IS
    'What the argument by names, in the window; for growth the subtree''s cost.';
COMMENT ON COLUMN tenant_metrics.top_row_text.share IS
    'Share of value in the cost, the events or the unpriced events of the whole scope; NULL for '
    'what is no sum, such as rates and depths, and if the whole is 0.';
COMMENT ON COLUMN tenant_metrics.top_row_text.prior_value IS
    'value in the period before; NULL where there is none, and for depth, height and descendants.';
COMMENT ON COLUMN tenant_metrics.top_row_text.change IS 'value minus prior_value.';

CREATE TYPE tenant_metrics.compare_row_text AS (
    tenant_id text,
    cost numeric,
    prior_cost numeric,
    cost_change numeric,
    subtree_cost numeric,
    prior_subtree_cost numeric,
    subtree_cost_change numeric,
    events bigint,
    prior_events bigint,
    events_change bigint,
    features_gained text[],
    features_lost text[],
    value numeric,
    prior_value numeric,
    value_change numeric,
    subtree_value numeric,
    prior_subtree_value numeric,
    subtree_value_change numeric
);
COMMENT ON TYPE tenant_metrics.compare_row_text IS
    'Row of tenant_compare_text(). A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.cost IS
    'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or '
    'infinite.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.cost_change IS 'cost minus prior_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_subtree_cost IS
    'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.subtree_cost_change IS
    'subtree_cost minus prior_subtree_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.events IS
    'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_events IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.events_change IS 'events minus prior_events.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.features_gained IS
    'Features of its own events in the window and of none in the period before, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.features_lost IS
    'Features of its own events in the period before and of none in the window, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.value IS
    'Exact sum of the argument measure over its own events in the window, without values that are '
    'NULL, NaN or infinite; the cost where it is NULL.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_value IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.value_change IS 'value minus prior_value.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.subtree_value IS
    'The same sum over the events of it and its descendants; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_subtree_value IS
    'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.subtree_value_change IS
    'subtree_value minus prior_subtree_value.';

CREATE FUNCTION @extschema@.tenant_top_text(
    n int, by text DEFAULT NULL, root text DEFAULT NULL, at_depth int DEFAULT NULL,
    since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.top_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_top';
COMMENT ON FUNCTION
    @extschema@.tenant_top_text(int, text, text, int, timestamptz, timestamptz, text, text) IS
    'The first n tenants (NULL: all) of the root''s subtree, of all tenants without a root, in '
    'order of a number of tenant_dashboard in [since, until) or of growth, the change of '
    'subtree_cost; ties by id. Without by it is subtree_cost, or subtree_events where the source '
    'has no cost. With the share of the whole scope, the value in the period of the same length '
    'before (NULL without finite bounds) and the change. at_depth takes only tenants of that '
    'depth. With measure the sum of that is in the place of the cost. Twin of tenant_top for ids '
    'as text, of every source.';

CREATE FUNCTION @extschema@.tenant_compare_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL, measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.compare_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_compare';
COMMENT ON FUNCTION
    @extschema@.tenant_compare_text(text, timestamptz, timestamptz, text, int, text) IS
    'Each tenant that tenant_dashboard lists in [since, until), which needs finite bounds, against '
    'the period of the same length before: own cost, subtree cost (NULL on and below cycles), '
    'events, the features gained and lost, and the sums of measure, the cost if that is NULL. Twin '
    'of tenant_compare for ids as text, of every source.';

-- sql/measures.sql

CREATE TYPE tenant_metrics.measure_row_text AS (
    tenant_id text,
    measure text,
    own numeric,
    subtree numeric,
    missing_events bigint
);
COMMENT ON TYPE tenant_metrics.measure_row_text IS 'Row of tenant_measures_text().';
COMMENT ON COLUMN tenant_metrics.measure_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.measure_row_text.measure IS
    'Name of the measure: cost, or the column that it is.';
COMMENT ON COLUMN tenant_metrics.measure_row_text.own IS
    'Exact sum of the measure over its own events in the window, without values that are NULL, NaN '
    'or infinite.';
COMMENT ON COLUMN tenant_metrics.measure_row_text.subtree IS
    'The same over the events of it and its descendants; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.measure_row_text.missing_events IS
    'Number of its own events in the window in which the measure is NULL, NaN or infinite.';

CREATE FUNCTION @extschema@.tenant_measure_text(
    id text, measure text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_measure';
COMMENT ON FUNCTION @extschema@.tenant_measure_text(text, text, timestamptz, timestamptz, text) IS
    'Exact sum of a measure (NULL: the cost) over the tenant''s own events in [since, until), in '
    'the unit of the column; values that are NULL, NaN or infinite are left out, no value gives 0. '
    'NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_measure for '
    'ids as text, of every source.';

CREATE FUNCTION @extschema@.tenant_subtree_measure_text(
    id text, measure text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_measure';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_measure_text(text, text, timestamptz, timestamptz, text) IS
    'The same over the events of the tenant and its descendants. NULL on or below a cycle, or '
    'error 42P19 where tenant_metrics.on_cycle is error. Twin of tenant_subtree_measure for ids as '
    'text, of every source.';

CREATE FUNCTION @extschema@.tenant_measures_text(
    root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.measure_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 4000
    AS 'MODULE_PATHNAME', 'tenant_measures';
COMMENT ON FUNCTION @extschema@.tenant_measures_text(text, timestamptz, timestamptz, text, int) IS
    'For each tenant that tenant_dashboard lists, in its order, a row for each measure of the '
    'source, the cost first: the own sum, the subtree''s, and own events without a value, in '
    '[since, until). Twin of tenant_measures for ids as text, of every source.';
