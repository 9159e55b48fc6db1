-- What is wrong with events, as an aggregate over (tenant, feature, cost, time, future). The support
-- functions are the server's to call, so grants.sql gives them to nobody.

CREATE FUNCTION tenant_metrics.audit_state_transition(
    internal, "any", "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'audit_state_transition';
COMMENT ON FUNCTION tenant_metrics.audit_state_transition IS
    'Support function of tenant_metrics.audit_state.';

CREATE FUNCTION tenant_metrics.audit_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'audit_state_combine';
COMMENT ON FUNCTION tenant_metrics.audit_state_combine IS
    'Support function of tenant_metrics.audit_state.';

CREATE FUNCTION tenant_metrics.audit_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'audit_state_serialize';
COMMENT ON FUNCTION tenant_metrics.audit_state_serialize IS
    'Support function of tenant_metrics.audit_state.';

CREATE FUNCTION tenant_metrics.audit_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'audit_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.audit_state_deserialize IS
    'Support function of tenant_metrics.audit_state.';

CREATE FUNCTION tenant_metrics.audit_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'audit_state_final';
COMMENT ON FUNCTION tenant_metrics.audit_state_final IS
    'Support function of tenant_metrics.audit_state.';

CREATE AGGREGATE tenant_metrics.audit_state("any", "any", "any", "any", "any") (
    SFUNC = tenant_metrics.audit_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.audit_state_combine,
    SERIALFUNC = tenant_metrics.audit_state_serialize,
    DESERIALFUNC = tenant_metrics.audit_state_deserialize,
    FINALFUNC = tenant_metrics.audit_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.audit_state("any", "any", "any", "any", "any") IS
    'Numbers of events by tenant and by feature, of those without a price and of those from a time '
    'on, over (tenant, feature, cost, time, future); the value is an opaque state that '
    'tenant_metrics.integrity uses.';
