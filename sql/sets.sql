-- Set-returning readers, each one pass over usage or a look-up of some tenants, and their row types.
-- A row type is frozen for its C symbol: the library compares the two at each call.

CREATE TYPE tenant_metrics.dashboard_row AS (
    tenant_id bigint,
    parent_id bigint,
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
COMMENT ON TYPE tenant_metrics.dashboard_row IS
    'Row of tenant_dashboard and tenant_dashboard_for: a tenant with its place in the tree, its '
    'own totals and its subtree''s. A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.parent_id IS
    'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.depth IS
    'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.height IS
    'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.tree_status IS
    'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below '
    'a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.descendants IS
    'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_events IS
    'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.features_used IS
    'Number of distinct features of its own events in the window; only names of the catalogue '
    'where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_features_used IS
    'Number of distinct features of the events of it and its descendants in the window; NULL on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.adoption_rate IS
    'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_adoption_rate IS
    'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.cost IS
    'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or '
    'infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.unpriced_events IS
    'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.last_used IS
    'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_last_used IS
    'Time of the latest event of it and its descendants in the window; NULL without one, and on or '
    'below a cycle.';

CREATE TYPE tenant_metrics.adoption_rate_row AS (
    tenant_id bigint,
    adoption_rate float8
);
COMMENT ON TYPE tenant_metrics.adoption_rate_row IS 'Row of tenant_adoption_rates.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row.adoption_rate IS
    'Distinct features of its own events in the window, divided by the size of the catalogue; NULL '
    'if that is empty.';

CREATE TYPE tenant_metrics.subtree_cost_row AS (
    tenant_id bigint,
    subtree_cost numeric
);
COMMENT ON TYPE tenant_metrics.subtree_cost_row IS 'Row of tenant_subtree_costs.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';

CREATE TYPE tenant_metrics.relative_row AS (
    tenant_id bigint,
    parent_id bigint,
    depth int,
    distance int
);
COMMENT ON TYPE tenant_metrics.relative_row IS
    'Row of tenant_descendants and tenant_ancestors; distance counts links from the tenant that '
    'was asked for.';
COMMENT ON COLUMN tenant_metrics.relative_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.relative_row.parent_id IS
    'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row.depth IS 'Links up to its root; 0 for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row.distance IS
    'Links between it and the tenant that was asked for.';

CREATE FUNCTION @extschema@.tenant_dashboard(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.dashboard_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    SUPPORT tenant_metrics.reader_support
    AS 'MODULE_PATHNAME', 'tenant_dashboard';
COMMENT ON FUNCTION @extschema@.tenant_dashboard(bigint, timestamptz, timestamptz, text, int) IS
    'Every tenant with its own and subtree totals of [since, until), depth-first, siblings by id; '
    'of the whole forest, or of one root and what is below it. max_depth is the number of levels '
    'shown below the starting points. No rows for an unknown root.';

CREATE FUNCTION @extschema@.tenant_dashboard_for(
    ids bigint[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.dashboard_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_dashboard_for';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_for(bigint[], timestamptz, timestamptz, text) IS
    'The rows of tenant_dashboard for these tenants, in the order given; ids that are NULL, '
    'unknown or invisible give none.';

CREATE FUNCTION @extschema@.tenant_adoption_rates(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.adoption_rate_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    SUPPORT tenant_metrics.reader_support
    AS 'MODULE_PATHNAME', 'tenant_adoption_rates';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rates(bigint, timestamptz, timestamptz, text) IS
    'tenant_adoption_rate of every tenant that tenant_dashboard(root) lists, in one statement over '
    'usage.';

CREATE FUNCTION @extschema@.tenant_subtree_costs(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.subtree_cost_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    SUPPORT tenant_metrics.reader_support
    AS 'MODULE_PATHNAME', 'tenant_subtree_costs';
COMMENT ON FUNCTION @extschema@.tenant_subtree_costs(bigint, timestamptz, timestamptz, text) IS
    'tenant_subtree_cost of every tenant that tenant_dashboard(root) lists, in one statement over '
    'usage; NULL on or below a cycle.';

CREATE FUNCTION @extschema@.tenant_descendants(
    id bigint, max_depth int DEFAULT NULL, source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.relative_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_descendants';
COMMENT ON FUNCTION @extschema@.tenant_descendants(bigint, int, text) IS
    'The tenants below this one, depth-first, siblings by id, down to max_depth levels; not the '
    'tenant itself. Error 42P19 on or below a cycle.';

CREATE FUNCTION @extschema@.tenant_ancestors(
    id bigint, source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.relative_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_ancestors';
COMMENT ON FUNCTION @extschema@.tenant_ancestors(bigint, text) IS
    'The tenants above this one, its parent first. Error 42P19 on or below a cycle.';

CREATE FUNCTION @extschema@.tenant_tree_json(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_tree_json';
COMMENT ON FUNCTION @extschema@.tenant_tree_json(bigint, timestamptz, timestamptz, text, int) IS
    'The rows of tenant_dashboard as nested objects with the key children; one object for a root, '
    'an array of the roots'' objects without one. NULL for an unknown root.';

-- The default source's dashboard for tools that map views; it answers as its caller.
CREATE VIEW tenant_metrics.dashboard AS SELECT * FROM @extschema@.tenant_dashboard();
COMMENT ON VIEW tenant_metrics.dashboard IS
    'tenant_dashboard() of the default source; it answers as its caller, with the caller''s '
    'rights.';
COMMENT ON COLUMN tenant_metrics.dashboard.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard.parent_id IS
    'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard.depth IS
    'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.height IS
    'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.tree_status IS
    'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below '
    'a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard.descendants IS
    'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_events IS
    'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.features_used IS
    'Number of distinct features of its own events in the window; only names of the catalogue '
    'where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_features_used IS
    'Number of distinct features of the events of it and its descendants in the window; NULL on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.adoption_rate IS
    'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_adoption_rate IS
    'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or '
    'below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.cost IS
    'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or '
    'infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.unpriced_events IS
    'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard.last_used IS
    'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_last_used IS
    'Time of the latest event of it and its descendants in the window; NULL without one, and on or '
    'below a cycle.';
