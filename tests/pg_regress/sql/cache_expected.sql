-- How many calls the plan of a statement expects decides how many of them are answered singly first.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
CREATE SCHEMA cache_expected;
SET search_path = cache_expected, public;
-- So large that single answers are far cheaper than a pass, and a pass far cheaper than an answer for each tenant.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int, name text);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants SELECT n, CASE WHEN n > 10 THEN 1 + n % 10 END, 'tenant ' || n FROM generate_series(1, 1000) AS n;
INSERT INTO ai_feature_usage SELECT 1 + n % 1000, 'f' || n % 4, n, '2024-01-01' FROM generate_series(1, 200000) AS n;
CREATE INDEX ON tenants (parent_id);
CREATE INDEX ON ai_feature_usage (tenant_id);
ANALYZE tenants, ai_feature_usage;
CREATE VIEW counts AS
SELECT CASE WHEN last_single < 15 THEN 'a few' WHEN last_single < 100 THEN 'many' ELSE 'most' END AS single, last_passes AS passes
FROM tenant_metrics.explain();

-- A page: the rows are chosen before the calls.
SELECT sum(cost) FROM (SELECT tenant_cost(id) AS cost FROM (SELECT id FROM tenants ORDER BY id LIMIT 20) AS page OFFSET 0) AS answers;
SELECT * FROM counts;
SELECT max(cost) FROM (SELECT id, tenant_cost(id) AS cost FROM tenants ORDER BY id LIMIT 20) AS answers;
SELECT * FROM counts;
-- All rows: plain, sorted by the answer, aggregated, filtered, in a subquery, in an initial plan.
SELECT max(cost) FROM (SELECT id, tenant_cost(id) AS cost FROM tenants OFFSET 0) AS answers;
SELECT * FROM counts;
SELECT id, tenant_subtree_cost(id) FROM tenants ORDER BY 2 DESC, 1 LIMIT 1;
SELECT * FROM counts;
SELECT sum(tenant_cost(id)) FROM tenants;
SELECT * FROM counts;
SELECT count(*) FROM tenants WHERE tenant_cost(id) > 20000000;
SELECT * FROM counts;
SELECT count(*) FROM (SELECT id FROM tenants UNION ALL SELECT id FROM tenants) AS twice WHERE tenant_cost(id) > 20000000;
SELECT * FROM counts;
SELECT 1 AS one WHERE (SELECT sum(tenant_cost(id)) FROM tenants) > 0;
SELECT * FROM counts;
-- A function within the statement: its plan says nothing of calls there, so single answers may cost what a pass costs.
CREATE FUNCTION loop(most int) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
    total numeric := 0;
BEGIN
    FOR i IN 1 .. most LOOP
        total := total + tenant_cost(i);
    END LOOP;
    RETURN total;
END $$;
SELECT loop(1000);
SELECT single IN ('many', 'most') AS singly_first, passes FROM counts;
SELECT loop(20);
SELECT * FROM counts;
-- A cursor fetches a few rows of many.
BEGIN;
DECLARE page CURSOR FOR SELECT id, tenant_cost(id) FROM tenants;
FETCH 3 FROM page;
SELECT * FROM counts;
COMMIT;
-- What the answers are does not depend on it.
SELECT count(*) AS different FROM tenants AS t
WHERE tenant_cost(id) <> (SELECT sum(inference_cost::numeric) FROM ai_feature_usage WHERE tenant_id = t.id);
DROP SCHEMA cache_expected CASCADE;
