-- Errors and NULLs are the same singly, by a pass and from memory, and an error leaves nothing behind.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_errors;
SET search_path = cache_errors, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
-- 10 is its own parent, 20 and 21 are each other's; 11 and 22 are below; 30 is an orphan with a child.
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2), (10, 10), (11, 10), (20, 21), (21, 20), (22, 20), (30, 99), (31, 30);
INSERT INTO ai_feature_usage SELECT t.id, 'f' || n, n, '2024-01-01' FROM tenants AS t, generate_series(1, 3) AS n;
ANALYZE tenants, ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_errors');
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    detail text;
BEGIN
    EXECUTE statement INTO result;
    RETURN coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$;

-- Every scalar over every kind of id, after a first call that makes the pass in the same statement. Whether a cycle is NULL or an
-- error is asked in each call, whatever is kept.
CREATE TABLE ids AS SELECT id, 'bigint' AS kind FROM unnest(ARRAY[
    '1', '3', '10', '11', '20', '22', '30', '31', '99', '0', '-1', '2147483648', '-9223372036854775808', 'NULL']) AS id;
CREATE TABLE scalars AS
SELECT p.proname AS name, CASE WHEN 'measure' = ANY (p.proargnames) THEN ', NULL' END AS more FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'tenant_metrics'
WHERE p.proargtypes[0] = 'bigint'::regtype AND p.proargnames[1] = 'id' AND NOT p.proretset AND p.proname <> 'tenant_is_descendant';
SELECT count(*) AS scalars FROM scalars;
CREATE VIEW outcomes AS
SELECT s.name, i.id, c.on_cycle,
       CASE set_config('tenant_metrics.on_cycle', c.on_cycle, true) WHEN c.on_cycle THEN
           outcome(format('SELECT concat(%1$I(%2$s%3$s), %1$I(%2$s%3$s), right(concat(%1$I(1%3$s), tenant_cost(1)), 0))',
                          s.name, i.id, s.more)) END AS outcome
FROM scalars AS s, ids AS i, unnest(ARRAY['null', 'error']) AS c (on_cycle);
SET tenant_metrics.cache_limit = 0;
CREATE TABLE singly AS TABLE outcomes;
RESET tenant_metrics.cache_limit;
CREATE TABLE by_pass AS TABLE outcomes;
SELECT * FROM (TABLE singly EXCEPT TABLE by_pass) AS missing ORDER BY 1, 2;
SELECT * FROM (TABLE by_pass EXCEPT TABLE singly) AS extra ORDER BY 1, 2;
SELECT id, outcome FROM by_pass WHERE name = 'tenant_subtree_events' AND on_cycle = 'error' ORDER BY id COLLATE "C";
SELECT id, outcome FROM by_pass WHERE name = 'tenant_events' AND on_cycle = 'error' ORDER BY id COLLATE "C";
SELECT id, outcome FROM by_pass WHERE name = 'tenant_depth' AND on_cycle = 'error' ORDER BY id COLLATE "C";
SELECT array_agg(DISTINCT id ORDER BY id) AS ids, count(*) AS scalars, array_agg(DISTINCT b.outcome) AS outcomes
FROM by_pass AS b JOIN by_pass AS e USING (name, id) WHERE b.on_cycle = 'null' AND e.on_cycle = 'error' AND b.outcome <> e.outcome;
-- After a pass that the same statement made before.
SET tenant_metrics.on_cycle = error;
SELECT first, outcome(format('SELECT left(sum(tenant_cost(id))::text, 0) || %s FROM tenants', first)) FROM unnest(ARRAY[
    'min(tenant_subtree_cost(1))', 'min(tenant_subtree_cost(11))', 'max(tenant_cost(11))', 'max(tenant_cost(77))', 'min(tenant_cost_uuid(NULL))',
    'min(tenant_cost_uuid(gen_random_uuid()))', 'min(tenant_cost_text(''x''))',
    'min(tenant_cost_text(''3''))', 'min(tenant_cost_text(''99999999999999999999''))',
    'min(tenant_cost(1, ''2024-02-01'', ''2024-01-01''))', 'min(tenant_cost(1, source => ''nowhere''))', 'min(tenant_cost(1, source => NULL))',
    'min(tenant_cost(1, source => ''cache_errors''))']) AS first;
SELECT tenant_is_descendant(3, 1), tenant_is_descendant(1, 3), tenant_is_descendant(77, 1), tenant_is_descendant(1, 77), tenant_is_descendant(31, 30),
       outcome('SELECT tenant_is_descendant(77, 10)'), outcome('SELECT tenant_is_descendant(3, 22)'), outcome('SELECT tenant_is_descendant(22, 3)');

-- A row that fails ends the statement; the next one, the block after it, and the transaction are as if it had not been.
SELECT id, tenant_subtree_cost(id) FROM tenants ORDER BY id;
SELECT last_passes, last_cached FROM tenant_metrics.explain();
SELECT id, tenant_subtree_cost(id) FROM tenants WHERE id < 10 ORDER BY id;
SELECT last_passes, last_cached FROM tenant_metrics.explain();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)) FROM tenants;
SAVEPOINT s;
SELECT sum(tenant_subtree_cost(id)) FROM tenants;
ROLLBACK TO s;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT 1 / tenant_depth(id) FROM tenants WHERE id < 10;
ROLLBACK TO s;
SELECT sum(tenant_cost(id)), max(tenant_depth(id)) FROM tenants WHERE id < 10;
ROLLBACK;
-- The cycle is repaired, and made, between calls.
BEGIN;
SELECT outcome('SELECT tenant_subtree_cost(22)');
UPDATE tenants SET parent_id = NULL WHERE id = 20;
SELECT outcome('SELECT tenant_subtree_cost(22)'), tenant_subtree_cost(20), tenant_path(21);
UPDATE tenants SET parent_id = 3 WHERE id = 1;
SELECT outcome('SELECT tenant_subtree_cost(3)'), tenant_cost(3), tenant_subtree_cost(20);
ROLLBACK;

-- A tenants table without a unique index in which a tenant stands twice.
CREATE SCHEMA cache_errors_twice;
CREATE TABLE cache_errors_twice.tenants (id int, parent_id int);
INSERT INTO cache_errors_twice.tenants VALUES (1, NULL), (2, 1);
SET search_path = cache_errors_twice, cache_errors, public;
SELECT id, tenant_subtree_cost(id), tenant_depth(id) FROM tenants ORDER BY id;
INSERT INTO tenants VALUES (2, 1);
SELECT outcome('SELECT tenant_depth(2)');
SELECT outcome('SELECT sum(subtree_cost) FROM tenant_dashboard()');
SET search_path = cache_errors, public;

-- A pass reads more columns than one scalar needs; what fails in those must not fail the scalar.
CREATE TABLE far_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO far_usage VALUES (1, 'a', 1, '294276-12-31 23:59:59'), (2, 'a', 2, '2024-01-01');
SELECT tenant_metrics.setup('tenants', 'far_usage', 'cache_far', time_zone => 'America/New_York');
SELECT id, tenant_cost(id, source => 'cache_far'), tenant_events(id, source => 'cache_far') FROM tenants WHERE id < 10 ORDER BY id;
SELECT outcome('SELECT tenant_last_used(1, source => ''cache_far'')');
CREATE TABLE dear_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO dear_usage SELECT 1, 'a', ('9' || repeat('0', 131071))::numeric, '2024-01-01' FROM generate_series(1, 2);
SELECT tenant_metrics.setup('tenants', 'dear_usage', 'cache_dear');
SELECT id, tenant_events(id, source => 'cache_dear'), tenant_features_used(id, source => 'cache_dear') FROM tenants WHERE id < 10 ORDER BY id;
SET tenant_metrics.engine = portable;
SELECT id, tenant_events(id, source => 'cache_dear'), tenant_features_used(id, source => 'cache_dear') FROM tenants WHERE id < 10 ORDER BY id;
RESET tenant_metrics.engine;
SELECT outcome('SELECT tenant_cost(1, source => ''cache_dear'')');

SELECT tenant_metrics.teardown(source) FROM unnest(ARRAY['cache_errors', 'cache_far', 'cache_dear']) AS source;
DROP SCHEMA cache_errors, cache_errors_twice CASCADE;
