-- Readers that compare tenants: with one another, and with themselves in the period before.

-- The accumulators of a period and of the one before, over (tenant, feature, cost, time, split).
-- The support functions are the server's to call, so grants.sql gives them to nobody.
CREATE FUNCTION tenant_metrics.period_state_transition(
    internal, "any", "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'period_state_transition';
COMMENT ON FUNCTION tenant_metrics.period_state_transition(internal, "any", "any", "any", "any", "any") IS
    'Support function of tenant_metrics.period_state.';

CREATE FUNCTION tenant_metrics.period_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'period_state_combine';
COMMENT ON FUNCTION tenant_metrics.period_state_combine IS
    'Support function of tenant_metrics.period_state.';

CREATE FUNCTION tenant_metrics.period_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_serialize';
COMMENT ON FUNCTION tenant_metrics.period_state_serialize IS
    'Support function of tenant_metrics.period_state.';

CREATE FUNCTION tenant_metrics.period_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.period_state_deserialize IS
    'Support function of tenant_metrics.period_state.';

CREATE FUNCTION tenant_metrics.period_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'period_state_final';
COMMENT ON FUNCTION tenant_metrics.period_state_final IS
    'Support function of tenant_metrics.period_state.';

CREATE AGGREGATE tenant_metrics.period_state("any", "any", "any", "any", "any") (
    SFUNC = tenant_metrics.period_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.period_state_combine,
    SERIALFUNC = tenant_metrics.period_state_serialize,
    DESERIALFUNC = tenant_metrics.period_state_deserialize,
    FINALFUNC = tenant_metrics.period_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.period_state("any", "any", "any", "any", "any") IS
    'Accumulates usage by tenant since a time and before it, over (tenant, feature, cost, time, '
    'split); the value is an opaque state that the readers use.';

-- The same with a measure as a further argument.
CREATE FUNCTION tenant_metrics.period_state_transition(
    internal, "any", "any", "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'period_state_transition';
COMMENT ON FUNCTION tenant_metrics.period_state_transition(
    internal, "any", "any", "any", "any", "any", "any") IS
    'Support function of tenant_metrics.period_state.';

CREATE AGGREGATE tenant_metrics.period_state("any", "any", "any", "any", "any", "any") (
    SFUNC = tenant_metrics.period_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.period_state_combine,
    SERIALFUNC = tenant_metrics.period_state_serialize,
    DESERIALFUNC = tenant_metrics.period_state_deserialize,
    FINALFUNC = tenant_metrics.period_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.period_state("any", "any", "any", "any", "any", "any") IS
    'Accumulates what period_state does, with the sum of a measure, over (tenant, feature, cost, time, '
    'split, measure).';

CREATE TYPE tenant_metrics.top_row AS (
    rank bigint,
    tenant_id bigint,
    value numeric,
    share float8,
    prior_value numeric,
    change numeric
);
COMMENT ON TYPE tenant_metrics.top_row IS 'Row of tenant_top().';
COMMENT ON COLUMN tenant_metrics.top_row.rank IS
    '1, 2, 3 and so on, the greatest first, ties by id.';
COMMENT ON COLUMN tenant_metrics.top_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.top_row.value IS
    'What the argument by names, in the window; for growth the subtree''s cost.';
COMMENT ON COLUMN tenant_metrics.top_row.share IS
    'Share of value in the cost, the events or the unpriced events of the whole scope; NULL for '
    'what is no sum, such as rates and depths, and if the whole is 0.';
COMMENT ON COLUMN tenant_metrics.top_row.prior_value IS
    'value in the period before; NULL where there is none, and for depth, height and descendants.';
COMMENT ON COLUMN tenant_metrics.top_row.change IS 'value minus prior_value.';

CREATE TYPE tenant_metrics.compare_row AS (
    tenant_id bigint,
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
COMMENT ON TYPE tenant_metrics.compare_row IS
    'Row of tenant_compare(). A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.compare_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.compare_row.cost IS
    'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or '
    'infinite.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.cost_change IS 'cost minus prior_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row.subtree_cost IS
    'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_subtree_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.subtree_cost_change IS
    'subtree_cost minus prior_subtree_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_events IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.events_change IS 'events minus prior_events.';
COMMENT ON COLUMN tenant_metrics.compare_row.features_gained IS
    'Features of its own events in the window and of none in the period before, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row.features_lost IS
    'Features of its own events in the period before and of none in the window, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row.value IS
    'Exact sum of the argument measure over its own events in the window, without values that are '
    'NULL, NaN or infinite; the cost where it is NULL.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_value IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.value_change IS 'value minus prior_value.';
COMMENT ON COLUMN tenant_metrics.compare_row.subtree_value IS
    'The same sum over the events of it and its descendants; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_subtree_value IS
    'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.subtree_value_change IS
    'subtree_value minus prior_subtree_value.';

CREATE FUNCTION @extschema@.tenant_top(
    n int, by text DEFAULT NULL, root bigint DEFAULT NULL, at_depth int DEFAULT NULL,
    since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.top_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_top';
COMMENT ON FUNCTION
    @extschema@.tenant_top(int, text, bigint, int, timestamptz, timestamptz, text, text) IS
    'The first n tenants (NULL: all) of the root''s subtree, of all tenants without a root, in '
    'order of a number of tenant_dashboard in [since, until) or of growth, the change of '
    'subtree_cost; ties by id. Without by it is subtree_cost, or subtree_events where the source '
    'has no cost. With the share of the whole scope, the value in the period of the same length '
    'before (NULL without finite bounds) and the change. at_depth takes only tenants of that depth. '
    'With measure the sum of that is in the place of the cost.';

CREATE FUNCTION @extschema@.tenant_compare(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL, measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.compare_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_compare';
COMMENT ON FUNCTION
    @extschema@.tenant_compare(bigint, timestamptz, timestamptz, text, int, text) IS
    'Each tenant that tenant_dashboard lists in [since, until), which needs finite bounds, against '
    'the period of the same length before: own cost, subtree cost (NULL on and below cycles), '
    'events, the features gained and lost, and the sums of measure, the cost if that is NULL.';
