-- The schema of everything that is no reader. It must be new: a schema that somebody else made
-- could hold objects that stand in for the extension's.
CREATE SCHEMA tenant_metrics;
COMMENT ON SCHEMA tenant_metrics IS
    'Operations, row types and views of the extension tenant_metrics.';

-- The names of all sources. A restore can always load them; a source whose description it could
-- not load is an error from then on, and the built-in source does not take its place. No foreign
-- key joins the two tables, because a parallel restore loads them in any order.
CREATE TABLE tenant_metrics.source_name (
    name text COLLATE pg_catalog."C" PRIMARY KEY,
    CHECK (pg_catalog.octet_length(name) OPERATOR(pg_catalog.>=) 1
           AND pg_catalog.octet_length(name) OPERATOR(pg_catalog.<=) 63)
);
COMMENT ON TABLE tenant_metrics.source_name IS
    'The names of all sources, for which a restore may lack the description in '
    'tenant_metrics.source.';
COMMENT ON COLUMN tenant_metrics.source_name.name IS 'Name of the source.';

-- What tenant_metrics.setup() stores: relations, names and numbers, never SQL text.
CREATE TABLE tenant_metrics.source (
    name text COLLATE pg_catalog."C" PRIMARY KEY,
    tenants regclass NOT NULL,
    usage regclass NOT NULL,
    tenant_id name NOT NULL,
    parent_id name NOT NULL,
    usage_tenant name NOT NULL,
    usage_feature name,
    usage_cost name,
    usage_time name,
    time_zone text NOT NULL,
    feature_count int CHECK (feature_count OPERATOR(pg_catalog.>=) 0),
    features text[],
    feature_table regclass,
    feature_column name NOT NULL,
    dimensions text[] NOT NULL DEFAULT '{}',
    measures text[] NOT NULL DEFAULT '{}',
    CHECK (pg_catalog.octet_length(name) OPERATOR(pg_catalog.>=) 1
           AND pg_catalog.octet_length(name) OPERATOR(pg_catalog.<=) 63),
    CHECK (pg_catalog.num_nonnulls(feature_count, features, feature_table) OPERATOR(pg_catalog.<=) 1)
);
COMMENT ON TABLE tenant_metrics.source IS
    'What tenant_metrics.setup() stored of each source; read it with tenant_metrics.status().';
COMMENT ON COLUMN tenant_metrics.source.name IS 'Name of the source.';
COMMENT ON COLUMN tenant_metrics.source.tenants IS 'The tenants table.';
COMMENT ON COLUMN tenant_metrics.source.usage IS 'The usage table.';
COMMENT ON COLUMN tenant_metrics.source.tenant_id IS 'Column of the tenants table: id.';
COMMENT ON COLUMN tenant_metrics.source.parent_id IS
    'Column of the tenants table: id of the parent.';
COMMENT ON COLUMN tenant_metrics.source.usage_tenant IS
    'Column of the usage table: id of the tenant.';
COMMENT ON COLUMN tenant_metrics.source.usage_feature IS
    'Column of the usage table: name of the feature; NULL where it has none.';
COMMENT ON COLUMN tenant_metrics.source.usage_cost IS
    'Column of the usage table: cost; NULL where it has none.';
COMMENT ON COLUMN tenant_metrics.source.usage_time IS
    'Column of the usage table: time; NULL where it has none.';
COMMENT ON COLUMN tenant_metrics.source.time_zone IS 'Zone of times without one.';
COMMENT ON COLUMN tenant_metrics.source.feature_count IS
    'Number of features of the catalogue, if it is given as a number.';
COMMENT ON COLUMN tenant_metrics.source.features IS 'Names of the catalogue, if they are given.';
COMMENT ON COLUMN tenant_metrics.source.feature_table IS
    'Table of the names of the catalogue, if it is given.';
COMMENT ON COLUMN tenant_metrics.source.feature_column IS
    'Column of feature_table: name of the feature.';
COMMENT ON COLUMN tenant_metrics.source.dimensions IS
    'Columns of the usage table by which events can be told apart, beside the feature.';
COMMENT ON COLUMN tenant_metrics.source.measures IS
    'Columns of the usage table that are summed, beside the cost.';

-- Sources are the user's own data: pg_dump takes them along. A description whose tables are gone,
-- or gone with their session, could not be restored, or would name whatever has their OIDs by then.
SELECT pg_catalog.pg_extension_config_dump('tenant_metrics.source_name', '');
SELECT pg_catalog.pg_extension_config_dump('tenant_metrics.source', $$
    WHERE NOT EXISTS (
        SELECT
        FROM pg_catalog.unnest(ARRAY[tenants, usage, feature_table]) AS named (relation)
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) named.relation
        WHERE named.relation IS NOT NULL
          AND (c.oid IS NULL OR c.relpersistence OPERATOR(pg_catalog.=) 't'))$$);
