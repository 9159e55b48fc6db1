-- What is kept for one role, policy or setting is never given to another: roles, grants, row-level security, settings.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_roles;
SET search_path = cache_roles, public;
-- SQLSTATE and message of a statement's error, or its first column.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION become(role name) RETURNS text LANGUAGE sql VOLATILE AS $$SELECT set_config('role', role, true)$$;
CREATE ROLE regress_reader;
CREATE ROLE regress_counter;
CREATE ROLE regress_stranger;
CREATE ROLE regress_readers;
GRANT USAGE ON SCHEMA cache_roles TO PUBLIC;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, 2), (6, 5);
INSERT INTO ai_feature_usage
SELECT 1 + n % 6, 'f' || n % 4, n, '2024-01-01'::timestamp + n * interval '1 day' FROM generate_series(1, 24) AS n;
ANALYZE tenants, ai_feature_usage;
GRANT SELECT ON tenants, ai_feature_usage TO regress_reader;
GRANT SELECT ON tenants TO regress_counter;
GRANT SELECT (tenant_id) ON ai_feature_usage TO regress_counter;

-- Roles that change between the statements of a transaction, whose snapshot stays the same.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT id, tenant_subtree_cost(id), tenant_cost(id) FROM tenants ORDER BY id;
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_events(id)) AS events FROM tenants;
SAVEPOINT s;
SELECT sum(tenant_cost(id)) FROM tenants;
ROLLBACK TO s;
SELECT tenant_subtree_cost(1);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)) FROM tenants;
SET LOCAL ROLE regress_stranger;
SELECT tenant_cost(1);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_depth(id)) AS depths FROM tenants;
SET LOCAL ROLE regress_stranger;
SELECT tenant_depth(1);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)) FROM tenants;
SET LOCAL SESSION AUTHORIZATION regress_counter;
SELECT tenant_cost(1);
ROLLBACK;
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL ROLE regress_reader;
SELECT sum(tenant_cost(id)) FROM tenants;
SET LOCAL ROLE regress_counter;
SELECT tenant_cost(1);
ROLLBACK;
SELECT current_user = session_user AS reset;

-- Between the rows of a statement: each row has the rights of its own moment.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT role, become(role) = role AS became, tenant_events(1) AS events, outcome('SELECT tenant_cost(1)') AS cost,
       outcome('SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id = 1') AS plain
FROM unnest(ARRAY['regress_reader', 'regress_counter', 'regress_reader', 'regress_counter']::name[]) AS role;
SELECT role, become(role) = role AS became, tenant_cost(1)
FROM unnest(ARRAY['regress_reader', 'regress_reader', 'regress_counter']::name[]) AS role;
ROLLBACK;

-- SECURITY DEFINER functions and invoker's calls, row by row.
CREATE FUNCTION definer_cost(id bigint) RETURNS numeric LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = cache_roles, public AS 'BEGIN RETURN tenant_cost(id); END';
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL ROLE regress_counter;
SELECT id, definer_cost(id), tenant_events(id) FROM tenants ORDER BY id;
SELECT id, definer_cost(id), tenant_cost(id) FROM tenants ORDER BY id;
ROLLBACK;

-- Columns: one scalar is allowed and another is not, in one statement and after a pass for the first.
SET ROLE regress_counter;
SELECT id, tenant_events(id), tenant_subtree_events(id), tenant_depth(id) FROM tenants ORDER BY id;
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();
SELECT id, tenant_events(id), tenant_cost(id) FROM tenants ORDER BY id;
SELECT outcome('SELECT tenant_adoption_rate(1)'), outcome('SELECT tenant_last_used(1)'), outcome('SELECT tenant_events(1, ''2024-01-01'')');
RESET ROLE;
-- Without parent_id a tenant's own totals are answered, singly, and nothing about trees is.
REVOKE SELECT ON tenants FROM regress_counter;
GRANT SELECT (id) ON tenants TO regress_counter;
SET ROLE regress_counter;
SELECT id, tenant_events(id) FROM tenants ORDER BY id;
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();
SELECT tenant_events(id), tenant_subtree_events(id) FROM tenants ORDER BY id;
SELECT tenant_depth(1);
RESET ROLE;
-- A catalogue that the caller may not read, by itself or for its schema, matters to features alone.
CREATE SCHEMA cache_roles_hidden;
CREATE TABLE cache_roles_hidden.features (name text);
INSERT INTO cache_roles_hidden.features VALUES ('f1'), ('f2');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'catalogued', feature_table => 'cache_roles_hidden.features');
SET ROLE regress_reader;
SELECT id, tenant_cost(id, source => 'catalogued') FROM tenants ORDER BY id LIMIT 3;
SELECT tenant_features_used(1, source => 'catalogued');
RESET ROLE;
GRANT SELECT ON cache_roles_hidden.features TO regress_reader;
SET ROLE regress_reader;
SELECT id, tenant_cost(id, source => 'catalogued') FROM tenants ORDER BY id LIMIT 3;
SELECT tenant_features_used(1, source => 'catalogued');
RESET ROLE;
GRANT USAGE ON SCHEMA cache_roles_hidden TO regress_reader;
SET ROLE regress_reader;
SELECT id, tenant_cost(id, source => 'catalogued'), tenant_features_used(id, source => 'catalogued') FROM tenants ORDER BY id LIMIT 3;
RESET ROLE;
SELECT tenant_metrics.teardown('catalogued');
DROP SCHEMA cache_roles_hidden CASCADE;

-- GRANT and REVOKE of tables, columns, schemas and membership between the calls of a transaction.
CREATE FUNCTION calls() RETURNS TABLE (tenants text, events text, cost text, plain text) LANGUAGE sql AS $$
    SELECT outcome('SELECT sum(tenant_depth(i)) FROM generate_series(1, 6) AS i'),
           outcome('SELECT sum(tenant_subtree_events(i)) FROM generate_series(1, 6) AS i'),
           outcome('SELECT sum(tenant_cost(i)) FROM generate_series(1, 6) AS i'),
           outcome('SELECT sum(inference_cost) FROM ai_feature_usage') $$;
REVOKE SELECT ON tenants, ai_feature_usage FROM regress_reader;
GRANT SELECT ON tenants, ai_feature_usage TO regress_readers;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
GRANT regress_readers TO regress_stranger;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
REVOKE SELECT ON ai_feature_usage FROM regress_readers;
GRANT SELECT (tenant_id) ON ai_feature_usage TO regress_readers;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
GRANT SELECT (inference_cost) ON ai_feature_usage TO regress_stranger;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
REVOKE SELECT ON tenants FROM regress_readers;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
GRANT SELECT ON tenants, ai_feature_usage TO PUBLIC;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
REVOKE SELECT ON tenants, ai_feature_usage FROM PUBLIC;
REVOKE regress_readers FROM regress_stranger;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
ALTER ROLE regress_stranger SUPERUSER;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
RESET ROLE;
ALTER ROLE regress_stranger NOSUPERUSER;
SET LOCAL ROLE regress_stranger;
SELECT * FROM calls();
ROLLBACK;

-- Row-level security: a policy may ask for a setting that changes between rows and statements.
GRANT SELECT ON tenants, ai_feature_usage TO regress_reader, regress_counter;
CREATE FUNCTION visible() RETURNS int LANGUAGE sql STABLE AS $$SELECT current_setting('cache_roles.visible')::int$$;
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_setting ON ai_feature_usage TO regress_reader USING (inference_cost <= visible());
CREATE POLICY of_role ON ai_feature_usage TO regress_counter USING (inference_cost > 12);
CREATE FUNCTION plain_cost(id bigint) RETURNS numeric LANGUAGE plpgsql VOLATILE AS
    'BEGIN RETURN (SELECT coalesce(sum(inference_cost), 0) FROM ai_feature_usage AS u WHERE u.tenant_id = id); END';
CREATE FUNCTION see(cost int) RETURNS text LANGUAGE sql VOLATILE AS $$SELECT set_config('cache_roles.visible', cost::text, true)$$;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)) FROM tenants;
SET LOCAL ROLE regress_reader;
SET LOCAL cache_roles.visible = 12;
SELECT id, tenant_cost(id), plain_cost(id) AS plain, tenant_subtree_cost(id) FROM tenants ORDER BY id;
SET LOCAL cache_roles.visible = 24;
SELECT id, tenant_cost(id), plain_cost(id) AS plain, tenant_subtree_cost(id) FROM tenants ORDER BY id;
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();
SELECT n, see(n) AS visible, tenant_cost(1), plain_cost(1) AS plain, tenant_subtree_cost(1), (SELECT sum(cost) FROM tenant_dashboard(nullif(n, n))) AS dashboard
FROM unnest(ARRAY[0, 6, 12, 24, 12]) AS n;
SET LOCAL ROLE regress_counter;
SELECT id, tenant_cost(id), plain_cost(id) AS plain, tenant_subtree_cost(id) FROM tenants ORDER BY id;
SELECT role, become(role) = role AS became, see(12), tenant_subtree_cost(1), tenant_cost(6), plain_cost(6) AS plain
FROM unnest(ARRAY['regress_reader', 'regress_counter', 'regress_reader']::name[]) AS role;
SET LOCAL row_security = off;
SAVEPOINT s;
SELECT tenant_cost(1);
ROLLBACK TO s;
RESET ROLE;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();
ROLLBACK;
-- Policies that come, change and go between calls, in one snapshot.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_cost(id)) FROM tenants;
RESET ROLE;
ALTER POLICY of_role ON ai_feature_usage USING (inference_cost > 18);
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_cost(id)) FROM tenants;
RESET ROLE;
ALTER TABLE ai_feature_usage DISABLE ROW LEVEL SECURITY;
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();
RESET ROLE;
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT last_single, last_passes, last_cached FROM tenant_metrics.explain();
RESET ROLE;
ALTER ROLE regress_counter BYPASSRLS;
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_cost(id)) FROM tenants;
RESET ROLE;
ALTER ROLE regress_counter NOBYPASSRLS;
DROP POLICY of_role ON ai_feature_usage;
SET LOCAL ROLE regress_counter;
SELECT sum(tenant_cost(id)) FROM tenants;
ROLLBACK;
-- A policy on the tenants alone: the tree is the caller's.
ALTER TABLE ai_feature_usage DISABLE ROW LEVEL SECURITY;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_tenants ON tenants USING (id <> visible());
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL ROLE regress_reader;
SELECT n, see(n) AS hidden, tenant_depth(6), tenant_subtree_cost(1), tenant_cost(n) AS of_hidden FROM unnest(ARRAY[5, 3, 2, 0]) AS n;
SELECT last_cached FROM tenant_metrics.explain();
ROLLBACK;
-- The owner too, where it is forced.
ALTER TABLE tenants OWNER TO regress_reader;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL ROLE regress_reader;
SET LOCAL cache_roles.visible = 5;
SELECT sum(tenant_cost(id)) AS of_all FROM tenants;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
SELECT sum(tenant_cost(id)) AS of_five FROM tenants;
SELECT sum(tenant_cost(id)) AS of_six FROM generate_series(1, 6) AS id WHERE see(0) = '0';
ROLLBACK;

DROP SCHEMA cache_roles CASCADE;
DROP OWNED BY regress_reader, regress_counter, regress_stranger, regress_readers;
DROP ROLE regress_reader;
DROP ROLE regress_counter;
DROP ROLE regress_stranger;
DROP ROLE regress_readers;
