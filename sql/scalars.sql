-- Scalars, for use per row: in SELECT, WHERE and ORDER BY, by any client or ORM.
-- The three twins of a reader share a C symbol, which looks at the declared type of the id.

CREATE FUNCTION @extschema@.tenant_adoption_rate(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_adoption_rate';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rate(bigint, timestamptz, timestamptz, text) IS
    'Features that the tenant itself used, divided by the size of the source''s catalogue; events '
    'in [since, until). NULL with an empty catalogue. NULL for an id that is NULL, unknown or '
    'invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_subtree_adoption_rate(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_adoption_rate';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_adoption_rate(bigint, timestamptz, timestamptz, text) IS
    'Features that the tenant and its descendants used (the union), divided by the size of the '
    'source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL on or below '
    'a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, '
    'unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_features_used(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_features_used';
COMMENT ON FUNCTION @extschema@.tenant_features_used(bigint, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant itself used in [since, until). NULL for an id '
    'that is NULL, unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_subtree_features_used(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_features_used';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_features_used(bigint, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant and its descendants used in [since, until). NULL '
    'on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id '
    'that is NULL, unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_cost(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_cost';
COMMENT ON FUNCTION @extschema@.tenant_cost(bigint, timestamptz, timestamptz, text) IS
    'Exact sum of the tenant''s own costs in [since, until), in the unit of the cost column; NULL, '
    'NaN and infinite costs are left out, no priced event gives 0. NULL for an id that is NULL, '
    'unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_subtree_cost(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_cost';
COMMENT ON FUNCTION @extschema@.tenant_subtree_cost(bigint, timestamptz, timestamptz, text) IS
    'Exact sum of the costs of the tenant and its descendants in [since, until), in the unit of '
    'the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL on '
    'or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that '
    'is NULL, unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_events(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_events';
COMMENT ON FUNCTION @extschema@.tenant_events(bigint, timestamptz, timestamptz, text) IS
    'Number of the tenant''s own events in [since, until). NULL for an id that is NULL, unknown or '
    'invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_subtree_events(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_events';
COMMENT ON FUNCTION @extschema@.tenant_subtree_events(bigint, timestamptz, timestamptz, text) IS
    'Number of events of the tenant and its descendants in [since, until). NULL on or below a '
    'cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, '
    'unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_last_used(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_last_used';
COMMENT ON FUNCTION @extschema@.tenant_last_used(bigint, timestamptz, timestamptz, text) IS
    'Time of the tenant''s own latest event in [since, until); NULL without one. NULL for an id '
    'that is NULL, unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_subtree_last_used(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_last_used';
COMMENT ON FUNCTION @extschema@.tenant_subtree_last_used(bigint, timestamptz, timestamptz, text) IS
    'Time of the latest event of the tenant and its descendants in [since, until); NULL without '
    'one. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL '
    'for an id that is NULL, unknown or invisible to the caller.';

-- Scalars over the tree alone. A result that is an id is marked, for twins/ has others.

CREATE FUNCTION @extschema@.tenant_depth(id bigint, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_depth';
COMMENT ON FUNCTION @extschema@.tenant_depth(bigint, text) IS
    'Number of parent links from the tenant up to its root, which has depth 0. NULL on or below a '
    'cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, '
    'unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_height(id bigint, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_height';
COMMENT ON FUNCTION @extschema@.tenant_height(bigint, text) IS
    'Number of parent links from the tenant down to its farthest leaf; 0 for a leaf. NULL on or '
    'below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is '
    'NULL, unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_root(
    id bigint, source text DEFAULT 'default'
) RETURNS bigint /* id */
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_root';
COMMENT ON FUNCTION @extschema@.tenant_root(bigint, text) IS
    'The root that the tenant is below, or the tenant itself. NULL on or below a cycle, or error '
    '42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or '
    'invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_path(
    id bigint, source text DEFAULT 'default'
) RETURNS bigint[] /* id */
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_path';
COMMENT ON FUNCTION @extschema@.tenant_path(bigint, text) IS
    'The ids from the root to the tenant, both included. NULL on or below a cycle, or error 42P19 '
    'where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to '
    'the caller.';

CREATE FUNCTION @extschema@.tenant_is_descendant(
    id bigint, ancestor bigint, source text DEFAULT 'default'
) RETURNS boolean
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'tenant_is_descendant';
COMMENT ON FUNCTION @extschema@.tenant_is_descendant(bigint, bigint, text) IS
    'Whether the tenant is below the ancestor, at any depth; a tenant is not its own descendant. '
    'NULL if either is on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. '
    'NULL for an id that is NULL, unknown or invisible to the caller.';
