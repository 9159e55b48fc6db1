-- Usage by bucket of time: the aggregate, the row types, the readers.

-- Totals by bucket over (tenant, feature, cost, time), for the tenants and the buckets of a frame
-- that the readers make. The support functions are the server's to call; grants.sql takes them from
-- PUBLIC.
CREATE FUNCTION tenant_metrics.series_state_transition(internal, "any", "any", "any", "any", bytea) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_transition';
CREATE FUNCTION tenant_metrics.series_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_combine';
CREATE FUNCTION tenant_metrics.series_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_serialize';
CREATE FUNCTION tenant_metrics.series_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_deserialize';
CREATE FUNCTION tenant_metrics.series_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_final';

CREATE AGGREGATE tenant_metrics.series_state("any", "any", "any", "any", bytea) (
    SFUNC = tenant_metrics.series_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.series_state_combine,
    SERIALFUNC = tenant_metrics.series_state_serialize,
    DESERIALFUNC = tenant_metrics.series_state_deserialize,
    FINALFUNC = tenant_metrics.series_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

CREATE TYPE tenant_metrics.usage_series_row AS (
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint
);
CREATE TYPE tenant_metrics.usage_series_for_row AS (
    tenant_id bigint,
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint
);
CREATE TYPE tenant_metrics.usage_series_for_row_uuid AS (
    tenant_id uuid,
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint
);
CREATE TYPE tenant_metrics.usage_series_for_row_text AS (
    tenant_id text,
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint
);
CREATE TYPE tenant_metrics.activity_row AS (
    day date,
    tenants bigint,
    active_day bigint,
    active_week bigint,
    active_month bigint,
    day_over_month float8,
    new_tenants bigint,
    recovered_tenants bigint,
    lapsed_tenants bigint
);

CREATE FUNCTION @extschema@.tenant_usage_series(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.usage_series_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'tenant_usage_series';
CREATE FUNCTION @extschema@.tenant_usage_series_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.usage_series_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'tenant_usage_series';
CREATE FUNCTION @extschema@.tenant_usage_series_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.usage_series_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'tenant_usage_series';

CREATE FUNCTION @extschema@.tenant_usage_series_for(ids bigint[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.usage_series_for_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_usage_series_for';
CREATE FUNCTION @extschema@.tenant_usage_series_for_uuid(ids uuid[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.usage_series_for_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_usage_series_for';
CREATE FUNCTION @extschema@.tenant_usage_series_for_text(ids text[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.usage_series_for_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_usage_series_for';

CREATE FUNCTION @extschema@.tenant_activity(root bigint DEFAULT NULL, at timestamptz DEFAULT pg_catalog.now(), tz text DEFAULT 'UTC', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.activity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1 AS 'MODULE_PATHNAME', 'tenant_activity';
CREATE FUNCTION @extschema@.tenant_activity_uuid(root uuid DEFAULT NULL, at timestamptz DEFAULT pg_catalog.now(), tz text DEFAULT 'UTC', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.activity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1 AS 'MODULE_PATHNAME', 'tenant_activity';
CREATE FUNCTION @extschema@.tenant_activity_text(root text DEFAULT NULL, at timestamptz DEFAULT pg_catalog.now(), tz text DEFAULT 'UTC', source text DEFAULT 'default') RETURNS SETOF tenant_metrics.activity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1 AS 'MODULE_PATHNAME', 'tenant_activity';
