-- Operations: set-up, and a look at how things are.

CREATE FUNCTION tenant_metrics.setup(
    tenants regclass,
    usage regclass,
    source text DEFAULT 'default',
    tenant_id name DEFAULT 'id',
    parent_id name DEFAULT 'parent_id',
    usage_tenant name DEFAULT 'tenant_id',
    usage_feature name DEFAULT 'feature_name',
    usage_cost name DEFAULT 'inference_cost',
    usage_time name DEFAULT 'created_at',
    time_zone text DEFAULT 'UTC',
    feature_count int DEFAULT NULL,
    features text[] DEFAULT NULL,
    feature_table regclass DEFAULT NULL,
    feature_column name DEFAULT 'name') RETURNS void
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'tenant_metrics_setup';

CREATE FUNCTION tenant_metrics.teardown(source text) RETURNS void
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'tenant_metrics_teardown';

CREATE TYPE tenant_metrics.status_row AS (
    source text,
    tenants regclass,
    usage regclass,
    catalogue text,
    estimated_tenants bigint,
    estimated_events bigint,
    mode text,
    pending bigint,
    healthy boolean,
    problem text,
    hint text,
    missing_indexes text
);
CREATE TYPE tenant_metrics.integrity_row AS (kind text, tenant_id text, detail text, n bigint);
CREATE TYPE tenant_metrics.explain_row AS (
    engine text,
    reason text,
    rows_from_summaries bigint,
    rows_from_events bigint,
    rows_pending bigint,
    last_single bigint,
    last_passes bigint,
    last_cached bigint,
    missing_indexes text
);

CREATE FUNCTION tenant_metrics.status() RETURNS SETOF tenant_metrics.status_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_metrics_status';

CREATE FUNCTION tenant_metrics.integrity(source text DEFAULT 'default') RETURNS SETOF tenant_metrics.integrity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'tenant_metrics_integrity';

CREATE FUNCTION tenant_metrics.explain(root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.explain_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'tenant_metrics_explain';
CREATE FUNCTION tenant_metrics.explain_uuid(root uuid DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.explain_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'tenant_metrics_explain';
CREATE FUNCTION tenant_metrics.explain_text(root text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS SETOF tenant_metrics.explain_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'tenant_metrics_explain';
