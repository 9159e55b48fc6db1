-- The one-pass accumulator as an aggregate, over (tenant, feature, cost, time). The support
-- functions are the server's to call; grants.sql takes them from PUBLIC.
CREATE FUNCTION tenant_metrics.usage_state_transition(internal, "any", "any", "any", "any") RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_transition';
CREATE FUNCTION tenant_metrics.usage_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_combine';
CREATE FUNCTION tenant_metrics.usage_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_serialize';
CREATE FUNCTION tenant_metrics.usage_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_deserialize';
CREATE FUNCTION tenant_metrics.usage_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'usage_state_final';

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
