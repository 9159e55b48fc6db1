-- Readers answer with their caller's rights, and nothing else of the extension is for everybody.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA privileges;
SET search_path = privileges, public;

CREATE ROLE regress_nobody;
CREATE ROLE regress_analyst;
CREATE ROLE regress_owner;
CREATE TABLE tenants (id int PRIMARY KEY, name text, parent_id int);
CREATE TABLE ai_feature_usage (
    id serial, tenant_id int, feature_name text, inference_cost float8, created_at timestamptz, secret text);
INSERT INTO tenants VALUES (1, 'Acme', NULL), (2, 'East', 1), (3, 'West', 1), (4, 'West One', 3);
INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at) VALUES
    (1, 'a', 1, '2024-01-01'), (2, 'b', 2, '2024-01-02'), (3, 'c', 4, '2024-01-03'), (4, 'c', 8, '2024-01-04');

-- How many events the planner expects.
CREATE FUNCTION plain_rows(condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage WHERE '
            || condition INTO plan;
    RETURN plan #>> '{0,Plan,Plan Rows}';
END $$;

-- Without USAGE on the schema its tables cannot even be found; without SELECT they are refused.
ANALYZE tenants, ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'seen');
SET ROLE regress_nobody;
SELECT public.tenant_cost(1) AS invisible;
SELECT source, estimated_tenants, estimated_events, healthy, problem, hint FROM tenant_metrics.status();
RESET ROLE;
GRANT USAGE ON SCHEMA privileges TO PUBLIC;
SET ROLE regress_nobody;
SELECT expect_error('SELECT tenant_cost(1)');
SELECT expect_error('SELECT id FROM tenants') AS "as a SELECT would";
SELECT count(*) AS refused FROM unnest(ARRAY['tenant_depth(1)', 'tenant_events(1)', 'tenant_dashboard()', 'tenant_tree_json()',
    'tenant_descendants(1)', 'tenant_cost_text(''1'')', 'tenant_metrics.integrity()', 'tenant_dashboard_for(''{}'')']) AS call
WHERE first_line('SELECT ' || call) = '42501: permission denied for table tenants';
SELECT tenant_cost(NULL) AS "NULL reads nothing";
SELECT estimated_tenants, estimated_events, healthy, problem, hint FROM tenant_metrics.status() WHERE source = 'seen';
SELECT engine, rows_from_events FROM tenant_metrics.explain(source => 'seen');
SELECT engine, rows_from_events FROM tenant_metrics.explain(since => '2024-01-02', source => 'seen');
SELECT first_line('SELECT * FROM tenant_metrics.explain(1)');
RESET ROLE;

-- A reader needs exactly the columns it reads: the analyst may not see costs.
GRANT SELECT (id, parent_id) ON tenants TO regress_analyst;
GRANT SELECT (tenant_id, feature_name) ON ai_feature_usage TO regress_analyst;
SET ROLE regress_analyst;
SELECT tenant_events(1), tenant_subtree_events(1), tenant_features_used(3), tenant_subtree_adoption_rate(3) = 1 / 9::float8 AS rate,
       tenant_depth(4), tenant_path(4);
SELECT * FROM tenant_adoption_rates();
SELECT call, first_line('SELECT ' || call) FROM unnest(ARRAY[
    'tenant_cost(1)', 'tenant_subtree_cost(1)', 'tenant_last_used(1)', 'tenant_dashboard()', 'tenant_dashboard_for(''{1}'')',
    'tenant_subtree_costs()', 'tenant_tree_json(1)', 'tenant_events(1, ''2024-01-01'')', 'count(*) FROM tenant_metrics.dashboard',
    'tenant_metrics.integrity()', 'count(inference_cost) FROM ai_feature_usage']) AS call;
SELECT estimated_tenants, estimated_events, healthy, problem, hint FROM tenant_metrics.status() WHERE source = 'seen';
SELECT engine, rows_from_events FROM tenant_metrics.explain(1, source => 'seen');
RESET ROLE;
GRANT SELECT (created_at) ON ai_feature_usage TO regress_analyst;
SET ROLE regress_analyst;
SELECT tenant_last_used(1), tenant_events(1, '2024-01-01'), first_line('SELECT tenant_cost(1)');
RESET ROLE;
GRANT SELECT (inference_cost) ON ai_feature_usage TO regress_analyst;
SET ROLE regress_analyst;
SELECT tenant_id, cost, subtree_cost FROM tenant_dashboard();
SELECT count(*) FROM tenant_metrics.dashboard;
SELECT estimated_tenants, estimated_events, healthy, problem FROM tenant_metrics.status() WHERE source = 'seen';
SELECT rows_from_events FROM tenant_metrics.explain(source => 'seen');
RESET ROLE;

-- Row-level security: unknown and invisible tenants look the same, a hidden parent makes an orphan.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY west ON tenants TO regress_analyst USING (name LIKE 'West%');
CREATE POLICY cheap ON ai_feature_usage TO regress_analyst USING (inference_cost < 8);
SET ROLE regress_analyst;
SELECT tenant_id, parent_id, tree_status, depth, events, subtree_events, subtree_cost FROM tenant_dashboard();
SELECT id, tenant_cost(id), tenant_subtree_cost(id), tenant_depth(id), tenant_tree_json(id), tenant_is_descendant(4, id)
FROM unnest(ARRAY[1, 2, 99]) AS id;
SELECT estimated_tenants, estimated_events, healthy, problem FROM tenant_metrics.status() WHERE source = 'seen';
-- What explain says of events is what EXPLAIN says to the caller.
SELECT condition, rows_from_events = plain_rows(condition) AS as_plain
FROM (VALUES ('true', NULL, NULL), ('created_at >= ''2024-01-02''', '2024-01-02'::timestamptz, NULL),
             ('created_at < ''2024-01-02''', NULL, '2024-01-02'::timestamptz))
     AS asked (condition, since, until), tenant_metrics.explain(NULL, since, until, 'seen');
RESET ROLE;
SELECT tenant_subtree_cost(1) AS owner_sees_all;
SET row_security = off;
SET ROLE regress_analyst;
SELECT first_line('SELECT tenant_cost(3)'), first_line('SELECT count(id) FROM tenants') AS plain;
RESET ROLE;
RESET row_security;

-- A SECURITY DEFINER wrapper answers with its owner's rights, an invoker's view with its caller's.
CREATE FUNCTION cost_for_all(id bigint) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = privileges, pg_temp RETURN public.tenant_subtree_cost(id);
CREATE VIEW costs AS SELECT * FROM tenant_subtree_costs();
GRANT SELECT ON costs TO PUBLIC;
SET ROLE regress_nobody;
SELECT cost_for_all(1);
SELECT first_line('SELECT * FROM costs');
SELECT cost_for_all(3), first_line('SELECT tenant_subtree_cost(3)');
RESET ROLE;
-- One transaction, several roles: nothing is remembered from one to the other.
BEGIN;
SELECT tenant_subtree_cost(3);
SET LOCAL ROLE regress_analyst;
SELECT tenant_subtree_cost(3), cost_for_all(3);
SET LOCAL ROLE regress_nobody;
SELECT first_line('SELECT tenant_subtree_cost(3)'), cost_for_all(3);
ROLLBACK;

-- Set-up is for those to whom it was granted, and for tables of their own.
SET ROLE regress_owner;
SELECT expect_error($$SELECT tenant_metrics.setup('tenants', 'ai_feature_usage')$$);
SELECT expect_error($$SELECT tenant_metrics.teardown('default')$$);
SELECT expect_error('SELECT * FROM tenant_metrics.source');
SELECT expect_error($$INSERT INTO tenant_metrics.source (name) VALUES ('x')$$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION tenant_metrics.setup, tenant_metrics.teardown TO regress_owner;
GRANT CREATE ON SCHEMA privileges TO regress_owner;
SET ROLE regress_owner;
CREATE TABLE own_tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE own_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamptz);
SELECT expect_error($$SELECT tenant_metrics.setup('tenants', 'own_usage', 'own')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('own_tenants', 'ai_feature_usage', 'own')$$);
SELECT tenant_metrics.setup('own_tenants', 'own_usage', 'own');
-- Its NOTICE reads usage as the caller, where the caller may.
INSERT INTO own_usage VALUES (1, 'a', 1, '2024-01-01');
SET client_min_messages = notice;
SELECT tenant_metrics.setup('own_tenants', 'own_usage', 'own', features => '{a,b}');
REVOKE SELECT ON own_usage FROM regress_owner;
SELECT tenant_metrics.setup('own_tenants', 'own_usage', 'own', features => '{a,b}');
SET client_min_messages = warning;
RESET ROLE;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'foreign');
SET ROLE regress_owner;
SELECT expect_error($$SELECT tenant_metrics.teardown('foreign')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('own_tenants', 'own_usage', 'foreign')$$) AS "taking over";
SELECT tenant_metrics.teardown('own');
RESET ROLE;
SELECT tenant_metrics.teardown(source) FROM tenant_metrics.status() WHERE source = 'foreign';

-- The aggregate is for everybody, its support functions and their states are the server's.
SET ROLE regress_nobody;
SELECT tenant_metrics.usage_state(1, 'a'::text, 1, now()) IS NOT NULL AS allowed;
SELECT oid::regproc, has_function_privilege(oid, 'EXECUTE') AS allowed FROM pg_proc
WHERE pronamespace = 'tenant_metrics'::regnamespace AND proname LIKE 'usage_state_%' ORDER BY oid::regproc::text;
RESET ROLE;

SELECT tenant_metrics.teardown('seen');
REVOKE ALL ON FUNCTION tenant_metrics.setup, tenant_metrics.teardown FROM regress_owner;
DROP SCHEMA privileges CASCADE;
DROP OWNED BY regress_owner, regress_analyst, regress_nobody;
DROP ROLE regress_owner;
DROP ROLE regress_analyst;
DROP ROLE regress_nobody;
