-- Further measures, summed beside the cost.

-- The accumulator of usage_state with the sum of each measure, over (tenant, feature, cost, time,
-- measures...). The support functions are the server's to call, so grants.sql gives them to nobody.
CREATE FUNCTION tenant_metrics.measured_state_transition(
    internal, "any", "any", "any", "any", VARIADIC "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'measured_state_transition';
COMMENT ON FUNCTION tenant_metrics.measured_state_transition IS
    'Support function of tenant_metrics.measured_state.';

CREATE FUNCTION tenant_metrics.measured_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'measured_state_combine';
COMMENT ON FUNCTION tenant_metrics.measured_state_combine IS
    'Support function of tenant_metrics.measured_state.';

CREATE FUNCTION tenant_metrics.measured_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'measured_state_serialize';
COMMENT ON FUNCTION tenant_metrics.measured_state_serialize IS
    'Support function of tenant_metrics.measured_state.';

CREATE FUNCTION tenant_metrics.measured_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'measured_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.measured_state_deserialize IS
    'Support function of tenant_metrics.measured_state.';

CREATE FUNCTION tenant_metrics.measured_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'measured_state_final';
COMMENT ON FUNCTION tenant_metrics.measured_state_final IS
    'Support function of tenant_metrics.measured_state.';

CREATE AGGREGATE tenant_metrics.measured_state("any", "any", "any", "any", VARIADIC "any") (
    SFUNC = tenant_metrics.measured_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.measured_state_combine,
    SERIALFUNC = tenant_metrics.measured_state_serialize,
    DESERIALFUNC = tenant_metrics.measured_state_deserialize,
    FINALFUNC = tenant_metrics.measured_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.measured_state("any", "any", "any", "any", VARIADIC "any") IS
    'Accumulates usage by tenant with the sums of measures over (tenant, feature, cost, time, '
    'measures); the value is an opaque state that the readers use.';

CREATE TYPE tenant_metrics.measure_row AS (
    tenant_id bigint,
    measure text,
    own numeric,
    subtree numeric,
    missing_events bigint
);
COMMENT ON TYPE tenant_metrics.measure_row IS 'Row of tenant_measures().';
COMMENT ON COLUMN tenant_metrics.measure_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.measure_row.measure IS
    'Name of the measure: cost, or the column that it is.';
COMMENT ON COLUMN tenant_metrics.measure_row.own IS
    'Exact sum of the measure over its own events in the window, without values that are NULL, NaN '
    'or infinite.';
COMMENT ON COLUMN tenant_metrics.measure_row.subtree IS
    'The same over the events of it and its descendants; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.measure_row.missing_events IS
    'Number of its own events in the window in which the measure is NULL, NaN or infinite.';

CREATE FUNCTION @extschema@.tenant_measure(
    id bigint, measure text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_measure';
COMMENT ON FUNCTION @extschema@.tenant_measure(bigint, text, timestamptz, timestamptz, text) IS
    'Exact sum of a measure (NULL: the cost) over the tenant''s own events in [since, until), in the '
    'unit of the column; values that are NULL, NaN or infinite are left out, no value gives 0. NULL '
    'for an id that is NULL, unknown or invisible to the caller.';

CREATE FUNCTION @extschema@.tenant_subtree_measure(
    id bigint, measure text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'tenant_subtree_measure';
COMMENT ON FUNCTION
    @extschema@.tenant_subtree_measure(bigint, text, timestamptz, timestamptz, text) IS
    'The same over the events of the tenant and its descendants. NULL on or below a cycle, or error '
    '42P19 where tenant_metrics.on_cycle is error.';

CREATE FUNCTION @extschema@.tenant_measures(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.measure_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 4000
    AS 'MODULE_PATHNAME', 'tenant_measures';
COMMENT ON FUNCTION @extschema@.tenant_measures(bigint, timestamptz, timestamptz, text, int) IS
    'For each tenant that tenant_dashboard lists, in its order, a row for each measure of the '
    'source, the cost first: the own sum, the subtree''s, and own events without a value, in [since, '
    'until).';
