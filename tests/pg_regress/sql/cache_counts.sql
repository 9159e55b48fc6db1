-- How answers come about: singly while that is cheaper, then by one pass for each source and window, then from memory.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_counts;
SET search_path = cache_counts, public;
-- Two tenants have no events, one event has no tenant.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, 2), (6, 5), (7, NULL), (8, 7);
INSERT INTO ai_feature_usage
SELECT 1 + n % 6, 'f' || n % 4, n, '2024-01-01'::timestamp + n * interval '1 day' FROM generate_series(1, 24) AS n;
INSERT INTO ai_feature_usage VALUES (99, 'f1', 1000, '2024-01-01');
ANALYZE tenants, ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_counts', features => '{f1,f2}');
CREATE VIEW counts AS SELECT last_single AS single, last_passes AS passes, last_cached AS cached FROM tenant_metrics.explain();

-- One, two, four, eight scalars share one pass, in whatever order they need columns.
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT * FROM counts;
SELECT sum(tenant_events(id)) AS events, sum(tenant_subtree_cost(id)) AS cost FROM tenants;
SELECT * FROM counts;
SELECT id, tenant_adoption_rate(id), tenant_subtree_cost(id), tenant_last_used(id), tenant_subtree_events(id) FROM tenants ORDER BY 3 DESC, 1;
SELECT * FROM counts;
SELECT id, tenant_events(id), tenant_features_used(id), tenant_cost(id), tenant_subtree_adoption_rate(id), tenant_subtree_features_used(id),
       tenant_subtree_cost(id), tenant_subtree_events(id), tenant_subtree_last_used(id) FROM tenants ORDER BY id;
SELECT * FROM counts;
-- They equal plain SQL.
WITH RECURSIVE below AS (
    SELECT id AS root, id FROM tenants UNION ALL SELECT b.root, t.id FROM below AS b JOIN tenants AS t ON t.parent_id = b.id)
SELECT count(*) AS different FROM (
    SELECT b.root, count(u.tenant_id), coalesce(sum(u.inference_cost), 0), count(DISTINCT u.feature_name), max(u.created_at) AT TIME ZONE 'UTC',
           count(u.tenant_id) FILTER (WHERE b.id = b.root), coalesce(sum(u.inference_cost) FILTER (WHERE b.id = b.root), 0),
           count(DISTINCT u.feature_name) FILTER (WHERE b.id = b.root), max(u.created_at) FILTER (WHERE b.id = b.root) AT TIME ZONE 'UTC'
    FROM below AS b LEFT JOIN ai_feature_usage AS u ON u.tenant_id = b.id GROUP BY b.root
    EXCEPT
    SELECT id, tenant_subtree_events(id), tenant_subtree_cost(id), tenant_subtree_features_used(id), tenant_subtree_last_used(id),
           tenant_events(id), tenant_cost(id), tenant_features_used(id), tenant_last_used(id) FROM tenants) AS d;

-- Call sites: WHERE, ORDER BY, GROUP BY, HAVING, CASE, joins, subqueries, aggregates, the twins for text.
SELECT t.id, count(*), max(tenant_cost_text(t.id::text))
FROM tenants AS t JOIN tenants AS p ON tenant_subtree_cost(p.id) > tenant_cost(t.id)
WHERE tenant_events(t.id) > 0
GROUP BY t.id, tenant_last_used(t.id)
HAVING max(CASE WHEN tenant_depth(t.id) = 0 THEN tenant_subtree_cost_text(t.id::text) ELSE tenant_cost(t.id) END) > 50
ORDER BY tenant_subtree_events(t.id) DESC, (SELECT sum(tenant_features_used(c.id)) FROM tenants AS c WHERE c.parent_id = t.id), t.id;
SELECT passes FROM counts;

-- EXPLAIN ANALYZE answers as the statement does, and says how; a query within the statement counts too.
CREATE FUNCTION explained(options text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE format('EXPLAIN (COSTS OFF, %s) %s', options, query) LOOP
        IF line LIKE '%Tenant Metrics%' THEN RETURN NEXT line; END IF;
    END LOOP;
END $$;
CREATE FUNCTION explained_json(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
    RETURN json_build_array(plan -> 0 -> 'Plan' ->> 'Node Type', plan -> 1);
END $$;
SELECT explained('ANALYZE', 'SELECT tenant_cost(id), tenant_subtree_cost(id) FROM tenants');
SELECT explained('ANALYZE', 'SELECT tenant_cost(1)');
SELECT explained('ANALYZE', 'SELECT count(*) FROM tenant_dashboard()');
SELECT explained('ANALYZE', 'SELECT (SELECT sum(tenant_cost(id)) FROM tenants), tenant_depth(6)');
SELECT explained('ANALYZE', 'SELECT count(*) FROM tenants');
SELECT explained('VERBOSE', 'SELECT tenant_cost(id) FROM tenants');
SELECT explained_json('SELECT tenant_cost(id), tenant_subtree_cost(id) FROM tenants');
SELECT explained_json('SELECT count(*) FROM tenants');
-- An error on the way to it is the server's, with all its fields.
SELECT explained('ANALYZE', 'SELECT tenant_cost(id) / 0 FROM tenants');
EXPLAIN SELECT missing FROM tenants;

-- Set-returning functions share it too, with scalars and with one another, whichever comes first.
SELECT d.tenant_id, d.cost, d.subtree_cost, tenant_cost(d.tenant_id), tenant_subtree_cost(d.tenant_id) FROM tenant_dashboard() AS d WHERE d.events > 0;
SELECT * FROM counts;
SELECT (SELECT sum(tenant_cost(id)) FROM tenants) AS called, (SELECT sum(cost) FROM tenant_dashboard()) AS cost,
       (SELECT sum(subtree_cost) FROM tenant_subtree_costs()) AS costs, (SELECT sum(adoption_rate)::numeric(9, 4) FROM tenant_adoption_rates()) AS rates,
       (SELECT count(*) FROM tenant_dashboard_for('{1,2,77}')) AS page, jsonb_array_length(tenant_tree_json()) AS roots;
SELECT passes FROM counts;
SELECT count(*), sum(c.subtree_cost), sum(tenant_subtree_cost(c.tenant_id)),
       sum(tenant_adoption_rate(c.tenant_id))::numeric(9, 4) AS rates FROM tenant_subtree_costs() AS c;
SELECT passes FROM counts;
SELECT count(*) FROM tenant_adoption_rates() AS r JOIN tenant_subtree_costs() AS c USING (tenant_id) JOIN tenant_dashboard() AS d USING (tenant_id);
SELECT passes FROM counts;

SELECT sum(r.adoption_rate)::numeric(9, 4) AS own, sum(tenant_subtree_adoption_rate(r.tenant_id))::numeric(9, 4) AS subtrees FROM tenant_adoption_rates() AS r;
SELECT passes FROM counts;

-- Each window and each source has its own pass, and keeps it while the others are asked.
SELECT id, tenant_cost(id) AS always, tenant_cost(id, '2024-01-13') AS late, tenant_cost(id, NULL, '2024-01-13') AS early,
       tenant_cost(id, '2024-01-10', '2024-01-10') AS empty, tenant_features_used(id, source => 'cache_counts') AS of_source
FROM tenants ORDER BY id;
SELECT * FROM counts;
SELECT count(*) AS different FROM tenants AS t
WHERE tenant_cost(id, '2024-01-13') <> (SELECT coalesce(sum(inference_cost), 0) FROM ai_feature_usage WHERE tenant_id = t.id AND created_at >= '2024-01-13')
   OR tenant_cost(id, NULL, '2024-01-13') <>
        (SELECT coalesce(sum(inference_cost), 0) FROM ai_feature_usage WHERE tenant_id = t.id AND created_at < '2024-01-13')
   OR tenant_features_used(id, source => 'cache_counts')
      <> (SELECT count(DISTINCT feature_name) FROM ai_feature_usage WHERE tenant_id = t.id AND feature_name IN ('f1', 'f2'));
SELECT passes FROM counts;
-- More windows than are kept.
SELECT count(*) AS windows, sum(different) AS different
FROM (SELECT day, count(*) FILTER (WHERE tenant_cost(t.id, day, day + interval '1 day') <> (
                 SELECT coalesce(sum(inference_cost), 0) FROM ai_feature_usage WHERE tenant_id = t.id AND created_at::date = day)) AS different
      FROM tenants AS t, generate_series('2024-01-01'::timestamp, '2024-01-25', interval '1 day') AS day GROUP BY day ORDER BY day) AS d;

-- A pass lasts for the statements of a transaction that sees no change, and no longer.
BEGIN;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT sum(tenant_subtree_cost(id)) FROM tenants;
SELECT * FROM counts;
SELECT sum(subtree_cost) FROM tenant_dashboard();
SELECT * FROM counts;
INSERT INTO ai_feature_usage VALUES (1, 'f1', 1, '2024-01-01');
SELECT sum(tenant_subtree_cost(id)) FROM tenants;
SELECT * FROM counts;
ROLLBACK;
SELECT sum(tenant_subtree_cost(id)) FROM tenants;
SELECT * FROM counts;
-- A statement without scalars leaves the counts as they are; explain itself is not counted.
SELECT count(*) FROM tenants;
SELECT * FROM counts;

-- Nothing is kept, or it does not fit: each call is answered on its own, and all are right.
CREATE TABLE expected AS SELECT id, tenant_cost(id) AS cost, tenant_subtree_cost(id) AS subtree_cost, tenant_path(id) AS path FROM tenants;
CREATE VIEW actual AS SELECT id, tenant_cost(id) AS cost, tenant_subtree_cost(id) AS subtree_cost, tenant_path(id) AS path FROM tenants;
SET tenant_metrics.cache_limit = 0;
TABLE actual EXCEPT TABLE expected;
SELECT * FROM counts;
SET tenant_metrics.cache_limit = '1kB';
TABLE actual EXCEPT TABLE expected;
SELECT single > 10 AS mostly_single, passes FROM counts;
SET tenant_metrics.engine = portable;
TABLE actual EXCEPT TABLE expected;
SELECT single > 10 AS mostly_single, passes FROM counts;
RESET tenant_metrics.cache_limit;
TABLE actual EXCEPT TABLE expected;
SELECT single, passes FROM counts;
RESET tenant_metrics.engine;
-- The limit counts from when it is set, also within one snapshot.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)) FROM tenants;
SET LOCAL tenant_metrics.cache_limit = 0;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT * FROM counts;
ROLLBACK;

-- Large tables with indexes: a few tenants are answered singly, all of them by a pass.
CREATE SCHEMA cache_counts_large;
SET search_path = cache_counts_large, cache_counts, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants SELECT n, nullif(n / 10, 0) FROM generate_series(1, 10000) AS n;
INSERT INTO ai_feature_usage
SELECT 1 + n % 10000, 'f' || n % 7, n % 100, '2024-01-01'::timestamp + n * interval '1 minute' FROM generate_series(1, 60000) AS n;
CREATE INDEX ON tenants (parent_id);
CREATE INDEX ON ai_feature_usage (tenant_id);
ANALYZE tenants, ai_feature_usage;
SELECT tenant_cost(9999), (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id = 9999) AS plain;
SELECT * FROM counts;
SELECT tenant_subtree_cost(9999), tenant_subtree_events(9999), tenant_depth(9999), tenant_events(77);
SELECT * FROM counts;
SELECT tenant_subtree_cost(999), (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id = 999 OR tenant_id / 10 = 999) AS plain;
SELECT * FROM counts;
SELECT sum(cost) FROM (SELECT tenant_cost(id) AS cost FROM tenants ORDER BY id DESC LIMIT 5) AS page;
SELECT * FROM counts;
SELECT count(*) AS different FROM tenants AS t JOIN tenant_dashboard() AS d ON d.tenant_id = t.id
WHERE (tenant_cost(t.id), tenant_subtree_cost(t.id), tenant_subtree_features_used(t.id), tenant_depth(t.id))
      IS DISTINCT FROM (d.cost, d.subtree_cost, d.subtree_features_used, d.depth);
SELECT single, passes FROM counts;
-- Without the dashboard, singly at first.
SELECT sum(tenant_cost(id)) = (SELECT sum(inference_cost) FROM ai_feature_usage) AS equal FROM tenants;
SELECT single BETWEEN 1 AND 1000 AS single, passes, single + passes + cached AS calls FROM counts;
SELECT count(tenant_path(id)) AS paths, max(tenant_depth(id)) AS depth, count(tenant_root(id)) AS roots FROM tenants;
SELECT single BETWEEN 1 AND 1000 AS single, passes, cached > 28000 AS cached FROM counts;
-- The first rows are answered before the pass and the last ones after it; all from one snapshot.
CREATE FUNCTION touch(id int) RETURNS int LANGUAGE sql VOLATILE AS
    'UPDATE ai_feature_usage SET inference_cost = 0 WHERE tenant_id = id RETURNING 1';
BEGIN;
SELECT sum(tenant_cost(id)) AS called, sum(touch(id)) > 0 AS touched,
       (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id <= 300) AS plain
FROM tenants WHERE id <= 300;
SELECT sum(tenant_cost(id)) AS called, (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id <= 300) AS plain FROM tenants WHERE id <= 300;
ROLLBACK;
-- What does not fit is not kept.
SET tenant_metrics.cache_limit = '64kB';
SELECT count(*) FILTER (WHERE tenant_cost(id) <> 6 * (SELECT avg(inference_cost) FROM ai_feature_usage WHERE tenant_id = id)) AS different
FROM tenants WHERE id % 20 = 0;
SELECT single > 100 AS single, passes <= 1 AS at_most_one, cached FROM counts;
RESET tenant_metrics.cache_limit;
-- Without an index there is a pass at once.
DROP INDEX ai_feature_usage_tenant_id_idx;
SELECT tenant_cost(9999), tenant_events(9998);
SELECT * FROM counts;
DROP INDEX tenants_parent_id_idx;
SELECT tenant_subtree_cost(999), tenant_subtree_events(998);
SELECT * FROM counts;
-- An accumulator past its limit leaves passes to portable SQL, or, where that is not allowed, every call to itself.
SET tenant_metrics.memory_limit = '64kB';
SELECT sum(tenant_cost(id)) = (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id <= 20) AS equal FROM tenants WHERE id <= 20;
SELECT passes FROM counts;
CREATE INDEX ON ai_feature_usage (tenant_id);
SET tenant_metrics.engine = aggregate;
SELECT sum(tenant_cost(id)) = (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id <= 600) AS equal FROM tenants WHERE id <= 600;
SELECT single, passes FROM counts;
RESET tenant_metrics.engine;
RESET tenant_metrics.memory_limit;

SELECT tenant_metrics.teardown('cache_counts');
DROP SCHEMA cache_counts, cache_counts_large CASCADE;
