-- What calls share under row-level security and over views, what they do not, and how that is said.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA sharing;
SET search_path = sharing, public;
CREATE ROLE regress_shares;
GRANT USAGE ON SCHEMA sharing TO PUBLIC;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int, code text);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz, payload jsonb);
INSERT INTO tenants SELECT n, nullif(n / 2, 0), n FROM generate_series(1, 12) AS n;
INSERT INTO ai_feature_usage SELECT 1 + n % 12, 'f' || n % 4, 1, '2024-01-01', jsonb_build_object('cost', 1) FROM generate_series(0, 47) AS n;
CREATE INDEX ON tenants (parent_id);
ANALYZE tenants, ai_feature_usage;
GRANT SELECT ON tenants, ai_feature_usage TO PUBLIC;

CREATE FUNCTION open_now() RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN true; END';
CREATE FUNCTION open_now_and_then() RETURNS boolean LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN true; END';
CREATE FUNCTION open_for(tenant int) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN tenant > 0; END';
CREATE FUNCTION surely_open_for(tenant int) RETURNS boolean LANGUAGE plpgsql STABLE LEAKPROOF AS 'BEGIN RETURN tenant > 0; END';
CREATE SEQUENCE numbers;
GRANT SELECT ON numbers TO PUBLIC;

-- What a policy with this condition makes of the calls of a query over all tenants.
CREATE FUNCTION under_policy(INOUT condition text, OUT events bigint, OUT single bigint, OUT passes bigint, OUT cached bigint, OUT scalars text)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    EXECUTE format('ALTER POLICY visible ON ai_feature_usage USING (%s)', condition);
    SET LOCAL ROLE regress_shares;
    EXECUTE 'SELECT sum(tenant_events(id)) FROM tenants' INTO events;
    SELECT last_single, last_passes, last_cached INTO single, passes, cached FROM tenant_metrics.explain();
    SELECT e.scalars INTO scalars FROM tenant_metrics.explain() AS e;
    RESET ROLE;
END $$;
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON ai_feature_usage USING (true);
SET app.org = '1';
SET app.list = '1,2,3';
\x on
SELECT * FROM under_policy('true');
SELECT * FROM under_policy('tenant_id IN (SELECT id FROM tenants)');
SELECT * FROM under_policy('EXISTS (SELECT FROM tenants AS t WHERE t.id = tenant_id)');
SELECT * FROM under_policy($$tenant_id = current_setting('app.org')::int$$);
SELECT * FROM under_policy($$tenant_id = (SELECT current_setting('app.org')::int)$$);
SELECT * FROM under_policy($$tenant_id = ANY (string_to_array(current_setting('app.list'), ',')::int[])$$);
SELECT * FROM under_policy($$tenant_id IN (SELECT unnest(string_to_array(current_setting('app.list'), ','))::int)$$);
SELECT * FROM under_policy($$tenant_id::text = current_setting('app.org')$$);
SELECT * FROM under_policy($$tenant_id IN (WITH RECURSIVE below AS (SELECT 2 AS id UNION ALL SELECT t.id FROM tenants AS t JOIN below AS b ON t.parent_id = b.id) SELECT id FROM below)$$);
SELECT * FROM under_policy($$pg_has_role(current_user, 'regress_shares', 'member') AND created_at < statement_timestamp()$$);
SELECT * FROM under_policy('CASE WHEN tenant_id > 3 THEN inference_cost >= 1 ELSE coalesce(feature_name, $$f$$) <> $$g$$ END');
SELECT * FROM under_policy('open_now()');
SELECT * FROM under_policy('surely_open_for(tenant_id)');
-- An expression that can fail for another tenant.
SELECT * FROM under_policy('open_for(tenant_id)');
SELECT * FROM under_policy($$(payload ->> 'cost')::numeric > 0$$);
SELECT * FROM under_policy('tenant_id IN (SELECT code::int FROM tenants)');
SELECT * FROM under_policy('tenant_id = (SELECT t.id FROM tenants AS t WHERE t.id = tenant_id)');
-- What may give something else each time.
SELECT * FROM under_policy('open_now_and_then()');
SELECT * FROM under_policy('random() >= 0');
SELECT * FROM under_policy('(SELECT last_value FROM numbers) > 0');
SELECT * FROM under_policy('tenant_id IN (SELECT id FROM tenants TABLESAMPLE BERNOULLI (100))');
SELECT * FROM under_policy('xmax <> 1');
BEGIN;
CREATE TABLE young AS SELECT id FROM tenants;
GRANT SELECT ON young TO PUBLIC;
SELECT * FROM under_policy('tenant_id IN (SELECT id FROM young)');
ROLLBACK;
\x off
ALTER TABLE ai_feature_usage DISABLE ROW LEVEL SECURITY;

-- Views.
CREATE SCHEMA shared_views;
GRANT USAGE ON SCHEMA shared_views TO PUBLIC;
SET search_path = sharing, shared_views, public;
CREATE VIEW shared_views.positive AS SELECT tenant_id AS tenant, feature_name, inference_cost, created_at FROM ai_feature_usage WHERE inference_cost >= 0;
CREATE VIEW shared_views.nested AS SELECT tenant AS of_tenant, feature_name, inference_cost, created_at FROM positive WHERE feature_name <> 'x';
CREATE VIEW shared_views.barrier WITH (security_barrier) AS SELECT tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage WHERE inference_cost >= 0;
CREATE VIEW shared_views.parsed AS SELECT tenant_id, feature_name, (payload ->> 'cost')::numeric AS inference_cost, created_at FROM ai_feature_usage;
CREATE VIEW shared_views.doubled AS
    SELECT tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage
    UNION ALL SELECT tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
CREATE VIEW shared_views.totals AS
    SELECT tenant_id, feature_name, sum(inference_cost) AS inference_cost, max(created_at) AS created_at FROM ai_feature_usage GROUP BY 1, 2;
CREATE VIEW shared_views.counts AS SELECT tenant_id, feature_name, count(*) AS inference_cost, created_at FROM ai_feature_usage GROUP BY 1, 2, 4;
CREATE VIEW shared_views.joined AS
    SELECT u.tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage AS u JOIN tenants AS t ON t.id = u.tenant_id;
CREATE VIEW shared_views.sampled AS SELECT tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage TABLESAMPLE SYSTEM (100);
CREATE MATERIALIZED VIEW shared_views.stored AS SELECT tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
SET client_min_messages = notice;
SELECT tenant_metrics.setup('tenants', 'shared_views.positive', 'positive', usage_tenant => 'tenant');
SELECT tenant_metrics.setup('tenants', 'shared_views.nested', 'nested', usage_tenant => 'of_tenant');
SELECT tenant_metrics.setup('tenants', 'shared_views.parsed', 'parsed');
SELECT tenant_metrics.setup('tenants', 'shared_views.stored', 'stored');
SET client_min_messages = warning;
SELECT tenant_metrics.setup('tenants', 'shared_views.' || name, name) AS done FROM unnest('{barrier,doubled,totals,counts,joined,sampled}'::text[]) AS name \g /dev/null
SELECT source, scalars, missing_indexes FROM tenant_metrics.status();

CREATE FUNCTION over_view(INOUT source text, OUT events bigint, OUT single bigint, OUT passes bigint, OUT cached bigint, OUT cost numeric, OUT of_costs text)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    EXECUTE format('SELECT sum(tenant_events(id, source => %L)) FROM tenants', source) INTO events;
    SELECT last_single, last_passes, last_cached INTO single, passes, cached FROM tenant_metrics.explain();
    EXECUTE format('SELECT sum(tenant_cost(id, source => %L)) FROM tenants', source) INTO cost;
    SELECT concat_ws('/', last_single, last_passes, last_cached) INTO of_costs FROM tenant_metrics.explain();
END $$;
SELECT o.* FROM unnest('{positive,nested,barrier,parsed,doubled,totals,counts,joined,sampled,stored}'::text[]) AS name, over_view(name) AS o;

-- Another tenant's event that cannot be read ends no scalar about this one, whatever the order.
UPDATE ai_feature_usage SET payload = '{"cost": "free"}' WHERE tenant_id = 12;
SELECT id, tenant_cost(id, source => 'parsed') FROM tenants WHERE id < 12 ORDER BY id;
SELECT sum(tenant_events(id, source => 'parsed')) AS events FROM tenants;
SELECT tenant_subtree_cost(4, source => 'parsed'), tenant_subtree_events(1, source => 'parsed');
SELECT tenant_cost(12, source => 'parsed');
SELECT sum(cost) FROM tenant_dashboard(source => 'parsed');
SELECT engine, ruled_out, scalars FROM tenant_metrics.explain(source => 'sampled');
-- Nor does another tenant's row of a policy on tenants.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY numbered ON tenants USING (code::int > 0);
UPDATE tenants SET code = 'none' WHERE id = 11;
SET enable_seqscan = off;
SET ROLE regress_shares;
SELECT tenant_cost(1 + n % 4), tenant_subtree_cost(4), tenant_depth(12) FROM generate_series(0, 7) AS n;
SELECT scalars FROM tenant_metrics.explain();
SELECT tenant_depth(11);
RESET ROLE;

SELECT tenant_metrics.teardown(source) FROM tenant_metrics.status() WHERE source <> 'default' \g /dev/null
DROP SCHEMA sharing CASCADE;
DROP SCHEMA shared_views CASCADE;
DROP OWNED BY regress_shares;
DROP ROLE regress_shares;
