-- Usage without costs, without features or without times: what needs no such column answers, columns made of it are NULL,
-- and functions that are about it say so; on both engines.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA lacking;
SET search_path = lacking, public;

-- 1 is above 2 and 3.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1);
CREATE TABLE calls (tenant_id int, feature_name text, created_at timestamptz);
INSERT INTO calls VALUES (1, 'chat', '2024-01-01'), (2, 'chat', '2024-02-01'), (2, 'search', '2024-02-02'), (9, 'chat', '2024-02-01');
CREATE TABLE bills (tenant_id int, inference_cost numeric, created_at timestamptz);
INSERT INTO bills VALUES (1, 1.5, '2024-01-01'), (2, 2, '2024-02-01'), (2, NULL, '2024-02-02');
CREATE TABLE uses (tenant_id int, feature_name text);
INSERT INTO uses VALUES (1, 'chat'), (2, 'chat'), (2, 'search');
SELECT tenant_metrics.setup('tenants', 'calls', 'calls', usage_cost => NULL),
       tenant_metrics.setup('tenants', 'bills', 'bills', usage_feature => NULL),
       tenant_metrics.setup('tenants', 'uses', 'uses', usage_cost => NULL, usage_time => NULL, features => '{chat,search}'),
       tenant_metrics.setup('tenants', 'uses', 'ids', usage_feature => NULL, usage_cost => NULL, usage_time => NULL);
SELECT source, catalogue, healthy, problem FROM tenant_metrics.status() WHERE source <> 'default';
\set of_all 'unnest(''{calls,bills,uses,ids}''::text[]) AS s (source)'
\pset null -

CREATE PROCEDURE answers(engine text) LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('tenant_metrics.engine', engine, false); END $$;
CALL answers('aggregate');
SELECT source, tenant_id AS id, events AS n, subtree_events AS ns, features_used AS f, subtree_features_used AS fs, adoption_rate AS rate,
       subtree_adoption_rate AS rates, cost AS c, subtree_cost AS cs, unpriced_events AS u, last_used AS l, subtree_last_used AS ls
FROM :of_all, tenant_dashboard(source => source) WHERE tenant_id < 3;
SELECT source, jsonb_pretty(tenant_tree_json(3, source => source) - 'children') FROM :of_all WHERE source IN ('calls', 'bills');
SELECT * FROM tenant_feature_breakdown(1, source => 'calls');
SELECT * FROM tenant_feature_breakdown(1, source => 'uses');
SELECT * FROM tenant_feature_matrix(1, source => 'calls');
SELECT * FROM tenant_feature_adoption(1, source => 'uses');
SELECT * FROM tenant_usage_series(1, source => 'calls', bucket => 'month');
SELECT * FROM tenant_usage_series(1, source => 'bills', bucket => 'month');
SELECT * FROM tenant_compare(1, '2024-02-01', '2024-03-01', source => 'calls');
SELECT * FROM tenant_compare(1, '2024-02-01', '2024-03-01', source => 'bills');
CALL answers('portable');
SELECT source, tenant_id AS id, events AS n, subtree_events AS ns, features_used AS f, subtree_features_used AS fs, adoption_rate AS rate,
       subtree_adoption_rate AS rates, cost AS c, subtree_cost AS cs, unpriced_events AS u, last_used AS l, subtree_last_used AS ls
FROM :of_all, tenant_dashboard(source => source) WHERE tenant_id < 3;
SELECT * FROM tenant_feature_breakdown(1, source => 'uses');
SELECT * FROM tenant_feature_adoption(1, source => 'uses');
SELECT * FROM tenant_usage_series(1, source => 'calls', bucket => 'month');
SELECT * FROM tenant_compare(1, '2024-02-01', '2024-03-01', source => 'bills');
CALL answers('auto');

-- Without by, tenants are ranked by what there is; every number of the dashboard can be asked for.
SELECT source, t.rank, tenant_id, value, share FROM :of_all, tenant_top(2, source => source) AS t;
SELECT by, t.rank, tenant_id, value, share FROM unnest('{subtree_events,features_used,subtree_features_used,subtree_adoption_rate,depth,height,descendants}'::text[]) AS by,
       tenant_top(2, by, source => 'uses') AS t;
SELECT by, t.rank, tenant_id, value, share, prior_value, change FROM unnest('{unpriced_events,subtree_events,descendants}'::text[]) AS by,
       tenant_top(2, by, since => '2024-02-01', until => '2024-03-01', source => 'bills') AS t;

-- What is about a column that the source lacks says so, whoever is asked for.
SELECT call, expect_error('SELECT * FROM ' || call) FROM unnest(ARRAY[
    'tenant_cost(1, source => ''calls'')', 'tenant_subtree_cost(NULL, source => ''calls'')', 'tenant_subtree_costs(source => ''calls'')',
    'tenant_top(1, ''cost'', source => ''calls'')', 'tenant_top(1, ''growth'', since => ''2024-01-01'', until => ''2024-02-01'', source => ''calls'')',
    'tenant_adoption_rate(1, source => ''bills'')', 'tenant_subtree_features_used(1, source => ''bills'')', 'tenant_adoption_rates(source => ''bills'')',
    'tenant_feature_breakdown(1, source => ''bills'')', 'tenant_feature_matrix(source => ''bills'')', 'tenant_feature_adoption(source => ''bills'')',
    'tenant_last_used(1, source => ''uses'')', 'tenant_usage_series(1, source => ''uses'')', 'tenant_usage_series_for(''{1}'', source => ''uses'')',
    'tenant_activity(source => ''uses'')', 'tenant_events(1, since => ''2024-01-01'', source => ''uses'')', 'tenant_dashboard(until => ''2024-01-01'', source => ''uses'')',
    'tenant_compare(1, ''2024-01-01'', ''2024-02-01'', source => ''uses'')', 'tenant_metrics.explain(since => ''2024-01-01'', source => ''uses'')']) AS call;

-- Nothing is wrong with what is not there. A catalogue is one of features.
SELECT source, kind, tenant_id, detail, n FROM :of_all, tenant_metrics.integrity(source);
SELECT source, kind, tenant_id, detail, n FROM :of_all, tenant_metrics.integrity(source, '{unpriced,future_event,unused_feature}');
SELECT call, expect_error(format('SELECT tenant_metrics.setup(''tenants'', ''uses'', ''wrong'', usage_feature => NULL, usage_cost => NULL, usage_time => NULL, %s)', call))
FROM unnest(ARRAY['features => ''{a}''', 'feature_count => 3', 'feature_table => ''uses'', feature_column => ''feature_name''']) AS call;
SELECT expect_error($$SELECT tenant_metrics.setup('tenants', 'uses', 'wrong', usage_tenant => NULL)$$);

-- Spans that call no model have no cost by their nature. A condition in a view leaves them out, or gives them one; what is left is a finding.
CREATE TABLE spans (tenant_id int, feature_name text, kind text, inference_cost numeric, created_at timestamptz);
INSERT INTO spans VALUES (1, 'chat', 'llm', 0.5, '2024-01-01'), (1, 'chat', 'tool', NULL, '2024-01-01'), (2, 'chat', 'llm', NULL, '2024-02-01'),
    (2, 'search', 'retriever', NULL, '2024-02-01'), (2, 'search', NULL, NULL, '2024-02-01'), (2, 'search', 'embedding', 'NaN', '2024-02-01');
CREATE VIEW model_calls AS SELECT * FROM spans WHERE kind IN ('llm', 'embedding');
CREATE VIEW priced_spans AS SELECT tenant_id, feature_name, created_at, CASE WHEN kind IN ('llm', 'embedding') THEN inference_cost ELSE 0 END AS inference_cost FROM spans;
SELECT count(*) FILTER (WHERE tenant_metrics.setup('tenants', source::regclass, source) IS NULL) FROM unnest('{spans,model_calls,priced_spans}'::text[]) AS source;
CREATE VIEW span_findings AS SELECT source, kind, tenant_id, detail, n FROM unnest('{spans,model_calls,priced_spans}'::text[]) AS source, tenant_metrics.integrity(source);
CALL answers('aggregate');
TABLE span_findings;
CALL answers('portable');
TABLE span_findings;
CALL answers('auto');
SELECT source, tenant_id, events, cost, unpriced_events FROM unnest('{spans,model_calls,priced_spans}'::text[]) AS source, tenant_dashboard(source => source) WHERE events > 0;
SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) FROM unnest('{spans,model_calls,priced_spans}'::text[]) AS source;

-- Only columns that are there need rights.
CREATE ROLE lacking_reader;
GRANT USAGE ON SCHEMA lacking TO lacking_reader;
GRANT SELECT ON tenants TO lacking_reader;
GRANT SELECT (tenant_id) ON uses TO lacking_reader;
SET ROLE lacking_reader;
SELECT source, healthy, problem FROM tenant_metrics.status() WHERE source IN ('uses', 'ids') ORDER BY source;
SELECT tenant_id, events, subtree_events FROM tenant_dashboard(source => 'ids');
SELECT count(*), sum(tenant_subtree_events(id, source => 'ids')) FROM tenants;
RESET ROLE;

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM :of_all;
DROP SCHEMA lacking CASCADE;
DROP ROLE lacking_reader;
