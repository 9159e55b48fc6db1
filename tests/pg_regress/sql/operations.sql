-- What status, integrity and explain say of healthy and unhealthy sources.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA operations;
SET search_path = operations, public;

-- Without any source a row says what to do.
SELECT source, tenants, usage, catalogue, healthy, problem, hint FROM tenant_metrics.status();
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
SELECT source, healthy, problem FROM tenant_metrics.status();
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamptz);

-- Nothing is wrong with empty tables, nor with a clean source.
SELECT * FROM tenant_metrics.integrity();
SELECT estimated_tenants, estimated_events FROM tenant_metrics.status();
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2);
SELECT estimated_tenants AS "not analysed yet" FROM tenant_metrics.status();
INSERT INTO ai_feature_usage
SELECT 1 + n % 3, 'f' || n % 9, n, '2024-01-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 90) AS n;
SELECT * FROM tenant_metrics.integrity();

-- Everything that can be wrong, at once.
INSERT INTO tenants VALUES (10, 999), (11, 10), (20, 21), (21, 20), (22, 21), (23, 23), (24, 22);
INSERT INTO ai_feature_usage VALUES
    (NULL, 'f1', 1, '2024-01-01'), (NULL, 'f2', 'NaN', '2024-01-01'), (777, 'f1', NULL, '2024-01-01'),
    (1, 'f1', NULL, '2024-01-01'), (1, 'f1', 'NaN', NULL), (1, NULL, NULL, '2024-01-01'), (1, 'f0', NULL, 'infinity'), (20, 'f1', '-Infinity', '2024-01-01'),
    (2, 'f10', 1, 'infinity'), (2, 'F1', 1, now() + interval '1 hour'), (23, NULL, 1, now() + interval '1 year'),
    (777, 'f1', 1, 'infinity'), (3, 'f1', 1, now() - interval '1 hour');
SELECT * FROM tenant_metrics.integrity();

-- The same in plain SQL.
SELECT tenant_id::int, n FROM tenant_metrics.integrity() WHERE kind = 'unattributed_usage'
EXCEPT ALL SELECT tenant_id, count(*) FROM ai_feature_usage AS u
WHERE NOT EXISTS (SELECT FROM tenants WHERE id = u.tenant_id) GROUP BY 1;
SELECT tenant_id::int, detail, n FROM tenant_metrics.integrity() WHERE kind = 'unpriced'
EXCEPT ALL SELECT tenant_id, feature_name, count(*) FROM ai_feature_usage AS u JOIN tenants ON id = tenant_id
WHERE inference_cost IS NULL OR inference_cost IN ('NaN', '-Infinity', 'Infinity') GROUP BY 1, 2;
SELECT tenant_id::int, detail, n FROM tenant_metrics.integrity() WHERE kind = 'future_event'
EXCEPT ALL SELECT tenant_id, feature_name, count(*) FROM ai_feature_usage AS u JOIN tenants ON id = tenant_id
WHERE created_at > now() GROUP BY 1, 2;
-- Together the features' unpriced events are those of the dashboard.
SELECT tenant_id, unpriced_events, i.n FROM tenant_dashboard() AS d
LEFT JOIN (SELECT tenant_id::int AS id, sum(n) AS n FROM tenant_metrics.integrity(kinds => '{unpriced}') GROUP BY 1) AS i ON i.id = d.tenant_id
WHERE unpriced_events <> coalesce(i.n, 0);
SELECT n = (SELECT count(DISTINCT feature_name) FROM ai_feature_usage) AS distinct_names
FROM tenant_metrics.integrity() WHERE kind = 'feature_count_too_small';

-- Some kinds give the rows of these kinds, in both ways of reading usage.
CREATE VIEW kind_differences AS
WITH one AS (SELECT k, i.* FROM unnest(ARRAY['cycle', 'orphan', 'unattributed_usage', 'unknown_feature', 'unused_feature', 'similar_feature', 'similar_value',
                                             'feature_count_too_small', 'unpriced', 'future_event', 'missing_measure', 'unusable_column']) AS k,
                            tenant_metrics.integrity(kinds => ARRAY[k]) AS i),
     every AS (SELECT kind AS k, i.* FROM tenant_metrics.integrity() AS i)
(TABLE one EXCEPT ALL TABLE every) UNION ALL (TABLE every EXCEPT ALL TABLE one);
SELECT * FROM kind_differences;
CREATE TABLE by_aggregate AS SELECT row_number() OVER () AS row, i.* FROM tenant_metrics.integrity() AS i;
SET tenant_metrics.engine = 'portable';
SELECT * FROM kind_differences;
SELECT count(*) AS rows, count(*) FILTER (WHERE a.kind IS NOT NULL) AS same
FROM (SELECT row_number() OVER () AS row, i.* FROM tenant_metrics.integrity() AS i) AS p
LEFT JOIN by_aggregate AS a ON ROW(a.*) IS NOT DISTINCT FROM ROW(p.*);
RESET tenant_metrics.engine;
SELECT count(*) FROM tenant_metrics.integrity(kinds => '{}');
SELECT DISTINCT kind FROM tenant_metrics.integrity(kinds => '{unpriced,cycle,unpriced,NULL}') ORDER BY 1;
SELECT expect_error('SELECT * FROM tenant_metrics.integrity(kinds => ''{cycle,cycles}'')');

-- now() is the transaction's start: an event at that very time is not in the future.
BEGIN;
TRUNCATE ai_feature_usage;
INSERT INTO ai_feature_usage VALUES (1, 'f1', 1, now()), (1, 'f1', 1, now() + interval '1 microsecond');
SELECT * FROM tenant_metrics.integrity() WHERE kind = 'future_event';
ROLLBACK;

-- Names outside a catalogue, by name; NULL is no name.
CREATE TABLE features (name varchar);
INSERT INTO features VALUES ('f0'), ('f1'), ('f10');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'table', feature_table => 'features'),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'names', features => '{f0,f1,f2,f3,f4,f5,f6,f7,NULL}'),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'none', features => '{}'),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', features => '{f1,F2}'),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'many', feature_count => 11),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'one', feature_count => 10);
SELECT source, i.* FROM unnest(ARRAY['table', 'names', 'many', 'one']) AS source, tenant_metrics.integrity(source) AS i
WHERE kind IN ('unknown_feature', 'unused_feature', 'feature_count_too_small');
SELECT * FROM tenant_metrics.integrity('misspelt') WHERE kind = 'unused_feature';
SELECT count(*), sum(n) FROM tenant_metrics.integrity('none') WHERE kind = 'unknown_feature';
SELECT count(*), count(DISTINCT feature_name) FROM ai_feature_usage WHERE feature_name IS NOT NULL;

-- Setting up tells of names that no event has, where usage is a table and not too large.
CREATE VIEW usage_view AS SELECT * FROM ai_feature_usage;
CREATE TABLE usage_none (LIKE ai_feature_usage);
SET client_min_messages = notice;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', features => '{f1,f2}');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', features => '{f1,F2,NULL}');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'mis''spelt', features => '{g1,g2,g3,g4,g5,g6,g7,f1,g1}');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', features => '{g}');
INSERT INTO features VALUES ('g'), (NULL), ('g');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', feature_table => 'features');
DELETE FROM features WHERE name IS NULL OR name = 'g';
SELECT tenant_metrics.setup('tenants', 'usage_view', 'misspelt', features => '{f1,F2}');
SELECT tenant_metrics.setup('tenants', 'usage_none', 'misspelt', features => '{f1,F2}');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', feature_count => 100);
BEGIN;
UPDATE pg_class SET reltuples = 2e6, relpages = 1 WHERE oid = 'ai_feature_usage'::regclass;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'misspelt', features => '{f1,F2}') AS "too large to read";
ROLLBACK;
SET client_min_messages = warning;
SELECT tenant_metrics.teardown('misspelt'), tenant_metrics.teardown('mis''spelt');
DROP VIEW usage_view;

-- A long cycle is named in part, and its length is given.
BEGIN;
INSERT INTO tenants SELECT n, CASE n WHEN 112 THEN 101 ELSE n + 1 END FROM generate_series(101, 112) AS n;
SELECT * FROM tenant_metrics.integrity() WHERE kind = 'cycle' AND tenant_id IN ('101', '112');
ROLLBACK;

-- Ids of other types.
CREATE TABLE tenants_t (id text PRIMARY KEY, parent_id text);
CREATE TABLE usage_t (tenant_id text, feature_name text, inference_cost numeric, created_at date);
INSERT INTO tenants_t VALUES ('a', 'b'), ('b', 'a'), ('c', 'né');
INSERT INTO usage_t VALUES ('日本', 'x', 1, '2024-01-01'), ('c', 'x', 'NaN', 'infinity'), (NULL, NULL, NULL, NULL);
SELECT tenant_metrics.setup('tenants_t', 'usage_t', 'text', feature_count => 0);
SELECT * FROM tenant_metrics.integrity('text');
SELECT expect_error('SELECT * FROM tenant_metrics.integrity(''missing'')');
SELECT expect_error('SELECT * FROM tenant_metrics.integrity(NULL)');

-- Status: a row for each source, the built-in one first; estimates are those of the last ANALYZE.
ANALYZE tenants, ai_feature_usage, tenants_t, usage_t;
SELECT * FROM tenant_metrics.status();
ALTER TABLE usage_t RENAME created_at TO at;
ALTER TABLE ai_feature_usage RENAME TO usage_of_ai;
SELECT source, usage, estimated_events, healthy, problem FROM tenant_metrics.status();
DROP TABLE usage_of_ai;
SELECT source, tenants, estimated_tenants, estimated_events, healthy, problem FROM tenant_metrics.status();
SELECT source, hint FROM tenant_metrics.status() WHERE source IN ('one', 'text');
SELECT tenant_metrics.setup('tenants_t', 'usage_t', usage_time => 'at');
SELECT source, tenants, usage, catalogue, healthy FROM tenant_metrics.status() WHERE source = 'default';

-- The parts of a table count; what is not known is NULL, and so is what a view has.
CREATE TABLE parted (LIKE usage_t) PARTITION BY LIST (feature_name);
CREATE TABLE part_a PARTITION OF parted FOR VALUES IN ('a');
CREATE TABLE part_b PARTITION OF parted FOR VALUES IN ('b') PARTITION BY LIST (tenant_id);
CREATE TABLE part_b_1 PARTITION OF part_b FOR VALUES IN ('1');
CREATE TABLE part_other PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT '1', chr(97 + n % 2), n, '2024-01-01' FROM generate_series(1, 30) AS n;
CREATE MATERIALIZED VIEW usage_kept AS SELECT * FROM parted;
CREATE VIEW usage_seen AS SELECT * FROM parted;
SELECT tenant_metrics.setup('tenants_t', usage::regclass, usage, usage_time => 'at', features => '{a}')
FROM unnest(ARRAY['parted', 'usage_kept', 'usage_seen']) AS usage;
CREATE VIEW estimates AS SELECT source, catalogue, estimated_events FROM tenant_metrics.status()
WHERE source IN ('parted', 'usage_kept', 'usage_seen');
SELECT * FROM estimates;
ANALYZE part_a;
SELECT * FROM estimates WHERE source = 'parted';
ANALYZE part_b_1, usage_kept;
SELECT * FROM estimates;

-- Nothing is planned: a view's functions are for those who read it.
CREATE FUNCTION trap() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE VIEW trapped AS SELECT * FROM usage_t WHERE trap();
SELECT tenant_metrics.setup('tenants_t', 'trapped', 'trapped', usage_time => 'at', features => '{a}');
SELECT source, usage, catalogue, estimated_events, healthy, problem FROM tenant_metrics.status() WHERE source = 'trapped';
SELECT expect_error('SELECT count(*) FROM tenant_dashboard_text(source => ''trapped'')');
SELECT expect_error('SELECT * FROM tenant_metrics.explain_text(source => ''trapped'')');

-- Explain: how a call would be answered, without answering it.
CREATE TABLE events (tenant_id int, feature_name text, inference_cost float8, created_at timestamptz);
INSERT INTO events SELECT 1, 'x', 1, '2024-01-01'::timestamptz + n * interval '1 minute' FROM generate_series(0, 999) AS n;
CREATE INDEX ON events (created_at);
ANALYZE events;
SELECT tenant_metrics.setup('tenants', 'events', 'events');
SELECT engine, reason, ruled_out, rows_from_events FROM tenant_metrics.explain(source => 'events');
SELECT engine, rows_from_events BETWEEN 80 AND 120 AS about_100
FROM tenant_metrics.explain(since => '2024-01-01 01:00', until => '2024-01-01 02:40', source => 'events');
SELECT engine, rows_from_events BETWEEN 0 AND 1 AS about_none FROM tenant_metrics.explain(root => 99, source => 'events');
SELECT engine FROM tenant_metrics.explain_text('99', source => 'events');
SELECT engine FROM tenant_metrics.explain_text();
SET tenant_metrics.engine = 'portable';
SELECT engine, reason FROM tenant_metrics.explain(source => 'events');
SET tenant_metrics.engine = 'aggregate';
SELECT engine, reason FROM tenant_metrics.explain(source => 'events');
RESET tenant_metrics.engine;

-- Why no cheaper way is open, and what happened last.
CREATE VIEW explained AS
SELECT engine, reason, ruled_out, last_engine, last_reason, last_single, last_passes FROM tenant_metrics.explain(source => 'events');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM tenant_dashboard(source => 'events');
TABLE explained;
SET LOCAL tenant_metrics.cache_limit = 0;
TABLE explained;
COMMIT;
SELECT engine, reason, rows_from_events FROM tenant_metrics.explain(root => 24, source => 'events');
CREATE TABLE many AS SELECT n AS tenant_id, 'x' AS feature_name, 1.5 AS inference_cost, now() AS created_at FROM generate_series(1, 3000) AS n;
SELECT tenant_metrics.setup('tenants', 'many', 'events');
SET tenant_metrics.memory_limit = '64kB';
SELECT count(*), sum(events) FROM tenant_dashboard(source => 'events');
TABLE explained;
RESET tenant_metrics.memory_limit;
ALTER TABLE many ENABLE ROW LEVEL SECURITY;
ALTER TABLE many FORCE ROW LEVEL SECURITY;
CREATE ROLE operations_reader;
GRANT USAGE ON SCHEMA operations TO operations_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA operations TO operations_reader;
SET ROLE operations_reader;
SELECT engine, ruled_out FROM tenant_metrics.explain(source => 'events');
SELECT tenant_id, detail FROM tenant_metrics.integrity('events', kinds => '{unattributed_usage}');
RESET ROLE;
DROP OWNED BY operations_reader;
DROP ROLE operations_reader;
ALTER TABLE many DISABLE ROW LEVEL SECURITY;
CREATE VIEW many_seen AS TABLE many;
SELECT tenant_metrics.setup('tenants', 'many_seen', 'events');
SELECT engine, ruled_out FROM tenant_metrics.explain(source => 'events');

SELECT expect_error('SET tenant_metrics.engine = fast');
SELECT left(expect_error, 5) AS too_small FROM expect_error('SET tenant_metrics.memory_limit = ''63kB''');
SHOW tenant_metrics.engine;
SHOW tenant_metrics.memory_limit;
SELECT expect_error('SELECT * FROM tenant_metrics.explain(source => ''missing'')');

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status();
DROP SCHEMA operations CASCADE;
