-- The same answers from any kind of usage table, with any setting, within any memory.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA robustness;
SET search_path = robustness, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants SELECT n, CASE WHEN n > 5 THEN n / 4 END FROM generate_series(1, 1000) AS n;
INSERT INTO tenants VALUES (5001, 5002), (5002, 5001), (6001, 9999);
INSERT INTO ai_feature_usage
SELECT 1 + (n * 7919) % 1050, 'feature ' || n % 13, CASE n % 97 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' ELSE n / 7.0 END,
       '2024-01-01'::timestamp + n * interval '55 minutes'
FROM generate_series(1, 6000) AS n;
ANALYZE tenants, ai_feature_usage;
CREATE TABLE expected AS SELECT d::text AS row FROM tenant_dashboard() AS d;
CREATE TABLE expected_in_may AS SELECT d::text AS row FROM tenant_dashboard(NULL, '2024-05-01', '2024-06-01') AS d;

-- Plain SQL agrees with what is expected of all the rest, here with the own columns and the roots' sums.
WITH plain AS (
    SELECT t.id, count(u) AS events, count(DISTINCT feature_name) AS features,
           coalesce(sum(inference_cost::numeric) FILTER (WHERE inference_cost NOT IN ('NaN', 'Infinity')), 0) AS cost
    FROM tenants AS t LEFT JOIN ai_feature_usage AS u ON u.tenant_id = t.id GROUP BY t.id)
SELECT count(*), count(*) FILTER (WHERE (d.events, d.features_used, d.cost::text) = (p.events, p.features, p.cost::text)) AS equal
FROM tenant_dashboard() AS d JOIN plain AS p ON p.id = d.tenant_id;
SELECT sum(subtree_events) FILTER (WHERE depth = 0) + sum(events) FILTER (WHERE tree_status = 'cycle') =
       (SELECT count(*) FROM ai_feature_usage JOIN tenants ON id = tenant_id) AS all_events,
       sum(subtree_cost) FILTER (WHERE depth = 0) + sum(cost) FILTER (WHERE tree_status = 'cycle') =
       (SELECT sum(inference_cost::numeric) FROM ai_feature_usage JOIN tenants ON id = tenant_id
        WHERE inference_cost NOT IN ('NaN', 'Infinity')) AS all_costs
FROM tenant_dashboard();

CREATE FUNCTION differences(source text DEFAULT 'default') RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (SELECT count(*) FROM (SELECT d::text FROM tenant_dashboard(source => source) AS d EXCEPT ALL TABLE expected) AS more)
         + (SELECT count(*) FROM (TABLE expected EXCEPT ALL SELECT d::text FROM tenant_dashboard(source => source) AS d) AS less)
         + (SELECT count(*) FROM (TABLE expected_in_may EXCEPT ALL
              SELECT d::text FROM tenant_dashboard(NULL, '2024-05-01', '2024-06-01', source) AS d) AS in_may) $$;

-- Memory: past the limit the portable engine answers, unless it is not to.
SET tenant_metrics.memory_limit = '64kB';
SELECT differences();
SELECT tenant_subtree_cost(1) = (SELECT subtree_cost FROM tenant_dashboard(1, max_depth => 0)) AS same;
SET tenant_metrics.engine = 'aggregate';
SELECT expect_error('SELECT * FROM tenant_dashboard()');
SELECT tenant_events(1) AS "small enough";
SET tenant_metrics.engine = 'portable';
RESET tenant_metrics.memory_limit;
SELECT differences();
SET work_mem = '64kB';
SELECT differences();
RESET work_mem;
SET tenant_metrics.engine = 'aggregate';
SELECT differences();
RESET tenant_metrics.engine;

-- Planner and executor settings, one at a time, for both engines.
CREATE INDEX ON ai_feature_usage (tenant_id);
CREATE INDEX ON ai_feature_usage (created_at);
CREATE FUNCTION differences_with(setting text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answers bigint[];
    engine text;
BEGIN
    PERFORM set_config(setting, value, true);
    FOREACH engine IN ARRAY ARRAY['aggregate', 'portable'] LOOP
        PERFORM set_config('tenant_metrics.engine', engine, true);
        answers := answers || differences();
    END LOOP;
    PERFORM set_config('tenant_metrics.engine', 'auto', true);
    EXECUTE format('SET LOCAL %s TO DEFAULT', setting);
    RETURN answers::text;
END $$;
SELECT setting, value, differences_with(setting, value) FROM (VALUES
    ('enable_seqscan', 'off'), ('enable_indexscan', 'off'), ('enable_bitmapscan', 'off'), ('enable_hashagg', 'off'),
    ('enable_sort', 'off'), ('work_mem', '64kB'), ('max_parallel_workers_per_gather', '0'), ('max_parallel_workers_per_gather', '4'),
    ('parallel_setup_cost', '0'), ('jit', 'off'), ('IntervalStyle', 'sql_standard'),
    ('bytea_output', 'escape'), ('standard_conforming_strings', 'on'), ('quote_all_identifiers', 'on'),
    ('transform_null_equals', 'on'), ('array_nulls', 'off'), ('row_security', 'off'), ('lc_numeric', 'C'),
    ('cursor_tuple_fraction', '1'), ('from_collapse_limit', '1'), ('constraint_exclusion', 'on')) AS s (setting, value);
-- These change how answers print, not what they are.
CREATE TABLE typed AS SELECT d.* FROM tenant_dashboard() AS d;
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'German';
SET extra_float_digits = -15;
SELECT * FROM typed EXCEPT ALL SELECT * FROM tenant_dashboard();
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
RESET extra_float_digits;

-- Kinds of usage tables: views, partitions by range, hash and list, inheritance, and copies with other types.
CREATE VIEW v AS SELECT * FROM ai_feature_usage WHERE true UNION ALL SELECT NULL, NULL, NULL, NULL WHERE false;
CREATE MATERIALIZED VIEW mv AS TABLE ai_feature_usage;
CREATE TABLE by_range (LIKE ai_feature_usage) PARTITION BY RANGE (created_at);
CREATE TABLE range_1 PARTITION OF by_range FOR VALUES FROM (MINVALUE) TO ('2024-05-10');
CREATE TABLE range_2 (extra int, created_at timestamp, inference_cost float8, dropped int, feature_name text, tenant_id int);
ALTER TABLE range_2 DROP extra, DROP dropped;
ALTER TABLE by_range ATTACH PARTITION range_2 FOR VALUES FROM ('2024-05-10') TO (MAXVALUE);
CREATE TABLE by_hash (LIKE ai_feature_usage) PARTITION BY HASH (tenant_id);
CREATE TABLE hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE hash_2 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE by_list (LIKE ai_feature_usage) PARTITION BY LIST (feature_name);
CREATE TABLE list_default PARTITION OF by_list DEFAULT;
CREATE TABLE parent (LIKE ai_feature_usage);
CREATE TABLE child () INHERITS (parent);
CREATE UNLOGGED TABLE unlogged (LIKE ai_feature_usage);
CREATE TABLE wide (junk text, tenant_id bigint, more int[], feature_name varchar, inference_cost float8, created_at timestamptz);
INSERT INTO by_range TABLE ai_feature_usage;
INSERT INTO by_hash TABLE ai_feature_usage;
INSERT INTO by_list TABLE ai_feature_usage;
INSERT INTO parent SELECT * FROM ai_feature_usage WHERE tenant_id % 2 = 0;
INSERT INTO child SELECT * FROM ai_feature_usage WHERE tenant_id % 2 = 1;
INSERT INTO unlogged TABLE ai_feature_usage;
INSERT INTO wide SELECT repeat('x', 3000), tenant_id, '{1}', feature_name, inference_cost, created_at AT TIME ZONE 'UTC' FROM ai_feature_usage;
CREATE TABLE tenants_by_hash (LIKE tenants, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE tenants_0 PARTITION OF tenants_by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tenants_1 PARTITION OF tenants_by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO tenants_by_hash TABLE tenants;
SELECT usage FROM (VALUES ('tenants'::regclass, 'v'), ('tenants', 'mv'), ('tenants', 'by_range'), ('tenants', 'by_hash'), ('tenants', 'by_list'),
    ('tenants', 'parent'), ('tenants', 'unlogged'), ('tenants', 'wide'), ('tenants_by_hash', 'ai_feature_usage')) AS s (tenants, usage)
WHERE tenant_metrics.setup(tenants, usage::regclass, usage) IS NULL;
SELECT source, tenants, differences(source) FROM tenant_metrics.status();
SET tenant_metrics.engine = 'portable';
SELECT sum(differences(source)) FROM tenant_metrics.status();
RESET tenant_metrics.engine;
-- NULL for every argument of every reader: no error but for the source, and no rows but for a NULL root's.
SELECT tenant_cost(NULL, NULL, NULL), tenant_subtree_adoption_rate(NULL), tenant_depth(NULL), tenant_root(NULL), tenant_path(NULL),
       tenant_is_descendant(NULL, NULL), tenant_is_descendant(1, NULL), tenant_is_descendant(NULL, 1);
SELECT (SELECT count(*) FROM tenant_dashboard(NULL, NULL, NULL, 'default', NULL)) AS dashboard,
       (SELECT count(*) FROM tenant_dashboard_for(NULL, NULL, NULL)) AS dashboard_for,
       (SELECT count(*) FROM tenant_dashboard_for(ARRAY[NULL]::bigint[])) AS dashboard_for_null,
       (SELECT count(*) FROM tenant_adoption_rates(NULL, NULL, NULL)) AS rates, (SELECT count(*) FROM tenant_subtree_costs(NULL)) AS costs,
       (SELECT count(*) FROM tenant_descendants(NULL, NULL)) AS descendants, (SELECT count(*) FROM tenant_ancestors(NULL)) AS ancestors,
       jsonb_array_length(tenant_tree_json(NULL, NULL, NULL, 'default', NULL)) AS json;
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY['tenant_cost(NULL, source => NULL)', 'tenant_depth(1, NULL)',
    'tenant_dashboard(source => NULL)', 'tenant_descendants(1, source => NULL)', 'tenant_metrics.explain(source => NULL)',
    'tenant_metrics.setup(NULL, NULL)', 'tenant_metrics.setup(''tenants'', ''v'', time_zone => NULL)']) AS call;

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status() WHERE source <> 'default';
DROP SCHEMA robustness CASCADE;
