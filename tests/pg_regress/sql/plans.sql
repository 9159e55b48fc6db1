-- Cursors, views, prepared statements, parallel plans and planning: the answers stay the same.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA plans;
SET search_path = plans, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants SELECT n, nullif(n / 3, 0) FROM generate_series(1, 100) AS n;
INSERT INTO ai_feature_usage
SELECT 1 + n % 120, 'f' || n % 11, n / 8.0, '2024-01-01'::timestamp + n * interval '1 minute' FROM generate_series(1, 5000) AS n;
ANALYZE tenants, ai_feature_usage;
CREATE TABLE before AS SELECT d::text FROM tenant_dashboard() AS d;
SELECT count(*) FROM before;

-- A cursor keeps the snapshot of its declaration, whatever is written before the fetch.
BEGIN;
DECLARE scalars CURSOR FOR SELECT id, tenant_subtree_cost(id), tenant_events(id) FROM tenants WHERE id IN (1, 2, 99) ORDER BY id;
DECLARE rows SCROLL CURSOR FOR SELECT tenant_id, subtree_cost FROM tenant_dashboard() WHERE tenant_id IN (1, 2, 99);
FETCH 1 FROM scalars;
DELETE FROM ai_feature_usage;
DELETE FROM tenants WHERE id > 1;
FETCH ALL FROM scalars;
FETCH ALL FROM rows;
FETCH BACKWARD 2 FROM rows;
SELECT tenant_subtree_cost(1), count(*) FROM tenant_dashboard();
ROLLBACK;
DECLARE held CURSOR WITH HOLD FOR SELECT tenant_id, subtree_events FROM tenant_dashboard(33);
FETCH ALL FROM held;
CLOSE held;

-- Custom and generic plans, executed more often than the server's threshold for generic ones.
PREPARE by_parameter (bigint, timestamptz, timestamptz, text) AS
SELECT tenant_subtree_events($1, $2, $3, $4), (SELECT count(*) FROM tenant_dashboard($1, $2, $3, $4)) AS rows;
CREATE FUNCTION execute_often() RETURNS TABLE (mode text, answers text[]) LANGUAGE plpgsql AS $$
DECLARE
    a bigint;
    b bigint;
BEGIN
    FOREACH mode IN ARRAY ARRAY['auto', 'force_custom_plan', 'force_generic_plan'] LOOP
        PERFORM set_config('plan_cache_mode', mode, true);
        answers := '{}';
        FOR n IN 1..8 LOOP
            EXECUTE format('EXECUTE by_parameter(%s, %L, ''2024-01-03'', ''default'')', 1 + n % 2,
                           CASE WHEN n > 4 THEN '2024-01-02' END) INTO a, b;
            answers := answers || format('%s %s', a, b);
        END LOOP;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM execute_often();
SELECT (SELECT count(*) FROM ai_feature_usage AS u
        WHERE created_at >= coalesce(since, '-infinity') AND created_at < '2024-01-03' AND EXISTS (
            WITH RECURSIVE up AS (SELECT id, parent_id FROM tenants WHERE id = u.tenant_id
                                  UNION ALL SELECT t.id, t.parent_id FROM up JOIN tenants AS t ON t.id = up.parent_id)
            SELECT FROM up WHERE id = root)) AS plain
FROM (VALUES (2, NULL::timestamp), (1, NULL), (2, '2024-01-02'), (1, '2024-01-02')) AS v (root, since);

-- Calls in other functions: SQL ones, inlined or not, nested PL/pgSQL ones, and one called for each row.
CREATE FUNCTION cost_of(tenants) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT tenant_subtree_cost($1.id)';
CREATE FUNCTION page(VARIADIC ids bigint[]) RETURNS SETOF tenant_metrics.dashboard_row LANGUAGE sql STABLE
    AS 'SELECT * FROM tenant_dashboard_for(ids)';
CREATE FUNCTION nested(id int) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT sum(tenant_cost(d.tenant_id)) FROM tenant_dashboard(id) AS d);
END $$;
SELECT t.id, t.cost_of, nested(t.id), tenant_subtree_cost(t.id) FROM tenants AS t ORDER BY t.cost_of DESC LIMIT 3;
SELECT tenant_id, subtree_cost FROM page(2, 1);
SELECT count(*) FROM tenants AS t WHERE nested(t.id) IS DISTINCT FROM t.cost_of;
SELECT (SELECT array_agg(d.tenant_id) FROM tenant_dashboard(t.id) AS d) AS below FROM tenants AS t WHERE id IN (20, 33) ORDER BY id;

-- The reader as a usage table's view is asked from within a reader.
CREATE VIEW usage_of_readers AS
SELECT tenant_id, tree_status AS feature_name, cost AS inference_cost, last_used AS created_at FROM tenant_dashboard();
SELECT tenant_metrics.setup('tenants', 'usage_of_readers', 'nested');
SELECT tenant_subtree_cost(1, source => 'nested') = tenant_subtree_cost(1) AS same,
       tenant_subtree_events(1, source => 'nested') AS events;

-- Views, joins, lateral calls, sets in the SELECT list.
CREATE VIEW overview AS
SELECT t.id, d.subtree_cost, tenant_adoption_rate(t.id) AS rate FROM tenants AS t JOIN tenant_dashboard() AS d ON d.tenant_id = t.id;
SELECT * FROM overview WHERE id IN (1, 50) ORDER BY id;
SELECT id, (tenant_subtree_costs(id)).* FROM tenants WHERE id = 33;
SELECT t.id, a.tenant_id, a.distance FROM tenants AS t, tenant_ancestors(t.id) AS a WHERE t.id = 100 ORDER BY distance;
SELECT count(*) FROM tenant_dashboard() LIMIT 1;
SELECT tenant_id FROM tenant_dashboard() LIMIT 2;

-- Planning: EXPLAIN may call the reader to estimate a condition, shows no values, and changes nothing.
EXPLAIN (COSTS OFF) SELECT id FROM tenants WHERE tenant_subtree_cost(id) > 10;
EXPLAIN (COSTS OFF) SELECT * FROM tenant_dashboard(1);
EXPLAIN (COSTS OFF) SELECT * FROM ai_feature_usage WHERE inference_cost > tenant_cost(1);
BEGIN READ ONLY;
EXPLAIN (COSTS OFF) SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = 1;
SELECT pg_current_xact_id_if_assigned();
COMMIT;

-- Parallel plans, of the caller and of the reader's own scan: forced where the server can force them.
CREATE FUNCTION force_parallel(value text) RETURNS text LANGUAGE sql AS $$
    SELECT set_config(name, value, false) FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode') LIMIT 1 $$;
SET max_parallel_workers_per_gather = 2;
ALTER TABLE ai_feature_usage SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT force_parallel('on');
SELECT d::text FROM tenant_dashboard() AS d EXCEPT SELECT * FROM before;
SELECT tenant_subtree_cost(1), count(*), min(tenant_depth(id)), max(tenant_depth(id)), pg_current_xact_id_if_assigned() FROM tenants;
SELECT count(*) FROM tenants AS t JOIN tenant_dashboard() AS d ON d.tenant_id = t.id WHERE tenant_events(t.id) IS DISTINCT FROM d.events;
SELECT force_parallel('off');
SELECT d::text FROM tenant_dashboard() AS d EXCEPT SELECT * FROM before;
EXPLAIN (COSTS OFF) SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ai_feature_usage;
SELECT d::text FROM tenant_dashboard() AS d EXCEPT SELECT * FROM before;
BEGIN;
INSERT INTO ai_feature_usage VALUES (1, 'own', 1000, '2024-01-01');
SELECT d.subtree_cost - split_part(before.d, ',', 14)::numeric AS own
FROM tenant_dashboard(1, max_depth => 0) AS d, before WHERE before.d LIKE '(1,%';
ROLLBACK;

SELECT tenant_metrics.teardown('nested');
DROP SCHEMA plans CASCADE;
