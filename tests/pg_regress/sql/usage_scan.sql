-- TenantUsageScan: where the planner may use it, and that it finds what the executor finds.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
LOAD 'tenant_metrics';
SET TimeZone = 'UTC';
CREATE SCHEMA usage_scan;
SET search_path = usage_scan, public;
-- Whether the plan of an aggregation over these rows has the node.
CREATE FUNCTION is_used(rows text, aggregate text DEFAULT 'tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at)')
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT ' || aggregate || ' FROM ' || rows LOOP
        IF line LIKE '%TenantUsageScan%' THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END $$;
-- Whether the executor finds the same, in this order of the rows.
CREATE FUNCTION is_same(rows text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    states bytea[];
    state bytea;
BEGIN
    PERFORM set_config('max_parallel_workers_per_gather', '0', true);
    FOR n IN 0..1 LOOP
        PERFORM set_config('tenant_metrics.enable_usage_scan', (n = 0)::text, true);
        EXECUTE 'SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ' || rows INTO state;
        states[n] := state;
    END LOOP;
    PERFORM set_config('tenant_metrics.enable_usage_scan', 'on', true);
    RETURN states[0] IS NOT DISTINCT FROM states[1];
END $$;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants SELECT n, nullif(n / 4, 0) FROM generate_series(1, 50) AS n;
INSERT INTO ai_feature_usage
SELECT nullif(1 + n % 60, 60), nullif('f' || n % 11, 'f10'), nullif(n % 7, 6) / 8.0, '2024-01-01'::timestamp + n * interval '1 hour'
FROM generate_series(1, 3000) AS n;
INSERT INTO ai_feature_usage VALUES (1, 'ends', 'NaN', 'infinity'), (1, 'ends', '-Infinity', '-infinity'), (1, 'ends', 1, NULL);
ANALYZE tenants, ai_feature_usage;

-- All rows, and a window.
EXPLAIN (COSTS OFF, VERBOSE) SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ai_feature_usage;
SELECT rows, is_used(rows), is_same(rows)
FROM (VALUES
    ('ai_feature_usage'),
    ('ai_feature_usage AS u WHERE true'),
    ('(SELECT * FROM ai_feature_usage) AS u'),
    ('ai_feature_usage WHERE created_at >= ''2024-02-01'''),
    ('ai_feature_usage WHERE created_at < ''2024-02-01'' AND created_at >= ''2024-01-15 13:00'''),
    ('ai_feature_usage WHERE created_at >= ''-infinity'' AND created_at < ''infinity'''),
    ('ai_feature_usage WHERE created_at < ''1999-01-01'''),
    ('ai_feature_usage WHERE created_at < NULL'),
    ('ai_feature_usage WHERE created_at > ''2024-02-01'''),
    ('ai_feature_usage WHERE created_at >= ''2024-02-01''::timestamptz'),
    ('ai_feature_usage WHERE created_at >= ''2024-02-01'' AND tenant_id = 3'),
    ('ai_feature_usage WHERE tenant_id = ANY (''{1,2}'')'),
    ('ai_feature_usage WHERE created_at IS NULL'),
    ('ai_feature_usage WHERE created_at >= ''2024-02-01'' OR created_at < ''2024-01-05'''),
    ('ai_feature_usage WHERE current_setting(''work_mem'') = ''none'''),
    -- These are for the executor.
    ('ai_feature_usage TABLESAMPLE bernoulli (100)'),
    ('ai_feature_usage JOIN tenants ON id = tenant_id'),
    ('ai_feature_usage GROUP BY tenant_id HAVING tenant_id = 5'),
    ('ai_feature_usage HAVING count(*) > 1'),
    ('(SELECT * FROM ai_feature_usage LIMIT 5) AS u')
) AS each (rows);
-- Arguments are columns or the same for all rows, and nothing is asked beside the aggregate.
SELECT aggregate, is_used('ai_feature_usage', aggregate)
FROM (VALUES
    ('tenant_metrics.usage_state(tenant_id, NULL::text, NULL::float8, NULL::timestamptz)'),
    ('tenant_metrics.usage_state(tenant_id, ''chat''::text, 1.5::numeric, created_at)'),
    ('tenant_metrics.feature_state(tenant_id, feature_name, inference_cost, created_at)'),
    ('tenant_metrics.period_state(tenant_id, feature_name, inference_cost, created_at, ''2024-02-01''::timestamp)'),
    ('tenant_metrics.adoption_state(tenant_id, feature_name, created_at, ''2024-02-01''::timestamp)'),
    ('tenant_metrics.usage_state(tenant_id + 0, feature_name, inference_cost, created_at)'),
    ('tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at ORDER BY created_at)'),
    ('tenant_metrics.usage_state(DISTINCT tenant_id, feature_name, inference_cost, created_at)'),
    ('tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FILTER (WHERE tenant_id > 5)'),
    ('length(tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at))'),
    ('tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at), count(*)'),
    ('tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) OVER ()'),
    ('array_agg(tenant_id)'), ('count(*)'), ('string_agg(feature_name::bytea, NULL)')
) AS each (aggregate);
-- One column may be two arguments.
CREATE TABLE twice AS SELECT tenant_metrics.usage_state(tenant_id, feature_name, tenant_id, created_at) FROM ai_feature_usage WHERE created_at >= '2024-01-02';
SET tenant_metrics.enable_usage_scan = off;
SELECT twice.usage_state = again.usage_state
FROM twice, (SELECT tenant_metrics.usage_state(tenant_id, feature_name, tenant_id, created_at) FROM ai_feature_usage WHERE created_at >= '2024-01-02') AS again;
RESET tenant_metrics.enable_usage_scan;

-- With every kind of table; a view that is a barrier is none.
CREATE VIEW simple AS SELECT * FROM ai_feature_usage;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM ai_feature_usage WHERE tenant_id < 10;
CREATE MATERIALIZED VIEW stored AS SELECT * FROM ai_feature_usage;
CREATE TABLE parted (LIKE ai_feature_usage) PARTITION BY RANGE (created_at);
CREATE TABLE part PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT * FROM ai_feature_usage WHERE created_at IS NOT NULL;
CREATE TABLE parent (LIKE ai_feature_usage);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT * FROM ai_feature_usage;
CREATE TEMPORARY TABLE temporary AS SELECT * FROM ai_feature_usage;
CREATE UNLOGGED TABLE unlogged AS SELECT * FROM ai_feature_usage;
CREATE TABLE empty (LIKE ai_feature_usage);
SELECT rows, is_used(rows), is_same(rows)
FROM (VALUES ('simple'), ('barrier'), ('stored'), ('parted'), ('part'), ('parent'),
             ('ONLY parent'), ('child'), ('temporary'), ('unlogged'), ('empty')) AS each (rows);

-- A cheaper index is used, and the settings are.
CREATE TABLE indexed AS SELECT * FROM ai_feature_usage, generate_series(1, 20);
CREATE INDEX ON indexed (created_at);
VACUUM (ANALYZE) indexed;
SELECT is_used('indexed'), is_used('indexed WHERE created_at >= ''2024-05-04 12:00'' AND created_at < ''2024-05-04 14:00'''),
    is_used('indexed WHERE created_at >= ''2024-01-01 12:00'' AND created_at < ''2024-05-04 14:00''');
SET enable_seqscan = off;
SELECT is_used('indexed WHERE created_at >= ''2024-01-01 12:00''');
RESET enable_seqscan;
SET tenant_metrics.enable_usage_scan = off;
SELECT is_used('indexed');
RESET tenant_metrics.enable_usage_scan;

-- Rows of many shapes: columns that were dropped or came later, types of every length, NULLs in a
-- bitmap of several bytes, long names out of line and compressed, deleted and updated rows.
CREATE TABLE shapes (a name, b "char", tenant_id bigint, c interval, gone int, d boolean, e uuid,
                     feature_name text, f point, g int2, h bytea, i text, j int, k int);
INSERT INTO shapes
SELECT 'name ' || n, 'x', n % 9, '1 day', n, true, nullif(gen_random_uuid(), NULL), 'feature ' || n % 5, point(n, n), n, decode(repeat('00', n % 4), 'hex'), repeat('i', n % 200), n, n
FROM generate_series(1, 300) AS n;
INSERT INTO shapes (tenant_id, feature_name)
SELECT n % 9, CASE n % 3 WHEN 0 THEN repeat('compressed', 1000) WHEN 1 THEN '' END FROM generate_series(1, 30) AS n;
INSERT INTO shapes (tenant_id, feature_name, i)
SELECT n, (SELECT string_agg(md5(i::text || n), '') FROM generate_series(1, 400) AS i), 'out of line' FROM generate_series(1, 5) AS n;
ALTER TABLE shapes DROP COLUMN gone;
ALTER TABLE shapes ADD COLUMN inference_cost numeric DEFAULT 1.25;
INSERT INTO shapes (tenant_id, feature_name, inference_cost, k)
SELECT n % 9, 'later', CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN -n WHEN 3 THEN n * 1e20 END, n FROM generate_series(1, 100) AS n;
ALTER TABLE shapes ADD COLUMN created_at timestamptz DEFAULT '2024-05-05', ADD COLUMN more text DEFAULT 'x';
INSERT INTO shapes (tenant_id, created_at) SELECT NULL, '2024-06-01' FROM generate_series(1, 10);
DELETE FROM shapes WHERE j % 10 = 3;
UPDATE shapes SET a = 'updated', feature_name = 'updated' WHERE j % 10 = 4;
SELECT rows, is_used(rows), is_same(rows)
FROM (VALUES ('shapes'), ('shapes WHERE created_at < ''2024-05-06'''), ('shapes WHERE created_at >= ''2024-05-06''')) AS each (rows);
SELECT tenant_metrics.setup('tenants', 'shapes', source => 'shapes');
-- By plain SQL, with what the columns hold.
SELECT tenant_id, events, features_used, cost, unpriced_events, last_used FROM tenant_dashboard(source => 'shapes') WHERE events > 0
EXCEPT
SELECT tenant_id, count(*), count(DISTINCT feature_name), coalesce(sum(nullif(inference_cost, 'NaN')), 0),
       count(*) FILTER (WHERE inference_cost IS NULL OR inference_cost = 'NaN'), max(created_at)
FROM shapes GROUP BY tenant_id;
SELECT count(*), sum(events) FROM tenant_dashboard(source => 'shapes') WHERE events > 0;

-- With workers, also when what they read is read again.
CREATE TABLE dashboard AS SELECT d::text FROM tenant_dashboard() AS d;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
ALTER TABLE ai_feature_usage SET (parallel_workers = 2);
SELECT d::text FROM tenant_dashboard() AS d EXCEPT SELECT * FROM dashboard;
SET enable_material = off;
EXPLAIN (COSTS OFF)
SELECT count(*), count(state) FROM generate_series(1, 3)
LEFT JOIN (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
           FROM ai_feature_usage OFFSET 0) AS again ON true;
SELECT count(*), count(DISTINCT length(state)) FROM generate_series(1, 3)
LEFT JOIN (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
           FROM ai_feature_usage OFFSET 0) AS again ON true;
SET max_parallel_workers_per_gather = 0;
SELECT count(*), count(DISTINCT state) FROM generate_series(1, 3)
LEFT JOIN (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
           FROM ai_feature_usage OFFSET 0) AS again ON true;
-- An execution leaves nothing behind for the next: two thousand of them take the memory of one.
CREATE TABLE repeated AS SELECT g AS tenant_id, 'f' || g % 5 AS feature_name, 1.5::float8 AS inference_cost, now() AS created_at
FROM generate_series(1, 1000) AS g;
SELECT sum((SELECT length(state) + g
            FROM (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
                  FROM repeated OFFSET 0) AS q)) > 20000000 AS large,
    (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) < 20000000 AS bounded
FROM generate_series(1, 2000) AS g;
RESET ALL;
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET search_path = usage_scan, public;

-- Kept plans follow the table.
SET plan_cache_mode = force_generic_plan;
PREPARE state_since(timestamptz) AS SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM shapes WHERE created_at >= $1;
EXPLAIN (COSTS OFF) EXECUTE state_since('2024-05-06');
CREATE TABLE kept AS EXECUTE state_since('2024-05-01');
SELECT kept.usage_state = (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM shapes) FROM kept;
ALTER TABLE shapes DROP COLUMN a, DROP COLUMN h, ADD COLUMN l int DEFAULT 5;
CREATE TABLE kept_after AS EXECUTE state_since('2024-05-01');
SELECT kept.usage_state = kept_after.usage_state FROM kept, kept_after;
CREATE TABLE kept_null AS EXECUTE state_since(NULL);
SELECT usage_state IS NULL FROM kept_null;
ALTER TABLE shapes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Rights: of the columns, of the aggregate, and of the rows.
CREATE ROLE usage_scan_reader;
GRANT USAGE ON SCHEMA usage_scan TO usage_scan_reader;
GRANT SELECT (tenant_id, feature_name, created_at) ON ai_feature_usage TO usage_scan_reader;
GRANT SELECT ON shapes, stored TO usage_scan_reader;
CREATE POLICY times ON shapes USING (created_at >= '2024-05-06');
SET ROLE usage_scan_reader;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ai_feature_usage;
SELECT is_used('ai_feature_usage', 'tenant_metrics.usage_state(tenant_id, feature_name, NULL::float8, created_at)');
SELECT is_used('shapes');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION tenant_metrics.usage_state("any", "any", "any", "any") FROM PUBLIC;
SET ROLE usage_scan_reader;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM stored;
SET tenant_metrics.enable_usage_scan = off;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM stored;
RESET ROLE;
RESET ALL;
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET search_path = usage_scan, public;
GRANT EXECUTE ON FUNCTION tenant_metrics.usage_state("any", "any", "any", "any") TO PUBLIC;

-- Errors end it like the executor's.
SELECT tenant_metrics.usage_state(inference_cost, feature_name, inference_cost, created_at) FROM ai_feature_usage;
SET tenant_metrics.memory_limit = '64kB';
CREATE TABLE many AS SELECT n AS tenant_id, 'f' AS feature_name, 1 AS inference_cost, now() AS created_at FROM generate_series(1, 5000) AS n;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM many;
RESET tenant_metrics.memory_limit;

-- What is read is counted.
CREATE TABLE counted AS SELECT * FROM ai_feature_usage;
BEGIN;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) IS NULL FROM counted;
SELECT seq_scan, seq_tup_read FROM pg_stat_xact_all_tables WHERE relid = 'counted'::regclass;
CREATE TEMPORARY TABLE state AS SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM counted;
SELECT seq_scan, seq_tup_read FROM pg_stat_xact_all_tables WHERE relid = 'counted'::regclass;
COMMIT;

-- A cursor in both directions.
BEGIN;
DECLARE ways SCROLL CURSOR FOR SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) IS NOT NULL FROM stored;
FETCH 2 FROM ways;
FETCH BACKWARD 2 FROM ways;
COMMIT;
BEGIN;
DECLARE ways SCROLL CURSOR FOR SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM empty;
FETCH 2 FROM ways;
FETCH BACKWARD 2 FROM ways;
COMMIT;

SELECT tenant_metrics.teardown('shapes');
DROP OWNED BY usage_scan_reader;
DROP ROLE usage_scan_reader;
DROP SCHEMA usage_scan CASCADE;
