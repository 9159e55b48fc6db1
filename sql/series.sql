-- Usage by bucket of time: the aggregate, the row types, the readers.

-- Totals by bucket over (tenant, feature, cost, time), for the tenants and the buckets of a frame
-- that the readers make. The support functions are the server's to call, so grants.sql gives them
-- to nobody.
CREATE FUNCTION tenant_metrics.series_state_transition(
    internal, "any", "any", "any", "any", bytea
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'series_state_transition';
COMMENT ON FUNCTION tenant_metrics.series_state_transition(internal, "any", "any", "any", "any", bytea) IS
    'Support function of tenant_metrics.series_state.';

CREATE FUNCTION tenant_metrics.series_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'series_state_combine';
COMMENT ON FUNCTION tenant_metrics.series_state_combine IS
    'Support function of tenant_metrics.series_state.';

CREATE FUNCTION tenant_metrics.series_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_serialize';
COMMENT ON FUNCTION tenant_metrics.series_state_serialize IS
    'Support function of tenant_metrics.series_state.';

CREATE FUNCTION tenant_metrics.series_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'series_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.series_state_deserialize IS
    'Support function of tenant_metrics.series_state.';

CREATE FUNCTION tenant_metrics.series_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'series_state_final';
COMMENT ON FUNCTION tenant_metrics.series_state_final IS
    'Support function of tenant_metrics.series_state.';

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
COMMENT ON AGGREGATE tenant_metrics.series_state("any", "any", "any", "any", bytea) IS
    'Accumulates usage by bucket of time over (tenant, feature, cost, time, frame); the frame and '
    'the value are opaque, and made and used by the readers.';

-- The same with a measure as a further argument.
CREATE FUNCTION tenant_metrics.series_state_transition(
    internal, "any", "any", "any", "any", bytea, "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'series_state_transition';
COMMENT ON FUNCTION tenant_metrics.series_state_transition(
    internal, "any", "any", "any", "any", bytea, "any") IS
    'Support function of tenant_metrics.series_state.';

CREATE AGGREGATE tenant_metrics.series_state("any", "any", "any", "any", bytea, "any") (
    SFUNC = tenant_metrics.series_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.series_state_combine,
    SERIALFUNC = tenant_metrics.series_state_serialize,
    DESERIALFUNC = tenant_metrics.series_state_deserialize,
    FINALFUNC = tenant_metrics.series_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.series_state("any", "any", "any", "any", bytea, "any") IS
    'Accumulates what series_state does, with the sum of a measure, over (tenant, feature, cost, time, '
    'frame, measure).';

CREATE TYPE tenant_metrics.usage_series_row AS (
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint,
    value numeric,
    missing_events bigint
);
COMMENT ON TYPE tenant_metrics.usage_series_row IS
    'Row of tenant_usage_series. A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.bucket_start IS
    'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_row.bucket_local IS
    'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.events IS
    'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.cost IS
    'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.unpriced_events IS
    'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.features_used IS
    'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.active_tenants IS
    'Number of distinct tenants of these events.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.value IS
    'Exact sum of the argument measure over these events, without values that are NULL, NaN or '
    'infinite; the cost where it is NULL.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.missing_events IS
    'Number of these events that value leaves out.';

CREATE TYPE tenant_metrics.usage_series_for_row AS (
    tenant_id bigint,
    bucket_start timestamptz,
    bucket_local timestamp,
    events bigint,
    cost numeric,
    unpriced_events bigint,
    features_used int,
    active_tenants bigint,
    value numeric,
    missing_events bigint
);
COMMENT ON TYPE tenant_metrics.usage_series_for_row IS
    'Row of tenant_usage_series_for. A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.tenant_id IS
    'Id of the tenant whose series it is.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.bucket_start IS
    'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.bucket_local IS
    'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.events IS
    'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.cost IS
    'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.unpriced_events IS
    'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.features_used IS
    'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.active_tenants IS
    'Number of distinct tenants of these events.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.value IS
    'Exact sum of the argument measure over these events, without values that are NULL, NaN or '
    'infinite; the cost where it is NULL.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.missing_events IS
    'Number of these events that value leaves out.';

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
COMMENT ON TYPE tenant_metrics.activity_row IS 'Row of tenant_activity.';
COMMENT ON COLUMN tenant_metrics.activity_row.day IS
    'Local date of the argument at, the last day of each period.';
COMMENT ON COLUMN tenant_metrics.activity_row.tenants IS 'Number of the tenants that count.';
COMMENT ON COLUMN tenant_metrics.activity_row.active_day IS 'Tenants with an event on that day.';
COMMENT ON COLUMN tenant_metrics.activity_row.active_week IS
    'Tenants with an event in the 7 days that end with it.';
COMMENT ON COLUMN tenant_metrics.activity_row.active_month IS
    'Tenants with an event in the 30 days that end with it.';
COMMENT ON COLUMN tenant_metrics.activity_row.day_over_month IS
    'active_day divided by active_month; NULL if that is 0.';
COMMENT ON COLUMN tenant_metrics.activity_row.new_tenants IS
    'Tenants active in these 30 days and never before.';
COMMENT ON COLUMN tenant_metrics.activity_row.recovered_tenants IS
    'Tenants active in these 30 days, not in the 30 before, but earlier.';
COMMENT ON COLUMN tenant_metrics.activity_row.lapsed_tenants IS
    'Tenants active in the 30 days before, and not in these 30.';

CREATE FUNCTION @extschema@.tenant_usage_series(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree',
    source text DEFAULT 'default', measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.usage_series_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 100
    AS 'MODULE_PATHNAME', 'tenant_usage_series';
COMMENT ON FUNCTION
    @extschema@.tenant_usage_series(
        bigint, timestamptz, timestamptz, text, text, text, text, text) IS
    'Usage in [since, until) by bucket (hour, day, week from Monday, month, quarter or year) of '
    'the time zone tz, in order of time: events, exact cost, unpriced events, distinct features '
    'and tenants of the tenant itself (scope own) or of it and its descendants (scope subtree); of '
    'all tenants where id is NULL. Buckets without events are there with zeros; a missing bound is '
    'the bucket of the first or last event. value is the sum of measure, the cost if that is NULL. '
    'Error 42P19 for the subtree of a tenant on or below a cycle; no rows for an unknown id.';

CREATE FUNCTION @extschema@.tenant_usage_series_for(
    ids bigint[], since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    bucket text DEFAULT 'day', tz text DEFAULT 'UTC', scope text DEFAULT 'subtree',
    source text DEFAULT 'default', measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.usage_series_for_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
    AS 'MODULE_PATHNAME', 'tenant_usage_series_for';
COMMENT ON FUNCTION
    @extschema@.tenant_usage_series_for(
        bigint[], timestamptz, timestamptz, text, text, text, text, text) IS
    'The series of tenant_usage_series for each known tenant of the array once, in its order, in '
    'one statement over usage. A missing bound is taken from the events of all of them together.';

CREATE FUNCTION @extschema@.tenant_activity(
    root bigint DEFAULT NULL, at timestamptz DEFAULT pg_catalog.now(), tz text DEFAULT 'UTC',
    source text DEFAULT 'default', scope text DEFAULT 'own', eligible text DEFAULT 'all',
    at_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.activity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1
    AS 'MODULE_PATHNAME', 'tenant_activity';
COMMENT ON FUNCTION
    @extschema@.tenant_activity(bigint, timestamptz, text, text, text, text, int) IS
    'How many tenants of the root and below, or of all, have own events in the local day of at in '
    'the time zone tz, in the 7 and in the 30 days that end with it; how many of the 30 days are '
    'new, or recovered from 30 days or more without, and how many lapsed that were active in the '
    '30 days before. With scope subtree the events of descendants are a tenant''s too. Tenants that '
    'count are all, leaves, or active, with events until the end of the day; with at_depth only '
    'those of that depth. No rows for an unknown root.';
