-- TenantUsageScan over partitions and inheritance: it reads the parts that the planner left, and leaves others to the executor.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
LOAD 'tenant_metrics';
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA usage_parts;
SET search_path = usage_parts, public;
CREATE FUNCTION plan_of(rows text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ' || rows LOOP
        -- The planner gives the entries of parts different names in different versions.
        RETURN NEXT regexp_replace(line, ' on (\w+) u\w*$', ' on \1');
    END LOOP;
END $$;
CREATE FUNCTION state_of(rows text, is_on boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state bytea;
BEGIN
    EXECUTE format('SET tenant_metrics.enable_usage_scan = %L', is_on);
    EXECUTE 'SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ' || rows INTO state;
    RESET tenant_metrics.enable_usage_scan;
    RETURN coalesce(md5(state), 'none');
END $$;
-- Which parts are read by the node, whether the executor reads others, and whether the state is the same without the node.
CREATE FUNCTION parts_of(rows text, OUT read text, OUT others boolean, OUT is_same boolean) LANGUAGE sql AS $$
SELECT coalesce(max(substring(line FROM 'Relations: (.*)')), max(substring(line FROM 'TenantUsageScan\) on (\w+)'))),
       bool_or(line LIKE '%Append%'), state_of(rows, false) = state_of(rows, true)
FROM plan_of(rows) AS line
$$;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants SELECT n, nullif(n / 4, 0) FROM generate_series(1, 50) AS n;
-- Parts whose columns are in another order, parts of parts, and one for the rest.
CREATE TABLE usage (note text, tenant_id int, feature_name text, inference_cost float8, created_at timestamptz) PARTITION BY RANGE (created_at);
CREATE TABLE january PARTITION OF usage FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE february (created_at timestamptz, gone int, inference_cost float8, tenant_id int, feature_name text, note text);
ALTER TABLE february DROP COLUMN gone;
ALTER TABLE usage ATTACH PARTITION february FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE spring PARTITION OF usage FOR VALUES FROM ('2024-03-01') TO ('2024-06-01') PARTITION BY LIST (tenant_id);
CREATE TABLE spring_few PARTITION OF spring FOR VALUES IN (3, 4, NULL);
CREATE TABLE spring_others PARTITION OF spring DEFAULT;
CREATE TABLE rest PARTITION OF usage DEFAULT;
INSERT INTO usage
SELECT nullif('n' || n % 3, 'n2'), nullif(1 + n % 60, 60), nullif('f' || n % 11, 'f10'), nullif(n % 7, 6) / 8.0,
       nullif('2023-12-25'::timestamptz + n * interval '1 hour', '2024-01-01')
FROM generate_series(1, 5000) AS n;
ANALYZE;
SET max_parallel_workers_per_gather = 0;
SELECT rows, p.*
FROM (VALUES
    ('usage'),
    ('spring'),
    ('january'),
    ('usage WHERE created_at >= ''2024-01-15'' AND created_at < ''2024-03-15'''),
    ('usage WHERE created_at >= ''2024-02-01'' AND created_at < ''2024-02-15'''),
    ('usage WHERE created_at < ''2024-01-15'' AND tenant_id = 3'),
    ('usage WHERE created_at >= ''2024-03-15'' AND tenant_id IN (3, 5)'),
    ('usage WHERE created_at >= ''2024-03-15'' AND created_at < ''2024-04-15'' AND tenant_id = 3'),
    ('usage WHERE tenant_id IS NULL'),
    ('usage WHERE created_at IS NULL'),
    ('usage WHERE note = ''n1'' AND inference_cost > 0.3'),
    ('usage WHERE tenant_id NOT IN (SELECT id FROM tenants WHERE parent_id = 2)'),
    ('usage AS u WHERE EXISTS (SELECT FROM tenants AS t WHERE t.id = u.tenant_id AND parent_id = 2) OR note = ''n0'''),
    ('usage WHERE tenant_id < (SELECT max(id) FROM tenants) / 2'),
    ('(SELECT * FROM usage WHERE note = ''n1'' UNION ALL SELECT * FROM january) AS both_of_them'),
    -- What the executor may leave out when it knows a value, or is not in a column.
    ('usage WHERE created_at < (SELECT max(created_at) FROM january)'),
    ('usage WHERE tableoid = ''january''::regclass'),
    ('usage AS u WHERE u IS NOT NULL'),
    ('usage TABLESAMPLE bernoulli (100)')
) AS each (rows), parts_of(rows) AS p;
SELECT plan_of('usage WHERE created_at >= ''2024-02-15'' AND created_at < ''2024-03-15''');

-- Children of a table with rows of its own.
CREATE TABLE parent (tenant_id int, feature_name text, inference_cost float8, created_at timestamptz);
CREATE TABLE child (extra text) INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
CREATE TABLE stepchild (created_at timestamptz, feature_name text, inference_cost float8, tenant_id int);
ALTER TABLE stepchild INHERIT parent;
INSERT INTO parent SELECT tenant_id, feature_name, inference_cost, created_at FROM january;
INSERT INTO child SELECT tenant_id, feature_name, inference_cost, created_at, 'x' FROM february;
INSERT INTO grandchild SELECT tenant_id, feature_name, inference_cost, created_at, 'y' FROM spring;
INSERT INTO stepchild SELECT created_at, feature_name, inference_cost, tenant_id FROM rest;
ANALYZE parent, child, grandchild, stepchild;
SELECT rows, p.* FROM (VALUES ('parent'), ('ONLY parent'), ('child'), ('parent WHERE tenant_id < 5')) AS each (rows), parts_of(rows) AS p;

-- A part that is read through an index, or is no table of the heap, is left to the executor.
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER usage_parts_files FOREIGN DATA WRAPPER file_fdw;
ALTER TABLE usage DETACH PARTITION rest;
CREATE FOREIGN TABLE elsewhere (note text, tenant_id int, feature_name text, inference_cost float8, created_at timestamptz)
SERVER usage_parts_files OPTIONS (program 'printf "x,7,f1,0.5,2024-07-01\nx,8,,,2024-07-02\n"', format 'csv');
ALTER TABLE usage ATTACH PARTITION elsewhere FOR VALUES FROM ('2024-07-01') TO ('2024-08-01');
SELECT plan_of('usage WHERE tenant_id > 6');
SELECT rows, p.* FROM (VALUES ('usage'), ('usage WHERE tenant_id > 6'), ('usage WHERE created_at >= ''2024-05-20''')) AS each (rows), parts_of(rows) AS p;
SELECT tenant_metrics.setup('tenants', 'usage', source => 'parts');
SELECT tenant_id, events, cost FROM tenant_dashboard(source => 'parts')
EXCEPT
SELECT t.id, count(u.tenant_id), coalesce(sum(inference_cost::numeric), 0) FROM tenants AS t LEFT JOIN usage AS u ON u.tenant_id = t.id GROUP BY t.id;
SELECT sum(events), sum(cost) FROM tenant_dashboard(source => 'parts', since => '2024-05-20');
SELECT count(*), sum(inference_cost) FROM usage WHERE created_at >= '2024-05-20' AND tenant_id IN (SELECT id FROM tenants);

-- With workers, who share each part, also when all is read again.
ALTER TABLE usage DETACH PARTITION elsewhere;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SET enable_material = off;
SELECT bool_or(line LIKE '%Parallel Custom Scan (TenantUsageScan)%') FROM plan_of('usage') AS line;
SELECT tenant_id, events, cost FROM tenant_dashboard(source => 'parts')
EXCEPT
SELECT t.id, count(u.tenant_id), coalesce(sum(inference_cost::numeric), 0) FROM tenants AS t LEFT JOIN usage AS u ON u.tenant_id = t.id GROUP BY t.id;
SELECT count(*), count(DISTINCT length(state)) FROM generate_series(1, 3)
LEFT JOIN (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state FROM usage OFFSET 0) AS again ON true;
RESET ALL;
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET search_path = usage_parts, public;

-- A kept plan follows the parts.
SET plan_cache_mode = force_generic_plan;
SET max_parallel_workers_per_gather = 0;
PREPARE since(timestamptz) AS SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state FROM usage WHERE created_at >= $1;
PREPARE every(text) AS SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state FROM usage WHERE note = $1;
EXPLAIN (COSTS OFF) EXECUTE since('2024-02-15');
EXPLAIN (COSTS OFF) EXECUTE every('n1');
CREATE TABLE before AS EXECUTE every('n1');
ALTER TABLE usage DETACH PARTITION january;
CREATE TABLE without AS EXECUTE every('n1');
ALTER TABLE usage ATTACH PARTITION january FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE again AS EXECUTE every('n1');
SELECT before.state = without.state, before.state = again.state FROM before, without, again;
RESET plan_cache_mode;

-- Rights are those on the whole, and its policies hold in the parts.
CREATE ROLE usage_parts_reader;
GRANT USAGE ON SCHEMA usage_parts TO usage_parts_reader;
GRANT SELECT ON tenants, usage TO usage_parts_reader;
ALTER TABLE usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON usage USING (tenant_id < 5);
ALTER TABLE january ENABLE ROW LEVEL SECURITY;
SET ROLE usage_parts_reader;
SELECT * FROM parts_of('usage');
SELECT tenant_id, events FROM tenant_dashboard(source => 'parts') WHERE events > 0;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM january;
RESET ROLE;
SELECT tenant_id, count(*) FROM usage WHERE tenant_id < 5 GROUP BY tenant_id ORDER BY 1;

-- What is read is counted.
CREATE TABLE counted (LIKE usage) PARTITION BY RANGE (created_at);
CREATE TABLE counted_january PARTITION OF counted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE counted_february PARTITION OF counted FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO counted SELECT * FROM usage WHERE created_at < '2024-03-01';
BEGIN;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) IS NULL FROM counted;
SELECT relname, seq_scan, seq_tup_read FROM pg_stat_xact_all_tables
WHERE relid IN ('counted_january'::regclass, 'counted_february'::regclass) ORDER BY relname;
COMMIT;
SELECT tenant_metrics.teardown('parts');
RESET ALL;
SET client_min_messages = warning;
SET search_path = usage_parts, public;
DROP FOREIGN TABLE elsewhere;
DROP SERVER usage_parts_files;
DROP EXTENSION file_fdw;
DROP OWNED BY usage_parts_reader;
DROP ROLE usage_parts_reader;
DROP SCHEMA usage_parts CASCADE;
