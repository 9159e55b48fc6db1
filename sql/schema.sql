-- The schema of everything that is no reader. It must be new: a schema that somebody else made
-- could hold objects that stand in for the extension's.
CREATE SCHEMA tenant_metrics;

-- The names of all sources. A restore can always load them; a source whose description it could
-- not load is an error from then on, and the built-in source does not take its place. No foreign
-- key joins the two tables, because a parallel restore loads them in any order.
CREATE TABLE tenant_metrics.source_name (
    name text COLLATE pg_catalog."C" PRIMARY KEY,
    CHECK (pg_catalog.octet_length(name) OPERATOR(pg_catalog.>=) 1
           AND pg_catalog.octet_length(name) OPERATOR(pg_catalog.<=) 63)
);

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
    feature_count int CHECK (feature_count OPERATOR(pg_catalog.>=) 0),
    features text[],
    feature_table regclass,
    feature_column name NOT NULL,
    CHECK (pg_catalog.octet_length(name) OPERATOR(pg_catalog.>=) 1
           AND pg_catalog.octet_length(name) OPERATOR(pg_catalog.<=) 63),
    CHECK (pg_catalog.num_nonnulls(feature_count, features, feature_table) OPERATOR(pg_catalog.<=) 1)
);

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
