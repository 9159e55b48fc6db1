-- The schema of everything that is no reader. It must be new: a schema that somebody else made
-- could hold objects that stand in for the extension's.
CREATE SCHEMA tenant_metrics;

-- What tenant_metrics.setup() stores: relations, names and numbers, never SQL text.
CREATE TABLE tenant_metrics.source (
    name text COLLATE pg_catalog."C" PRIMARY KEY,
    tenants regclass NOT NULL,
    usage regclass NOT NULL,
    tenant_id name NOT NULL,
    parent_id name NOT NULL,
    usage_tenant name NOT NULL,
    usage_feature name NOT NULL,
    usage_cost name NOT NULL,
    usage_time name NOT NULL,
    time_zone text NOT NULL,
    feature_count int,
    features text[],
    feature_table regclass,
    feature_column name NOT NULL,
    CHECK (pg_catalog.num_nonnulls(feature_count, features, feature_table) OPERATOR(pg_catalog.<=) 1)
);

-- Sources are the user's own data: pg_dump takes them along.
SELECT pg_catalog.pg_extension_config_dump('tenant_metrics.source', '');
