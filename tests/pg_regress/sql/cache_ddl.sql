-- What is kept never outlives a change to the tables: their shape, their storage, their names, or which ones are meant.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_ddl;
CREATE SCHEMA cache_ddl_two;
SET search_path = cache_ddl, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, 2), (6, 5);
INSERT INTO ai_feature_usage
SELECT 1 + n % 6, 'f' || n % 4, n, '2024-01-01'::timestamp + n * interval '1 day' FROM generate_series(1, 24) AS n;
CREATE TABLE cache_ddl_two.tenants AS SELECT id, nullif(parent_id, 1) AS parent_id FROM tenants;
CREATE TABLE cache_ddl_two.ai_feature_usage AS SELECT tenant_id, feature_name, inference_cost * 10 AS inference_cost, created_at FROM ai_feature_usage;
ANALYZE tenants, ai_feature_usage, cache_ddl_two.tenants, cache_ddl_two.ai_feature_usage;

-- Called and plain, of tenant 1 and of all.
CREATE FUNCTION plain() RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    cost numeric;
BEGIN
    -- EXECUTE, because the search_path decides what the names mean now.
    EXECUTE 'WITH RECURSIVE below AS (SELECT id FROM tenants WHERE id = 1 UNION ALL
                                      SELECT t.id FROM below AS b JOIN tenants AS t ON t.parent_id = b.id)
             SELECT coalesce(sum(inference_cost), 0) FROM ai_feature_usage WHERE tenant_id IN (SELECT id FROM below)' INTO cost;
    RETURN cost;
END $$;
CREATE FUNCTION calls() RETURNS TABLE (of_one numeric, plain numeric, of_all numeric, events numeric, depths numeric, last_used timestamptz) LANGUAGE sql AS $$
    SELECT tenant_subtree_cost(1), plain(), sum(tenant_cost(i)), sum(tenant_events(i)), sum(tenant_depth(i)), max(tenant_last_used(i))
    FROM generate_series(1, 7) AS i $$;
SELECT * FROM calls();
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();

-- Columns and types.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM calls();
ALTER TABLE ai_feature_usage ADD COLUMN unit text DEFAULT 'usd';
SELECT * FROM calls();
ALTER TABLE ai_feature_usage ALTER inference_cost TYPE float8 USING inference_cost / 4;
SELECT * FROM calls();
ALTER TABLE ai_feature_usage ALTER created_at TYPE date;
SELECT * FROM calls();
ALTER TABLE ai_feature_usage ALTER tenant_id TYPE bigint USING 7 - tenant_id;
SELECT * FROM calls();
ALTER TABLE tenants ALTER id TYPE bigint, ALTER parent_id TYPE smallint;
SELECT * FROM calls();
ALTER TABLE tenants RENAME parent_id TO above;
ALTER TABLE tenants ADD parent_id int;
SELECT * FROM calls();
SAVEPOINT s;
ALTER TABLE ai_feature_usage RENAME inference_cost TO price;
SELECT tenant_cost(1);
ROLLBACK TO s;
SELECT * FROM calls();
ALTER TABLE ai_feature_usage DROP inference_cost;
ALTER TABLE ai_feature_usage ADD inference_cost int DEFAULT 3;
SELECT * FROM calls();
SAVEPOINT s;
ALTER TABLE tenants ALTER id TYPE text;
SELECT tenant_cost(1);
ROLLBACK TO s;
SELECT * FROM calls();
ROLLBACK;
SELECT * FROM calls();

-- Tables that go and come, are renamed, or are hidden by others.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM calls();
ALTER TABLE ai_feature_usage RENAME TO old_usage;
SAVEPOINT s;
SELECT tenant_cost(1);
ROLLBACK TO s;
CREATE TABLE ai_feature_usage AS SELECT tenant_id, feature_name, 1::float4 AS inference_cost, created_at FROM old_usage;
SELECT * FROM calls();
DROP TABLE ai_feature_usage;
CREATE TABLE ai_feature_usage AS SELECT tenant_id, feature_name, 2 AS inference_cost, created_at FROM old_usage;
SELECT * FROM calls();
CREATE TEMP TABLE tenants AS SELECT id, NULL::int AS parent_id FROM cache_ddl.tenants;
SELECT * FROM calls();
DROP TABLE pg_temp.tenants;
SELECT * FROM calls();
ALTER SCHEMA cache_ddl_two RENAME TO cache_ddl_three;
SET LOCAL search_path = cache_ddl_three, cache_ddl, public;
SELECT * FROM calls();
ALTER SCHEMA cache_ddl_three RENAME TO cache_ddl_four;
SELECT * FROM calls();
ROLLBACK;

-- The search_path decides what the built-in source means: between statements, between rows, in functions.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM calls();
SET LOCAL search_path = cache_ddl_two, cache_ddl, public;
SELECT * FROM calls();
SET LOCAL search_path = cache_ddl, cache_ddl_two, public;
SELECT * FROM calls();
CREATE FUNCTION in_two(id bigint) RETURNS numeric LANGUAGE plpgsql STABLE SET search_path = cache_ddl_two, public AS
    'BEGIN RETURN tenant_subtree_cost(id); END';
SELECT id, tenant_subtree_cost(id), in_two(id) FROM tenants ORDER BY id;
SELECT path, set_config('search_path', path || ', public', true) IS NOT NULL AS set, tenant_subtree_cost(1), tenant_depth(2), cache_ddl.plain()
FROM unnest(ARRAY['cache_ddl', 'cache_ddl_two', 'cache_ddl', 'cache_ddl_two']) AS path;
ROLLBACK;

-- Sources that are set up, replaced and torn down between calls.
BEGIN ISOLATION LEVEL REPEATABLE READ;
ALTER TABLE cache_ddl_two.tenants ADD PRIMARY KEY (id);
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_ddl');
SELECT tenant_subtree_cost(1, source => 'cache_ddl'), tenant_adoption_rate(1, source => 'cache_ddl') FROM tenants WHERE id < 4;
SELECT tenant_metrics.setup('cache_ddl_two.tenants', 'cache_ddl_two.ai_feature_usage', 'cache_ddl', feature_count => 2);
SELECT tenant_subtree_cost(1, source => 'cache_ddl'), tenant_adoption_rate(1, source => 'cache_ddl') FROM tenants WHERE id < 4;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_ddl', features => '{f1,f2,f9}', usage_cost => 'tenant_id');
SELECT tenant_subtree_cost(1, source => 'cache_ddl'), tenant_subtree_adoption_rate(1, source => 'cache_ddl') FROM tenants WHERE id < 4;
SELECT * FROM calls();
SELECT tenant_metrics.setup('cache_ddl_two.tenants', 'cache_ddl_two.ai_feature_usage');
SELECT * FROM calls();
SELECT tenant_metrics.teardown('default');
SELECT * FROM calls();
SELECT tenant_metrics.teardown('cache_ddl');
SELECT tenant_subtree_cost(1, source => 'cache_ddl');
ROLLBACK;
CREATE TABLE features (name text);
INSERT INTO features VALUES ('f1');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_ddl', feature_table => 'features');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_features_used(id, source => 'cache_ddl')), min(tenant_subtree_adoption_rate(1, source => 'cache_ddl')) FROM tenants;
INSERT INTO features VALUES ('f2'), ('f7');
SELECT sum(tenant_features_used(id, source => 'cache_ddl')), min(tenant_subtree_adoption_rate(1, source => 'cache_ddl')) FROM tenants;
TRUNCATE features;
SELECT sum(tenant_features_used(id, source => 'cache_ddl')), min(tenant_subtree_adoption_rate(1, source => 'cache_ddl')) FROM tenants;
ROLLBACK;
SELECT tenant_metrics.teardown('cache_ddl');

-- Partitions that are added, attached and detached; children that inherit.
CREATE TABLE parts (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp) PARTITION BY RANGE (created_at);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-01-11');
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM ('2024-01-11') TO ('2024-02-01');
INSERT INTO parts SELECT * FROM ai_feature_usage;
CREATE TABLE loose (LIKE parts);
INSERT INTO loose VALUES (6, 'x', 1000, '2024-03-01');
ANALYZE parts;
SELECT tenant_metrics.setup('tenants', 'parts', 'cache_ddl');
CREATE FUNCTION called() RETURNS TABLE (of_one numeric, plain numeric, of_all numeric) LANGUAGE sql AS $$
    SELECT tenant_subtree_cost(1, source => 'cache_ddl'), (SELECT sum(inference_cost) FROM parts), sum(tenant_cost(i, source => 'cache_ddl'))
    FROM generate_series(1, 6) AS i $$;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM called();
SELECT last_passes, last_cached FROM tenant_metrics.explain();
ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
SELECT * FROM called();
ALTER TABLE parts DETACH PARTITION part_1;
SELECT * FROM called();
CREATE TABLE part_3 PARTITION OF parts DEFAULT;
SELECT * FROM called();
INSERT INTO parts VALUES (6, 'x', 10000, '2025-01-01');
SELECT * FROM called();
TRUNCATE part_2;
SELECT * FROM called();
DROP TABLE loose;
SELECT * FROM called();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TABLE heir () INHERITS (ai_feature_usage);
SELECT * FROM calls();
INSERT INTO heir VALUES (6, 'x', 1000, '2024-01-01');
SELECT * FROM calls();
ALTER TABLE heir NO INHERIT ai_feature_usage;
SELECT * FROM calls();
ROLLBACK;
SELECT tenant_metrics.teardown('cache_ddl');

-- A table that becomes a view is answered singly from then on, since a view may read anything that changes.
CREATE SCHEMA cache_ddl_views;
CREATE VIEW cache_ddl_views.ai_feature_usage AS
SELECT tenant_id, feature_name, inference_cost * current_setting('cache_ddl.factor')::int AS inference_cost, created_at FROM ai_feature_usage;
CREATE VIEW cache_ddl_views.tenants AS SELECT id, nullif(parent_id, current_setting('cache_ddl.factor')::int) AS parent_id FROM tenants;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM calls();
SET LOCAL search_path = cache_ddl_views, cache_ddl, public;
SET LOCAL cache_ddl.factor = 2;
SELECT * FROM calls();
SELECT factor, set_config('cache_ddl.factor', factor, true) AS set, tenant_subtree_cost(1), plain(), tenant_depth(6), tenant_cost(1)
FROM unnest(ARRAY['1', '3', '2', '5']) AS factor;
SELECT last_passes, last_cached FROM tenant_metrics.explain();
SET LOCAL search_path = cache_ddl, public;
ALTER TABLE ai_feature_usage RENAME TO hidden_usage;
CREATE VIEW ai_feature_usage AS TABLE cache_ddl_views.ai_feature_usage;
SELECT factor, set_config('cache_ddl.factor', factor, true) AS set, tenant_subtree_cost(1), plain() FROM unnest(ARRAY['1', '3', '2']) AS factor;
ROLLBACK;

DROP SCHEMA cache_ddl, cache_ddl_two, cache_ddl_views CASCADE;
