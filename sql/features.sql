-- Readers that say what usage says of features, and the aggregates that they are made from.

-- The accumulator by tenant and feature, over (tenant, feature, cost, time). The support functions
-- are the server's to call, so grants.sql gives them to nobody.
CREATE FUNCTION tenant_metrics.feature_state_transition(
    internal, "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'feature_state_transition';
COMMENT ON FUNCTION tenant_metrics.feature_state_transition IS
    'Support function of tenant_metrics.feature_state.';

CREATE FUNCTION tenant_metrics.feature_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'feature_state_combine';
COMMENT ON FUNCTION tenant_metrics.feature_state_combine IS
    'Support function of tenant_metrics.feature_state.';

CREATE FUNCTION tenant_metrics.feature_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_serialize';
COMMENT ON FUNCTION tenant_metrics.feature_state_serialize IS
    'Support function of tenant_metrics.feature_state.';

CREATE FUNCTION tenant_metrics.feature_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'feature_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.feature_state_deserialize IS
    'Support function of tenant_metrics.feature_state.';

CREATE FUNCTION tenant_metrics.feature_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'feature_state_final';
COMMENT ON FUNCTION tenant_metrics.feature_state_final IS
    'Support function of tenant_metrics.feature_state.';

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
COMMENT ON AGGREGATE tenant_metrics.feature_state("any", "any", "any", "any") IS
    'Accumulates usage by tenant and feature over (tenant, feature, cost, time); the value is an '
    'opaque state that the readers use.';

-- The same with the sum of a measure, over (tenant, feature, cost, time, measure).
CREATE FUNCTION tenant_metrics.measured_feature_state_transition(
    internal, "any", "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'measured_feature_state_transition';
COMMENT ON FUNCTION tenant_metrics.measured_feature_state_transition IS
    'Support function of tenant_metrics.measured_feature_state.';

CREATE FUNCTION tenant_metrics.measured_feature_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'measured_feature_state_combine';
COMMENT ON FUNCTION tenant_metrics.measured_feature_state_combine IS
    'Support function of tenant_metrics.measured_feature_state.';

CREATE FUNCTION tenant_metrics.measured_feature_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'measured_feature_state_serialize';
COMMENT ON FUNCTION tenant_metrics.measured_feature_state_serialize IS
    'Support function of tenant_metrics.measured_feature_state.';

CREATE FUNCTION tenant_metrics.measured_feature_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'measured_feature_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.measured_feature_state_deserialize IS
    'Support function of tenant_metrics.measured_feature_state.';

CREATE FUNCTION tenant_metrics.measured_feature_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'measured_feature_state_final';
COMMENT ON FUNCTION tenant_metrics.measured_feature_state_final IS
    'Support function of tenant_metrics.measured_feature_state.';

CREATE AGGREGATE tenant_metrics.measured_feature_state("any", "any", "any", "any", "any") (
    SFUNC = tenant_metrics.measured_feature_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.measured_feature_state_combine,
    SERIALFUNC = tenant_metrics.measured_feature_state_serialize,
    DESERIALFUNC = tenant_metrics.measured_feature_state_deserialize,
    FINALFUNC = tenant_metrics.measured_feature_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.measured_feature_state("any", "any", "any", "any", "any") IS
    'Accumulates usage by tenant and feature with the sum of a measure, over (tenant, feature, cost, '
    'time, measure); the value is an opaque state that the readers use.';

-- When each tenant first used each feature since a time, and whether before, over (tenant,
-- feature, time, split).
CREATE FUNCTION tenant_metrics.adoption_state_transition(
    internal, "any", "any", "any", "any"
) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'adoption_state_transition';
COMMENT ON FUNCTION tenant_metrics.adoption_state_transition IS
    'Support function of tenant_metrics.adoption_state.';

CREATE FUNCTION tenant_metrics.adoption_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'adoption_state_combine';
COMMENT ON FUNCTION tenant_metrics.adoption_state_combine IS
    'Support function of tenant_metrics.adoption_state.';

CREATE FUNCTION tenant_metrics.adoption_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_serialize';
COMMENT ON FUNCTION tenant_metrics.adoption_state_serialize IS
    'Support function of tenant_metrics.adoption_state.';

CREATE FUNCTION tenant_metrics.adoption_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'adoption_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.adoption_state_deserialize IS
    'Support function of tenant_metrics.adoption_state.';

CREATE FUNCTION tenant_metrics.adoption_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'adoption_state_final';
COMMENT ON FUNCTION tenant_metrics.adoption_state_final IS
    'Support function of tenant_metrics.adoption_state.';

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
COMMENT ON AGGREGATE tenant_metrics.adoption_state("any", "any", "any", "any") IS
    'Accumulates by tenant and feature when it was first used since a time, and whether before, '
    'over (tenant, feature, time, split); the value is an opaque state that the readers use.';

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
    last_used timestamptz,
    value numeric,
    value_share float8
);
COMMENT ON TYPE tenant_metrics.feature_breakdown_row IS
    'Row of tenant_feature_breakdown(). A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.feature IS
    'Name of the feature, or value of the dimension; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.in_catalogue IS
    'Whether the catalogue has the name; NULL where the catalogue is only a number, and of a '
    'dimension.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.events IS
    'Number of the scope''s events of the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.cost IS
    'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.cost_share IS
    'Share of cost in the cost of all the scope''s events in the window; NULL if that is 0.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.tenants_using IS
    'Number of distinct tenants of these events.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.tenants_in_scope IS
    'Number of tenants in the scope.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.breadth IS
    'tenants_using divided by tenants_in_scope; NULL without tenants.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.first_used IS
    'Time of the earliest of these events; NULL without one.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.last_used IS
    'Time of the latest of these events; NULL without one.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.value IS
    'Exact sum of the argument measure over these events, without values that are NULL, NaN or '
    'infinite; the cost where it is NULL.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.value_share IS
    'Share of value in the value of all the scope''s events in the window; NULL if that is 0.';

CREATE TYPE tenant_metrics.feature_matrix_row AS (
    tenant_id bigint,
    feature text,
    events bigint,
    cost numeric,
    value numeric
);
COMMENT ON TYPE tenant_metrics.feature_matrix_row IS
    'Row of tenant_feature_matrix(). A column is NULL where the source lacks what it is made of.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.feature IS
    'Name of the feature, or value of the dimension; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.events IS
    'Number of events of the tenant, or of its subtree, that name the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.cost IS
    'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.value IS
    'Exact sum of the argument measure over these events, without values that are NULL, NaN or '
    'infinite; the cost where it is NULL.';

CREATE TYPE tenant_metrics.feature_adoption_row AS (
    feature text,
    adopters bigint,
    eligible bigint,
    adoption_rate float8,
    new_adopters bigint,
    lapsed_adopters bigint,
    median_time_to_adopt interval
);
COMMENT ON TYPE tenant_metrics.feature_adoption_row IS 'Row of tenant_feature_adoption().';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.feature IS
    'Name of the feature, or value of the dimension.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.adopters IS
    'Tenants that count with events of the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.eligible IS
    'Number of the tenants that count.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.adoption_rate IS
    'adopters divided by eligible; NULL without tenants.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.new_adopters IS
    'Adopters without such an event in the period before; NULL where there is no period before.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.lapsed_adopters IS
    'Tenants with such an event in the period before and none in the window; NULL where there is '
    'no period before.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.median_time_to_adopt IS
    'Median over the adopters of the time from the first event in the window to the first of the '
    'feature; NULL without any.';

CREATE FUNCTION @extschema@.tenant_feature_breakdown(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', scope text DEFAULT 'subtree', dimension text DEFAULT NULL,
    measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.feature_breakdown_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_feature_breakdown';
COMMENT ON FUNCTION
    @extschema@.tenant_feature_breakdown(
        bigint, timestamptz, timestamptz, text, text, text, text) IS
    'A row for each feature of the scope''s events in [since, until) and of the catalogue: events, '
    'exact cost and its share, distinct tenants, breadth (tenants using it / tenants in the '
    'scope), first and last use. The scope is the tenant (scope own) or its subtree, error 42P19 '
    'on or below a cycle; all tenants without an id. In order of value, which is the sum of measure, '
    'the cost if that is NULL. With dimension the same by a column that setup was told of as one.';

CREATE FUNCTION @extschema@.tenant_feature_matrix(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', max_depth int DEFAULT NULL, scope text DEFAULT 'own',
    dimension text DEFAULT NULL, measure text DEFAULT NULL
) RETURNS SETOF tenant_metrics.feature_matrix_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10000
    AS 'MODULE_PATHNAME', 'tenant_feature_matrix';
COMMENT ON FUNCTION
    @extschema@.tenant_feature_matrix(
        bigint, timestamptz, timestamptz, text, int, text, text, text) IS
    'Events and exact cost of each tenant that tenant_dashboard lists and each feature in [since, '
    'until), where there are any; the tenants'' own or, with scope subtree, their subtrees'', '
    'which tenants on and below cycles have none of. value is the sum of measure, the cost if that is '
    'NULL. With dimension the same by a column that setup was told of as one.';

CREATE FUNCTION @extschema@.tenant_feature_adoption(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default', dimension text DEFAULT NULL, scope text DEFAULT 'own',
    eligible text DEFAULT 'all', at_depth int DEFAULT NULL
) RETURNS SETOF tenant_metrics.feature_adoption_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_feature_adoption';
COMMENT ON FUNCTION
    @extschema@.tenant_feature_adoption(
        bigint, timestamptz, timestamptz, text, text, text, text, int) IS
    'Who of the root''s subtree, of all tenants without a root, adopted each feature in [since, '
    'until): their number and rate, how many are new and how many lapsed against the period of the '
    'same length before (NULL without finite bounds), and the median time from a tenant''s first '
    'event to its first with the feature. With dimension the same by a column that setup was told '
    'of as one. With scope subtree the events of descendants are a tenant''s too. Tenants that count '
    'are all, leaves, or active, with events in the window; with at_depth only those of that depth.';
