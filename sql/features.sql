-- Readers that say what usage says of features, and the aggregates that they are made from.

-- The accumulator by tenant and feature, over (tenant, feature, cost, time). The support functions
-- are the server's to call; grants.sql takes them from PUBLIC.
CREATE FUNCTION tenant_metrics.feature_state_transition(internal, "any", "any", "any", "any") RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_transition';
CREATE FUNCTION tenant_metrics.feature_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_combine';
CREATE FUNCTION tenant_metrics.feature_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_serialize';
CREATE FUNCTION tenant_metrics.feature_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_deserialize';
CREATE FUNCTION tenant_metrics.feature_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_final';

CREATE AGGREGATE tenant_metrics.feature_state("any", "any", "any", "any") (
    SFUNC = tenant_metrics.feature_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.feature_state_combine,
    SERIALFUNC = tenant_metrics.feature_state_serialize,
    DESERIALFUNC = tenant_metrics.feature_state_deserialize,
    FINALFUNC = tenant_metrics.feature_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

-- When each tenant first used each feature since a time, and whether before, over (tenant,
-- feature, time, split).
CREATE FUNCTION tenant_metrics.adoption_state_transition(internal, "any", "any", "any", "any") RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_transition';
CREATE FUNCTION tenant_metrics.adoption_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_combine';
CREATE FUNCTION tenant_metrics.adoption_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_serialize';
CREATE FUNCTION tenant_metrics.adoption_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_deserialize';
CREATE FUNCTION tenant_metrics.adoption_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_final';

CREATE AGGREGATE tenant_metrics.adoption_state("any", "any", "any", "any") (
    SFUNC = tenant_metrics.adoption_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.adoption_state_combine,
    SERIALFUNC = tenant_metrics.adoption_state_serialize,
    DESERIALFUNC = tenant_metrics.adoption_state_deserialize,
    FINALFUNC = tenant_metrics.adoption_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

CREATE TYPE tenant_metrics.feature_breakdown_row AS (
    feature text,
    in_catalogue boolean,
    events bigint,
    cost numeric,
    cost_share float8,
    tenants_using bigint,
    tenants_in_scope bigint,
    breadth float8,
    first_used timestamptz,
    last_used timestamptz
);
CREATE TYPE tenant_metrics.feature_matrix_row AS (
    tenant_id bigint,
    feature text,
    events bigint,
    cost numeric
);
CREATE TYPE tenant_metrics.feature_matrix_row_uuid AS (
    tenant_id uuid,
    feature text,
    events bigint,
    cost numeric
);
CREATE TYPE tenant_metrics.feature_matrix_row_text AS (
    tenant_id text,
    feature text,
    events bigint,
    cost numeric
);
CREATE TYPE tenant_metrics.feature_adoption_row AS (
    feature text,
    adopters bigint,
    eligible bigint,
    adoption_rate float8,
    new_adopters bigint,
    lapsed_adopters bigint,
    median_time_to_adopt interval
);

CREATE FUNCTION @extschema@.tenant_feature_breakdown(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', scope text DEFAULT 'subtree') RETURNS SETOF tenant_metrics.feature_breakdown_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_feature_breakdown';
CREATE FUNCTION @extschema@.tenant_feature_breakdown_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', scope text DEFAULT 'subtree') RETURNS SETOF tenant_metrics.feature_breakdown_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_feature_breakdown';
CREATE FUNCTION @extschema@.tenant_feature_breakdown_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', scope text DEFAULT 'subtree') RETURNS SETOF tenant_metrics.feature_breakdown_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_feature_breakdown';

CREATE FUNCTION @extschema@.tenant_feature_matrix(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL, scope text DEFAULT 'own') RETURNS SETOF tenant_metrics.feature_matrix_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10000 AS 'MODULE_PATHNAME', 'tenant_feature_matrix';
CREATE FUNCTION @extschema@.tenant_feature_matrix_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL, scope text DEFAULT 'own') RETURNS SETOF tenant_metrics.feature_matrix_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10000 AS 'MODULE_PATHNAME', 'tenant_feature_matrix';
CREATE FUNCTION @extschema@.tenant_feature_matrix_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL, scope text DEFAULT 'own') RETURNS SETOF tenant_metrics.feature_matrix_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10000 AS 'MODULE_PATHNAME', 'tenant_feature_matrix';

CREATE FUNCTION @extschema@.tenant_feature_adoption(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.feature_adoption_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_feature_adoption';
CREATE FUNCTION @extschema@.tenant_feature_adoption_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.feature_adoption_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_feature_adoption';
CREATE FUNCTION @extschema@.tenant_feature_adoption_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.feature_adoption_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_feature_adoption';
