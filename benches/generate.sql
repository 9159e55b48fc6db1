-- Makes the model that tenant_metrics works on without any set-up, at any size, in the first
-- schema of the search_path:
--
--   psql -f benches/generate.sql
--   SELECT tenant_generator.create_model(10000);
--   SELECT tenant_generator.add_events(10000, 1, 5000000);  -- or in as many parts as a progress line wants
--   SELECT tenant_generator.finish_model();
--   VACUUM ANALYZE tenants, ai_feature_usage;
--
-- The tenants are a forest of three levels: 1 % roots, 9 % in the middle, 90 % leaves. A few tenants
-- and a few features make most of the events, which cover the 300 days from 2026-01-01 on.
-- Every value is hashed from the number of its row, so an event is the same in every run, however
-- the load is cut into parts.

CREATE SCHEMA IF NOT EXISTS tenant_generator;

-- A number in [0, 1) that depends on the row and on which of its columns it is for.
CREATE OR REPLACE FUNCTION tenant_generator.fraction(row_number bigint, column_number int) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(row_number, column_number) & 4294967295)::float8 / 4294967296;

-- The parent of tenant `id` among `tenants` of them: none for the first 1 %, one of the first 1 %
-- for the next 9 %, one of those 9 % for the rest.
CREATE OR REPLACE FUNCTION tenant_generator.parent_of(id int, tenants int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN id <= tenants / 100 THEN NULL
    WHEN id <= tenants / 10 THEN 1 + floor(tenant_generator.fraction(id, 0) * (tenants / 100))::int
    ELSE tenants / 100 + 1 + floor(tenant_generator.fraction(id, 0) * (tenants / 10 - tenants / 100))::int
END;

-- The tenants, and a usage table without events, keys and indexes, for they are cheaper to build
-- once the events are there.
CREATE OR REPLACE FUNCTION tenant_generator.create_model(tenants int, cost_type regtype DEFAULT 'float8') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF tenants < 100 THEN
        RAISE EXCEPTION 'a forest of three levels takes at least 100 tenants, not %', tenants
            USING ERRCODE = '22023';
    END IF;
    DROP TABLE IF EXISTS ai_feature_usage, tenants;
    CREATE TABLE tenants (
        id int PRIMARY KEY,
        name text NOT NULL,
        parent_id int REFERENCES tenants (id)
    );
    -- Tenants are inserted from the roots down; an INSERT may list a parent anywhere.
    INSERT INTO tenants (id, name, parent_id)
    SELECT id, 'tenant ' || id, tenant_generator.parent_of(id, create_model.tenants)
    FROM generate_series(1, create_model.tenants) AS id;
    EXECUTE format(
        'CREATE TABLE ai_feature_usage (
            id bigserial,
            tenant_id int NOT NULL,
            feature_name text NOT NULL,
            inference_cost %s DEFAULT 0.0,
            created_at timestamp DEFAULT now()
        )', cost_type);
END
$$;

-- How many of the nine features a tenant has: all of them, or, with `varied`, from two to nine.
CREATE OR REPLACE FUNCTION tenant_generator.features_of(tenant int, varied boolean) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN varied THEN 2 + floor(8 * tenant_generator.fraction(tenant, 5))::int ELSE 9 END;

-- The events number `first` to `last`. With `spread_over`, the number of all events to come, they
-- are stored in the order of their time, as an application would have inserted them; without it
-- the order is random. With `varied` not every tenant uses every feature.
CREATE OR REPLACE FUNCTION tenant_generator.add_events(
    tenants int, first bigint, last bigint, spread_over bigint DEFAULT NULL, varied boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at)
    SELECT tenant,
           (ARRAY['chat', 'summarize', 'search', 'translate', 'classify', 'extract', 'generate', 'embed', 'moderate'])
               [1 + floor(tenant_generator.features_of(tenant, varied) * power(tenant_generator.fraction(n, 2), 2))::int],
           -- Six decimals, from 0 to 0.05.
           floor(50001 * tenant_generator.fraction(n, 3))::int * 0.000001,
           timestamp '2026-01-01' + interval '300 days'
               * CASE WHEN spread_over IS NULL THEN tenant_generator.fraction(n, 4) ELSE (n - 1)::float8 / spread_over END
    FROM generate_series(first, last) AS n
    CROSS JOIN LATERAL (SELECT 1 + floor(tenants * power(tenant_generator.fraction(n, 1), 1.5))::int) AS its (tenant);
END
$$;

-- The keys and indexes that a careful application has; `time_index` adds one on created_at.
CREATE OR REPLACE FUNCTION tenant_generator.finish_model(time_index boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    ALTER TABLE ai_feature_usage
        ADD PRIMARY KEY (id),
        ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id);
    CREATE INDEX ai_feature_usage_tenant_id_idx ON ai_feature_usage (tenant_id);
    CREATE INDEX tenants_parent_id_idx ON tenants (parent_id);
    IF time_index THEN
        CREATE INDEX ai_feature_usage_created_at_idx ON ai_feature_usage (created_at);
    END IF;
END
$$;
