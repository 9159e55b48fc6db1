-- Set-returning readers, each one pass over usage, and their row types.
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
CREATE TYPE tenant_metrics.dashboard_row_uuid AS (
    tenant_id uuid,
    parent_id uuid,
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

CREATE TYPE tenant_metrics.adoption_rate_row AS (tenant_id bigint, adoption_rate float8);
CREATE TYPE tenant_metrics.adoption_rate_row_uuid AS (tenant_id uuid, adoption_rate float8);
CREATE TYPE tenant_metrics.adoption_rate_row_text AS (tenant_id text, adoption_rate float8);
CREATE TYPE tenant_metrics.subtree_cost_row AS (tenant_id bigint, subtree_cost numeric);
CREATE TYPE tenant_metrics.subtree_cost_row_uuid AS (tenant_id uuid, subtree_cost numeric);
CREATE TYPE tenant_metrics.subtree_cost_row_text AS (tenant_id text, subtree_cost numeric);
CREATE TYPE tenant_metrics.relative_row AS (tenant_id bigint, parent_id bigint, depth int, distance int);
CREATE TYPE tenant_metrics.relative_row_uuid AS (tenant_id uuid, parent_id uuid, depth int, distance int);
CREATE TYPE tenant_metrics.relative_row_text AS (tenant_id text, parent_id text, depth int, distance int);

CREATE FUNCTION @extschema@.tenant_dashboard(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS SETOF tenant_metrics.dashboard_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_dashboard';
CREATE FUNCTION @extschema@.tenant_dashboard_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS SETOF tenant_metrics.dashboard_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_dashboard';
CREATE FUNCTION @extschema@.tenant_dashboard_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS SETOF tenant_metrics.dashboard_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_dashboard';

CREATE FUNCTION @extschema@.tenant_dashboard_for(ids bigint[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.dashboard_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_dashboard_for';
CREATE FUNCTION @extschema@.tenant_dashboard_for_uuid(ids uuid[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.dashboard_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_dashboard_for';
CREATE FUNCTION @extschema@.tenant_dashboard_for_text(ids text[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.dashboard_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_dashboard_for';

CREATE FUNCTION @extschema@.tenant_adoption_rates(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.adoption_rate_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_adoption_rates';
CREATE FUNCTION @extschema@.tenant_adoption_rates_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.adoption_rate_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_adoption_rates';
CREATE FUNCTION @extschema@.tenant_adoption_rates_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.adoption_rate_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_adoption_rates';

CREATE FUNCTION @extschema@.tenant_subtree_costs(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.subtree_cost_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_subtree_costs';
CREATE FUNCTION @extschema@.tenant_subtree_costs_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.subtree_cost_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_subtree_costs';
CREATE FUNCTION @extschema@.tenant_subtree_costs_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.subtree_cost_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_subtree_costs';

CREATE FUNCTION @extschema@.tenant_descendants(id bigint, max_depth int DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.relative_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_descendants';
CREATE FUNCTION @extschema@.tenant_descendants_uuid(id uuid, max_depth int DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.relative_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_descendants';
CREATE FUNCTION @extschema@.tenant_descendants_text(id text, max_depth int DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.relative_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_descendants';

CREATE FUNCTION @extschema@.tenant_ancestors(id bigint, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.relative_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_ancestors';
CREATE FUNCTION @extschema@.tenant_ancestors_uuid(id uuid, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.relative_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_ancestors';
CREATE FUNCTION @extschema@.tenant_ancestors_text(id text, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.relative_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_ancestors';

CREATE FUNCTION @extschema@.tenant_tree_json(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_tree_json';
CREATE FUNCTION @extschema@.tenant_tree_json_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_tree_json';
CREATE FUNCTION @extschema@.tenant_tree_json_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_tree_json';

-- The default source's dashboard for tools that map views; it answers as its caller.
CREATE VIEW tenant_metrics.dashboard AS SELECT * FROM @extschema@.tenant_dashboard();
CREATE VIEW tenant_metrics.dashboard_uuid AS SELECT * FROM @extschema@.tenant_dashboard_uuid();
CREATE VIEW tenant_metrics.dashboard_text AS SELECT * FROM @extschema@.tenant_dashboard_text();
