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
    feature_column name DEFAULT 'name',
    dimensions text[] DEFAULT '{}',
    measures text[] DEFAULT '{}'
) RETURNS void
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'tenant_metrics_setup';
COMMENT ON FUNCTION tenant_metrics.setup IS
    'Describes a source: a tenants table and a usage table, each a table or a view, their columns, '
    'the time zone of naive times and the catalogue of features (9 if none is given). Columns are '
    'given by their plain names, without double quotes; NULL for usage_feature, usage_cost or '
    'usage_time says that usage has no such column. dimensions are up to 4 further columns by which '
    'breakdown, matrix and adoption can tell events apart, measures up to 16 further columns that are '
    'summed beside the cost. Replaces the source of that name. The '
    'caller must own both tables. A NOTICE lists names of the catalogue that no event has, '
    'where usage is a table that can be read in a moment; another one says how scalars are answered, '
    'where the calls of a transaction do not share a pass.';

CREATE FUNCTION tenant_metrics.teardown(source text) RETURNS void
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'tenant_metrics_teardown';
COMMENT ON FUNCTION tenant_metrics.teardown IS 'Forgets a source; its tables are not touched.';

CREATE TYPE tenant_metrics.status_row AS (
    source text,
    tenants regclass,
    usage regclass,
    catalogue text,
    dimensions text[],
    measures text[],
    estimated_tenants bigint,
    estimated_events bigint,
    healthy boolean,
    problem text,
    hint text,
    missing_indexes text,
    scalars text,
    summaries text
);
COMMENT ON TYPE tenant_metrics.status_row IS 'Row of tenant_metrics.status().';
COMMENT ON COLUMN tenant_metrics.status_row.source IS 'Name of the source.';
COMMENT ON COLUMN tenant_metrics.status_row.tenants IS 'Its tenants table.';
COMMENT ON COLUMN tenant_metrics.status_row.usage IS 'Its usage table.';
COMMENT ON COLUMN tenant_metrics.status_row.catalogue IS
    'Its catalogue of features: a number, 9 (default) where none was given, the number of names, '
    'or the table that has them; NULL where usage has no features.';
COMMENT ON COLUMN tenant_metrics.status_row.dimensions IS
    'Columns by which events can be told apart, beside the feature.';
COMMENT ON COLUMN tenant_metrics.status_row.measures IS
    'Columns that are summed, beside the cost.';
COMMENT ON COLUMN tenant_metrics.status_row.estimated_tenants IS
    'Rows of the tenants table as of its last VACUUM or ANALYZE; NULL before one, for a view, and to '
    'a caller who may not read all rows.';
COMMENT ON COLUMN tenant_metrics.status_row.estimated_events IS
    'Rows of the usage table as of its last VACUUM or ANALYZE; NULL before one, for a view, and to '
    'a caller who may not read all rows.';
COMMENT ON COLUMN tenant_metrics.status_row.healthy IS
    'Whether its tables and columns are as they were set up, and the caller may read them.';
COMMENT ON COLUMN tenant_metrics.status_row.problem IS
    'What is wrong, as the error of a reader would say it; NULL if nothing is.';
COMMENT ON COLUMN tenant_metrics.status_row.hint IS 'What to do about the problem.';
COMMENT ON COLUMN tenant_metrics.status_row.missing_indexes IS
    'Commands that create the indexes that single answers lack, a line each; NULL if none is '
    'missing.';
COMMENT ON COLUMN tenant_metrics.status_row.scalars IS
    'How scalars are answered to the caller: by a pass that the calls of a transaction or of a '
    'query share, as soon as that is cheaper, or one by one, and why; NULL where there is a problem.';
COMMENT ON COLUMN tenant_metrics.status_row.summaries IS
    'current where readers can take the source''s summaries, else why they cannot; NULL where it has '
    'none.';

CREATE TYPE tenant_metrics.integrity_row AS (
    kind text,
    tenant_id text,
    detail text,
    n bigint
);
COMMENT ON TYPE tenant_metrics.integrity_row IS 'Row of tenant_metrics.integrity().';
COMMENT ON COLUMN tenant_metrics.integrity_row.kind IS
    'cycle, duplicate, feature_count_too_small, future_event, missing_measure, orphan, '
    'similar_feature, similar_value, unattributed_usage, unknown_feature, unpriced, unusable_column '
    'or unused_feature.';
COMMENT ON COLUMN tenant_metrics.integrity_row.tenant_id IS
    'Id of the tenant, as text; NULL where there is none.';
COMMENT ON COLUMN tenant_metrics.integrity_row.detail IS
    'For unpriced and future_event the feature of the events, NULL for those without one; for '
    'missing_measure the measure; for unknown_feature and unused_feature the name; for '
    'similar_feature and similar_value the names as literals, behind the column of a dimension; for '
    'the others what is wrong, in words.';
COMMENT ON COLUMN tenant_metrics.integrity_row.n IS
    'Number of events; for cycle its length, for duplicate the number of rows, for orphan 1, for '
    'feature_count_too_small the number of names; for similar_feature and similar_value the number '
    'of events with another name than the most frequent one; for unused_feature and '
    'unusable_column 0.';

CREATE TYPE tenant_metrics.explain_row AS (
    engine text,
    reason text,
    ruled_out text,
    rows_from_events bigint,
    rows_from_totals bigint,
    rows_from_copy bigint,
    rows_pending bigint,
    last_engine text,
    last_reason text,
    last_single bigint,
    last_passes bigint,
    last_cached bigint,
    missing_indexes text,
    scalars text
);
COMMENT ON TYPE tenant_metrics.explain_row IS 'Row of tenant_metrics.explain().';
COMMENT ON COLUMN tenant_metrics.explain_row.engine IS
    'The way that the call tries first: kept, summaries, aggregate or portable.';
COMMENT ON COLUMN tenant_metrics.explain_row.reason IS 'What that way does.';
COMMENT ON COLUMN tenant_metrics.explain_row.ruled_out IS
    'Why the cheaper ways are not open, a line each; NULL if there is none.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_from_events IS
    'Events that the planner expects the call to read from the usage table, as EXPLAIN would say; NULL '
    'to a caller who may not read the columns.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_from_totals IS
    'Totals by tenant and name that the call reads from summaries; NULL where it reads none.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_from_copy IS
    'Events that the call reads from the compressed copy; NULL where it does not read that.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_pending IS
    'About how many events it reads that statements have appended since; NULL likewise.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_engine IS
    'The way in which the last statement with answers of the library read usage; NULL if it did not.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_reason IS 'Why it took that way.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_single IS
    'Calls of the last statement with any that were answered by look-ups: statements about some '
    'tenants.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_passes IS
    'Passes over usage that this statement made.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_cached IS
    'Scalar calls of this statement that were answered from a pass that was there.';
COMMENT ON COLUMN tenant_metrics.explain_row.missing_indexes IS
    'Commands that create the indexes that single answers lack, a line each; NULL if none is '
    'missing.';
COMMENT ON COLUMN tenant_metrics.explain_row.scalars IS
    'How scalars are answered to the caller: by a pass that the calls of a transaction or of a '
    'query share, as soon as that is cheaper, or one by one, and why.';

CREATE FUNCTION tenant_metrics.status() RETURNS SETOF tenant_metrics.status_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_metrics_status';
COMMENT ON FUNCTION tenant_metrics.status IS
    'A row for each source: its tables and catalogue, estimated rows, what keeps the caller from '
    'asking it, if anything, what to do about that, the commands that create missing indexes, '
    'how scalars are answered, and whether it has summaries. Looks at catalogs only.';

CREATE FUNCTION tenant_metrics.integrity(
    source text DEFAULT 'default', kinds text[] DEFAULT NULL
) RETURNS SETOF tenant_metrics.integrity_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'tenant_metrics_integrity';
COMMENT ON FUNCTION tenant_metrics.integrity IS
    'What is wrong with a source''s data: cycle, duplicate, feature_count_too_small, future_event, '
    'missing_measure, orphan, similar_feature, similar_value, unattributed_usage, unknown_feature, '
    'unpriced, unusable_column, unused_feature; with kinds only what is of these kinds. Reads usage '
    'once, once more for measures, and once for each dimension that is a text or an enum; and of its '
    'columns only those that the kinds are about.';

CREATE FUNCTION tenant_metrics.explain(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    source text DEFAULT 'default'
) RETURNS SETOF tenant_metrics.explain_row
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 ROWS 1
    AS 'MODULE_PATHNAME', 'tenant_metrics_explain';
COMMENT ON FUNCTION tenant_metrics.explain IS
    'How tenant_dashboard with these arguments would be answered: the way that is tried first, why '
    'cheaper ones are not open, how many events it is expected to read (NULL to a caller who may '
    'not read them), which indexes are missing, and how scalars are answered. And how the last statement with answers of the '
    'library was answered: in which way it read usage and why, how many calls were answered by '
    'look-ups (last_single), how many passes it made (last_passes), and how many calls were answered '
    'from what was there (last_cached).';
