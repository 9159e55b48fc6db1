-- The one-pass accumulator as an aggregate, over (tenant, feature, cost, time). The support
-- functions are the server's to call, so grants.sql gives them to nobody.

CREATE FUNCTION tenant_metrics.usage_state_transition(
    internal, "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'usage_state_transition';
COMMENT ON FUNCTION tenant_metrics.usage_state_transition IS
    'Support function of tenant_metrics.usage_state.';

CREATE FUNCTION tenant_metrics.usage_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'usage_state_combine';
COMMENT ON FUNCTION tenant_metrics.usage_state_combine IS
    'Support function of tenant_metrics.usage_state.';

CREATE FUNCTION tenant_metrics.usage_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_serialize';
COMMENT ON FUNCTION tenant_metrics.usage_state_serialize IS
    'Support function of tenant_metrics.usage_state.';

CREATE FUNCTION tenant_metrics.usage_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.usage_state_deserialize IS
    'Support function of tenant_metrics.usage_state.';

CREATE FUNCTION tenant_metrics.usage_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'usage_state_final';
COMMENT ON FUNCTION tenant_metrics.usage_state_final IS
    'Support function of tenant_metrics.usage_state.';

CREATE AGGREGATE tenant_metrics.usage_state("any", "any", "any", "any") (
    SFUNC = tenant_metrics.usage_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.usage_state_combine,
    SERIALFUNC = tenant_metrics.usage_state_serialize,
    DESERIALFUNC = tenant_metrics.usage_state_deserialize,
    FINALFUNC = tenant_metrics.usage_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.usage_state("any", "any", "any", "any") IS
    'Accumulates usage by tenant over (tenant, feature, cost, time); the value is an opaque state '
    'that the readers use.';
