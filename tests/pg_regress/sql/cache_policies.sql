-- What calls under policies share ends with the query, and with all that a policy may ask for.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_policies;
SET search_path = cache_policies, public;
CREATE ROLE regress_asks;
CREATE ROLE regress_asks_too;
GRANT USAGE ON SCHEMA cache_policies TO PUBLIC;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz);
INSERT INTO tenants SELECT n, nullif(n / 2, 0) FROM generate_series(1, 12) AS n;
-- Each tenant's costs are 1, 2, 4 and 8, so a sum says which events are seen. Without an index a pass is due at once.
INSERT INTO ai_feature_usage SELECT 1 + n % 12, 'f' || n % 4, 2 ^ (n / 12), '2024-01-01' FROM generate_series(0, 47) AS n;
ANALYZE tenants, ai_feature_usage;
GRANT SELECT ON tenants, ai_feature_usage TO PUBLIC;
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON ai_feature_usage USING (true);
CREATE VIEW counted AS SELECT last_single AS single, last_passes AS passes, last_cached AS cached FROM tenant_metrics.explain();
GRANT SELECT ON counted TO PUBLIC;
CREATE FUNCTION see(cost int) RETURNS int LANGUAGE sql VOLATILE AS $$SELECT set_config('app.cost', cost::text, true)::int$$;

-- One pass in a query, and none that outlives it.
SET ROLE regress_asks;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)), sum(tenant_subtree_events(id)), sum(tenant_depth(id)) AS depths FROM tenants;
SELECT * FROM counted;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT * FROM counted;
COMMIT;
EXPLAIN (ANALYZE) SELECT tenant_cost(id) FROM tenants \g /dev/null
SELECT * FROM counted;
COPY (SELECT sum(tenant_cost(id)), sum(tenant_events(id)) FROM tenants) TO STDOUT;
SELECT * FROM counted;
CREATE TEMP TABLE found AS SELECT id, tenant_cost(id) AS cost FROM tenants;
SELECT * FROM counted;
INSERT INTO found SELECT id, tenant_cost(id) AS cost FROM tenants;
SELECT * FROM counted;
RESET ROLE;

-- A setting that changes between rows; one that changes on every row makes singles, not passes.
ALTER POLICY visible ON ai_feature_usage USING (inference_cost <= current_setting('app.cost')::int);
SET ROLE regress_asks;
BEGIN;
SELECT n, see(n) AS sees, tenant_cost(3) FROM unnest(ARRAY[8, 8, 4, 4, 8, 2]) AS n;
SELECT * FROM counted;
COMMIT;
RESET ROLE;
CREATE INDEX ON ai_feature_usage (tenant_id);
SET seq_page_cost = 100000;
SET ROLE regress_asks;
BEGIN;
SELECT sum(tenant_cost(1 + n % 12)) FROM (SELECT n, see(n) FROM generate_series(1, 40) AS n) AS each;
SELECT * FROM counted;
COMMIT;
RESET ROLE;
RESET seq_page_cost;
DROP INDEX ai_feature_usage_tenant_id_idx;

-- The session's user and the one of SET ROLE, where the current user stays the same.
ALTER POLICY visible ON ai_feature_usage
    USING (inference_cost <= CASE WHEN current_setting('role') = 'regress_asks' OR session_user = 'regress_asks_too' THEN 4 ELSE 8 END);
ALTER FUNCTION tenant_cost(bigint, timestamptz, timestamptz, text) OWNER TO regress_asks;
ALTER FUNCTION tenant_cost(bigint, timestamptz, timestamptz, text) SECURITY DEFINER;
BEGIN;
SELECT role, set_config('role', role, true) = role AS became, tenant_cost(3)
FROM unnest(ARRAY['regress_asks_too', 'regress_asks', 'regress_asks_too', 'none']) AS role;
ROLLBACK;
BEGIN;
SELECT name = 'regress_asks_too' AS becomes, set_config('session_authorization', name, true) = name AS became, tenant_cost(3)
FROM (SELECT session_user::text) AS own (original), unnest(ARRAY['regress_asks_too', original, 'regress_asks_too']) AS name;
ROLLBACK;
DO $$ BEGIN EXECUTE format('ALTER FUNCTION tenant_cost(bigint, timestamptz, timestamptz, text) OWNER TO %I', session_user); END $$;
ALTER FUNCTION tenant_cost(bigint, timestamptz, timestamptz, text) SECURITY INVOKER;

-- A function that is replaced between rows.
CREATE FUNCTION most() RETURNS numeric LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 8; END';
CREATE FUNCTION replace_most(most int) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION cache_policies.most() RETURNS numeric LANGUAGE plpgsql STABLE AS ''BEGIN RETURN %s; END''', most);
    RETURN most;
END $$;
ALTER POLICY visible ON ai_feature_usage USING (inference_cost <= most());
SET ROLE regress_asks;
SELECT n, CASE WHEN n > 0 THEN replace_most(n) END AS replaced, tenant_cost(3) FROM unnest(ARRAY[0, 2, 0, 4]) AS n;
RESET ROLE;

-- When the statement began, where a policy asks for that: a cursor fetched in parts sees it change.
ALTER POLICY visible ON ai_feature_usage USING (created_at < statement_timestamp());
INSERT INTO ai_feature_usage VALUES (12, 'f1', 100, clock_timestamp() + '0.5 s');
SET ROLE regress_asks;
BEGIN;
DECLARE c CURSOR FOR SELECT id, tenant_cost(id) FROM tenants ORDER BY id;
FETCH 2 FROM c;
SELECT pg_sleep(0.7);
MOVE 9 IN c;
FETCH 1 FROM c;
COMMIT;
RESET ROLE;
DELETE FROM ai_feature_usage WHERE inference_cost = 100;
-- And where it does not, the parts share a pass.
ALTER POLICY visible ON ai_feature_usage USING (inference_cost <= current_setting('app.cost')::int);
SET ROLE regress_asks;
SET app.cost = 8;
BEGIN;
DECLARE c CURSOR FOR SELECT id, tenant_cost(id) FROM tenants ORDER BY id;
MOVE 6 IN c;
FETCH 2 FROM c;
SELECT * FROM counted;
SET LOCAL app.cost = 4;
FETCH 2 FROM c;
COMMIT;
RESET ROLE;

-- Another query of the same command: a STABLE function may give something else in it. psql prints the last result.
CREATE SEQUENCE numbers;
CREATE FUNCTION number() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER AS 'BEGIN RETURN (SELECT last_value FROM cache_policies.numbers); END';
ALTER POLICY visible ON ai_feature_usage USING (inference_cost <= number());
GRANT USAGE ON numbers TO regress_asks;
\set SHOW_ALL_RESULTS off
SET ROLE regress_asks;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(tenant_cost(id)) AS of_one FROM tenants;
SELECT sum(tenant_cost(id)) FROM tenants \; SELECT nextval('numbers'), nextval('numbers') \; SELECT sum(tenant_cost(id)) AS of_three FROM tenants;
COMMIT;
-- PL/pgSQL's simple expressions, which no query has.
BEGIN ISOLATION LEVEL REPEATABLE READ;
DO $$
DECLARE
    before numeric;
BEGIN
    before := tenant_cost(3);
    PERFORM nextval('numbers');
    PERFORM nextval('numbers');
    RAISE WARNING 'from % to %', before, tenant_cost(3);
END $$;
COMMIT;
SELECT * FROM counted;
RESET ROLE;
-- A query within a query evaluates its policy anew.
CREATE FUNCTION within(tenant int) RETURNS numeric LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT sum(tenant_cost(id)) FROM tenants WHERE id = tenant); END';
SELECT setval('numbers', 1) \g /dev/null
SET ROLE regress_asks;
SELECT tenant_cost(3) AS around, nextval('numbers') AS number, within(3);
RESET ROLE;
-- A query that an error ended: what its memory becomes is another query.
CREATE FUNCTION attempt(cost int) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found numeric;
BEGIN
    SELECT sum(tenant_cost(id) / (CASE WHEN id = 12 THEN 0 ELSE 1 END)) INTO found FROM tenants;
    RETURN found;
EXCEPTION WHEN division_by_zero THEN
    PERFORM nextval('numbers');
    RETURN (SELECT sum(tenant_cost(id)) FROM tenants);
END $$;
SELECT setval('numbers', 1) \g /dev/null
SET ROLE regress_asks;
SELECT attempt(n), tenant_cost(3) FROM generate_series(1, 3) AS n;
RESET ROLE;

-- Who has which policies is seen anew for each role, and after each change of a policy.
ALTER POLICY visible ON ai_feature_usage TO regress_asks USING (true);
CREATE POLICY of_another ON ai_feature_usage TO regress_asks_too USING (random() >= 0);
SET ROLE regress_asks;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT passes FROM counted;
SET ROLE regress_asks_too;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT passes FROM counted;
RESET ROLE;
ALTER POLICY visible ON ai_feature_usage USING (random() >= 0);
SET ROLE regress_asks;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT passes FROM counted;
RESET ROLE;

DROP SCHEMA cache_policies CASCADE;
DROP OWNED BY regress_asks, regress_asks_too;
DROP ROLE regress_asks;
DROP ROLE regress_asks_too;
