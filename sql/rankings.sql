-- Readers that compare tenants: with one another, and with themselves in the period before.

-- The accumulators of a period and of the one before, over (tenant, feature, cost, time, split).
-- The support functions are the server's to call; grants.sql takes them from PUBLIC.
CREATE FUNCTION tenant_metrics.period_state_transition(internal, "any", "any", "any", "any", "any") RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_transition';
CREATE FUNCTION tenant_metrics.period_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_combine';
CREATE FUNCTION tenant_metrics.period_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_serialize';
CREATE FUNCTION tenant_metrics.period_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_deserialize';
CREATE FUNCTION tenant_metrics.period_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_state_final';

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

CREATE TYPE tenant_metrics.top_row AS (
    rank bigint,
    tenant_id bigint,
    value numeric,
    share float8,
    prior_value numeric,
    change numeric
);
CREATE TYPE tenant_metrics.top_row_uuid AS (
    rank bigint,
    tenant_id uuid,
    value numeric,
    share float8,
    prior_value numeric,
    change numeric
);
CREATE TYPE tenant_metrics.top_row_text AS (
    rank bigint,
    tenant_id text,
    value numeric,
    share float8,
    prior_value numeric,
    change numeric
);
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
    features_lost text[]
);
CREATE TYPE tenant_metrics.compare_row_uuid AS (
    tenant_id uuid,
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
    features_lost text[]
);
CREATE TYPE tenant_metrics.compare_row_text AS (
    tenant_id text,
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
    features_lost text[]
);

CREATE FUNCTION @extschema@.tenant_top(n int, by text DEFAULT 'subtree_cost', root bigint DEFAULT NULL, at_depth int DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.top_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_top';
CREATE FUNCTION @extschema@.tenant_top_uuid(n int, by text DEFAULT 'subtree_cost', root uuid DEFAULT NULL, at_depth int DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.top_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_top';
CREATE FUNCTION @extschema@.tenant_top_text(n int, by text DEFAULT 'subtree_cost', root text DEFAULT NULL, at_depth int DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.top_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_top';

CREATE FUNCTION @extschema@.tenant_compare(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS SETOF tenant_metrics.compare_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_compare';
CREATE FUNCTION @extschema@.tenant_compare_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS SETOF tenant_metrics.compare_row_uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_compare';
CREATE FUNCTION @extschema@.tenant_compare_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default', max_depth int DEFAULT NULL) RETURNS SETOF tenant_metrics.compare_row_text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'tenant_compare';
