-- Further columns that are summed beside the cost, on both engines.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA measures;
SET search_path = measures, public;
\pset null -

-- 1 is above 2 and 3; 30 and 31 are on a cycle; nobody is 99.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (30, 31), (31, 30);
CREATE TABLE calls (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz,
                    prompt_tokens int, "Cached" bigint, seconds float8, rate real, credit numeric(12,2), tries smallint, note text);
INSERT INTO calls VALUES
    (1, 'chat', 1.5, '2024-01-10', 100, 9223372036854775807, 0.1, 0.1, 1.25, 1), (2, 'chat', 2, '2024-02-01', 2147483647, 9223372036854775807, 0.2, 0.3, -3.5, 32767),
    (2, 'search', NULL, '2024-02-03', 2147483647, NULL, 'NaN', 'Infinity', 'NaN', NULL), (3, 'chat', 'NaN', '2024-02-05', NULL, -1, '-Infinity', NULL, NULL, -1),
    (3, 'chat', 1, '2024-03-01', 3, -9223372036854775808, 1, 1, 1, 1),
    (30, 'chat', 64, '2024-02-07', 7, 7, 7, 7, 7, 7), (99, 'chat', 128, '2024-02-07', 9, 9, 9, 9, 9, 9);
SELECT tenant_metrics.setup('tenants', 'calls', measures => '{prompt_tokens,Cached,seconds,rate,credit,tries}');
SELECT source, measures, healthy FROM tenant_metrics.status();

CREATE PROCEDURE answers(engine text) LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('tenant_metrics.engine', engine, false); END $$;
CALL answers('aggregate');
SELECT * FROM tenant_measures();
SELECT * FROM tenant_measures(1, '2024-02-01', '2024-02-05', max_depth => 0);
CALL answers('portable');
SELECT * FROM tenant_measures();
SELECT * FROM tenant_measures(1, '2024-02-01', '2024-02-05', max_depth => 0);
CALL answers('auto');

-- Own events without a value, on both engines; of the cost they are the unpriced ones, even where it is listed.
SELECT tenant_metrics.setup('tenants', 'calls', 'listed', measures => '{inference_cost,tries}');
CREATE VIEW missing AS
SELECT engine, i.* FROM unnest('{aggregate,portable}'::text[]) AS engine, set_config('tenant_metrics.engine', engine, false),
       LATERAL tenant_metrics.integrity(CASE WHEN set_config IS NOT NULL THEN 'default' END, '{missing_measure}') AS i;
SELECT string_agg(engine, ' ') AS engines, kind, tenant_id, detail, n FROM missing GROUP BY kind, tenant_id, detail, n ORDER BY kind, tenant_id, detail COLLATE "C";
SELECT tenant_id, measure, missing_events FROM tenant_measures() WHERE missing_events > 0 AND measure <> 'cost'
EXCEPT ALL SELECT tenant_id::int, detail, n FROM tenant_metrics.integrity(kinds => '{missing_measure}');
SELECT * FROM tenant_metrics.integrity('listed', '{missing_measure,unpriced}');
SELECT tenant_metrics.teardown('listed');
CALL answers('auto');

-- Scalars share the pass of the statement with all others; NULL is the cost, whatever its column is called.
SELECT id, tenant_measure(id, NULL) AS n, tenant_measure(id, 'cost') AS c, tenant_measure(id, 'inference_cost') AS i, tenant_cost(id) AS cost,
       tenant_measure(id, 'prompt_tokens') AS prompt, tenant_subtree_measure(id, 'Cached') AS cached, tenant_subtree_measure(id, 'credit', '2024-02-01') AS credit
FROM tenants ORDER BY id;
SELECT tenant_measure(NULL, 'tries'), tenant_measure(77, 'tries'), tenant_subtree_measure(77, 'tries'), tenant_subtree_measure_text('2', 'tries');
-- What dashboards divide by hand.
SELECT tenant_id, round(own / nullif(events, 0), 3) AS prompt_tokens_per_event, round(cost * 1000 / nullif(own, 0), 9) AS cost_per_thousand
FROM tenant_measures(1) JOIN tenant_dashboard(1) USING (tenant_id) WHERE measure = 'prompt_tokens';
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY[
    'tenant_measure(1, ''tokens'')', 'tenant_measure(1, ''cached'')', 'tenant_measure(1, ''note'')', 'tenant_measure(1, '''')',
    'tenant_subtree_measure(1, ''prompt_tokens,tries'')', 'tenant_measures(1, max_depth => -1)', 'tenant_measure_uuid(NULL, ''tries'')']) AS call;
SET tenant_metrics.on_cycle = error;
SELECT expect_error('SELECT tenant_subtree_measure(30, ''tries'')');
RESET tenant_metrics.on_cycle;

-- Readers of questions show one measure in a column of its own, on both engines; without one it is the cost.
CALL answers('aggregate');
SELECT feature, events, cost, value, value_share FROM tenant_feature_breakdown(1, measure => 'Cached');
SELECT feature, cost, cost_share, value, value_share FROM tenant_feature_breakdown(1);
SELECT * FROM tenant_feature_matrix(1, scope => 'subtree', measure => 'prompt_tokens');
SELECT bucket_start, events, cost, unpriced_events, value, missing_events FROM tenant_usage_series(1, bucket => 'month', measure => 'seconds');
SELECT tenant_id, bucket_local, value, missing_events FROM tenant_usage_series_for('{2,1}', bucket => 'quarter', measure => 'credit');
SELECT * FROM tenant_top(3, measure => 'tries');
SELECT * FROM tenant_top(2, 'unpriced_events', measure => 'Cached');
SELECT tenant_id, cost, value, prior_value, value_change, subtree_value, prior_subtree_value, subtree_value_change
FROM tenant_compare(since => '2024-02-01', until => '2024-03-01', measure => 'prompt_tokens');
CALL answers('portable');
SELECT feature, events, cost, value, value_share FROM tenant_feature_breakdown(1, measure => 'Cached');
SELECT feature, cost, cost_share, value, value_share FROM tenant_feature_breakdown(1);
SELECT * FROM tenant_feature_matrix(1, scope => 'subtree', measure => 'prompt_tokens');
SELECT bucket_start, events, cost, unpriced_events, value, missing_events FROM tenant_usage_series(1, bucket => 'month', measure => 'seconds');
SELECT tenant_id, bucket_local, value, missing_events FROM tenant_usage_series_for('{2,1}', bucket => 'quarter', measure => 'credit');
SELECT * FROM tenant_top(3, measure => 'tries');
SELECT * FROM tenant_top(2, 'unpriced_events', measure => 'Cached');
SELECT tenant_id, cost, value, prior_value, value_change, subtree_value, prior_subtree_value, subtree_value_change
FROM tenant_compare(since => '2024-02-01', until => '2024-03-01', measure => 'prompt_tokens');
CALL answers('auto');
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY['tenant_feature_breakdown(1, measure => ''nothing'')', 'tenant_top(1, measure => '''')',
    'tenant_usage_series(1, measure => ''cached'')', 'tenant_compare(since => ''2024-02-01'', until => ''2024-03-01'', measure => ''note'')']) AS call;

-- Set-up takes sixteen at most, each once, of types that can be summed.
CREATE TABLE wide (LIKE calls, cost int);
SELECT format('ALTER TABLE wide %s', string_agg(format('ADD m%s int', n), ', ')) FROM generate_series(1, 17) AS n \gexec
SELECT call, expect_error(format('SELECT tenant_metrics.setup(''tenants'', ''wide'', ''wrong'', measures => %L)', call)) FROM unnest(ARRAY[
    '{prompt_tokens,Cached,prompt_tokens}', '{tokens}', '{cached}', '{note}', '{created_at}', '{ctid}', '{cost}', '{prompt_tokens,NULL}', '{NULL}', '{{tries},{rate}}', '{"tries "}', '{"\"Cached\""}', '{parent_id}', NULL,
    '{m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17}']) AS call;
-- The cost may be listed among them, and is no other measure.
SELECT tenant_metrics.setup('tenants', 'wide', 'all', usage_cost => 'cost', measures => '{cost,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m16}');
INSERT INTO wide (tenant_id, created_at, cost, m1, m16) SELECT 1, '2024-01-01', n, n * 10, n * 100 FROM generate_series(1, 3) AS n;
SELECT string_agg(concat_ws(' ', measure, own, missing_events), ', ') FROM tenant_measures(1, source => 'all', max_depth => 0);
-- Without a cost there is none among the measures.
SELECT tenant_metrics.setup('tenants', 'wide', 'free', usage_cost => NULL, usage_time => NULL, usage_feature => NULL, measures => '{m1}');
SELECT * FROM tenant_measures(1, source => 'free');
SELECT * FROM tenant_top(1, source => 'free', measure => 'm1');
SELECT expect_error('SELECT tenant_top(1, ''cost'', source => ''free'')');
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY[
    'tenant_measure(1, NULL, source => ''free'')', 'tenant_measure(1, ''cost'', source => ''free'')', 'tenant_measure(1, ''m2'', source => ''free'')',
    'tenant_measure(1, ''m1'', ''2024-01-01'', source => ''free'')']) AS call;

-- Only the measure that is asked for needs a right, and only that one has to be there.
CREATE ROLE measures_reader;
GRANT USAGE ON SCHEMA measures TO measures_reader;
GRANT SELECT ON tenants TO measures_reader;
GRANT SELECT (tenant_id, created_at, prompt_tokens, tries) ON calls TO measures_reader;
SET ROLE measures_reader;
SELECT tenant_subtree_measure(1, 'prompt_tokens'), tenant_measure(2, 'tries', '2024-02-01');
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY['tenant_measure(1, ''seconds'')', 'tenant_measure(1, NULL)', 'tenant_measures(1)',
    'tenant_metrics.integrity(kinds => ''{missing_measure}'')', 'tenant_metrics.integrity(kinds => ''{unattributed_usage,unusable_column}'')']) AS call;
RESET ROLE;
ALTER TABLE calls RENAME tries TO retries;
ALTER TABLE calls ALTER rate TYPE text;
SELECT tenant_subtree_measure(1, 'prompt_tokens'), tenant_cost(1);
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY['tenant_measure(1, ''tries'')', 'tenant_measure(1, ''rate'')', 'tenant_measures(1)']) AS call;
SELECT source, healthy, problem, hint FROM tenant_metrics.status() WHERE source = 'default';
-- What cannot be used any more is listed, and the rest is answered.
SELECT * FROM tenant_metrics.integrity() WHERE kind IN ('missing_measure', 'unusable_column', 'unpriced');
ALTER TABLE calls RENAME retries TO tries;
SELECT source, healthy, problem FROM tenant_metrics.status() WHERE source = 'default';
-- The built-in source has no measure but the cost.
SELECT tenant_metrics.teardown('default'), tenant_metrics.teardown('all'), tenant_metrics.teardown('free'), tenant_metrics.teardown('wrong');
ALTER TABLE calls RENAME TO ai_feature_usage;
SELECT count(*) FROM tenant_metrics.integrity(kinds => '{missing_measure,similar_value,unusable_column}');
SELECT measure, own FROM tenant_measures(2);
SELECT expect_error('SELECT tenant_measure(2, ''prompt_tokens'')');

DROP SCHEMA measures CASCADE;
DROP ROLE measures_reader;
