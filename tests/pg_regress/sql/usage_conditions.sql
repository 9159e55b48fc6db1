-- TenantUsageScan evaluates the conditions of statements, views and policies as the executor does.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
LOAD 'tenant_metrics';
SET TimeZone = 'UTC';
CREATE SCHEMA usage_conditions;
SET search_path = usage_conditions, public;
CREATE FUNCTION plan_of(rows text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ' || rows;
END $$;
CREATE FUNCTION is_used(rows text) RETURNS boolean LANGUAGE sql AS $$
SELECT bool_or(line LIKE '%TenantUsageScan%') FROM plan_of(rows) AS line
$$;
-- The state, or the error, with the scan and without.
CREATE FUNCTION outcome(rows text, is_on boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state bytea;
BEGIN
    EXECUTE format('SET tenant_metrics.enable_usage_scan = %L', is_on);
    EXECUTE 'SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ' || rows INTO state;
    RESET tenant_metrics.enable_usage_scan;
    RETURN coalesce(md5(state), 'none');
EXCEPTION WHEN division_by_zero OR invalid_text_representation THEN
    RETURN SQLSTATE;
END $$;
CREATE FUNCTION is_same(rows text) RETURNS boolean LANGUAGE sql AS $$
SELECT outcome(rows, false) = outcome(rows, true)
$$;
-- How many tenants the scan finds events of.
CREATE FUNCTION tenants_of(rows text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    tenants bigint;
BEGIN
    EXECUTE 'SELECT count(DISTINCT tenant_id) FROM ' || rows INTO tenants;
    RETURN tenants;
END $$;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int, region text);
CREATE TABLE ai_feature_usage (note text, tenant_id int, feature_name text, inference_cost float8, created_at timestamptz);
INSERT INTO tenants SELECT n, nullif(n / 4, 0), 'r' || n % 3 FROM generate_series(1, 50) AS n;
INSERT INTO ai_feature_usage
SELECT CASE n % 3 WHEN 0 THEN repeat('long ', n % 2000) WHEN 1 THEN n::text END,
       nullif(1 + n % 60, 60), nullif('f' || n % 11, 'f10'), nullif(n % 7, 6) / 8.0, '2024-01-01'::timestamptz + n * interval '1 hour'
FROM generate_series(1, 3000) AS n;
ANALYZE tenants, ai_feature_usage;
SET max_parallel_workers_per_gather = 0;

SELECT rows, is_used(rows), is_same(rows), tenants_of(rows)
FROM (VALUES
    ('ai_feature_usage WHERE tenant_id > 5'),
    ('ai_feature_usage WHERE note LIKE ''long long%'''),
    ('ai_feature_usage WHERE note IS NULL AND created_at < ''2024-02-01'''),
    ('ai_feature_usage WHERE length(note) > inference_cost AND created_at >= ''2024-02-01'' AND created_at < ''2024-03-01'''),
    ('ai_feature_usage WHERE note = ''4'' OR feature_name = ''f3'' OR inference_cost IS NULL'),
    ('ai_feature_usage WHERE created_at >= NULL::timestamptz AND tenant_id > 5'),
    ('ai_feature_usage WHERE random() < 2'),
    ('ai_feature_usage WHERE NULL::boolean OR tenant_id = 5'),
    -- The same for all rows.
    ('ai_feature_usage WHERE current_setting(''work_mem'') = ''none'''),
    ('ai_feature_usage WHERE current_setting(''work_mem'') <> ''none'''),
    ('ai_feature_usage WHERE current_setting(''work_mem'') <> ''none'' AND tenant_id < 5'),
    ('ai_feature_usage WHERE (SELECT count(*) FROM tenants) = 50 AND tenant_id < 5'),
    -- Subplans: hashed, or one of two, or for each row, or once.
    ('ai_feature_usage WHERE tenant_id NOT IN (SELECT id FROM tenants WHERE region = ''r1'')'),
    ('ai_feature_usage WHERE tenant_id IN (SELECT id FROM tenants WHERE region = ''r1'') OR tenant_id = 3'),
    ('ai_feature_usage AS u WHERE EXISTS (SELECT FROM tenants AS t WHERE t.id = u.tenant_id AND t.region = ''r1'') OR tenant_id = 3'),
    ('ai_feature_usage AS u WHERE (SELECT region FROM tenants AS t WHERE t.id = u.tenant_id) = ''r2'''),
    ('ai_feature_usage WHERE tenant_id = (SELECT max(id) FROM tenants WHERE region = ''r1'')'),
    ('ai_feature_usage WHERE tenant_id = ANY (ARRAY(SELECT id FROM tenants WHERE region = ''r1''))'),
    -- What is not in a column is for the executor.
    ('ai_feature_usage AS u WHERE u IS NOT NULL'),
    ('ai_feature_usage AS u WHERE u::text <> ''x'''),
    ('ai_feature_usage WHERE tableoid = ''ai_feature_usage''::regclass'),
    ('ai_feature_usage WHERE ctid < ''(5,1)''')
) AS each (rows);
-- Errors are the server's.
SELECT rows, is_used(rows), outcome(rows, true), outcome(rows, false)
FROM (VALUES ('ai_feature_usage WHERE 1 / (tenant_id - 7) >= 0'), ('ai_feature_usage WHERE note::int > 5')) AS each (rows);

-- Columns that came later, were dropped, are far behind, or lack a value.
ALTER TABLE ai_feature_usage ADD COLUMN gone int, ADD COLUMN later text DEFAULT 'old', ADD COLUMN last numeric;
ALTER TABLE ai_feature_usage DROP COLUMN gone;
INSERT INTO ai_feature_usage SELECT NULL, n, 'later', 1.5, '2025-01-01', 'new', n / 3.0 FROM generate_series(1, 20) AS n;
SELECT rows, is_used(rows), is_same(rows), tenants_of(rows)
FROM (VALUES
    ('ai_feature_usage WHERE later = ''old'''),
    ('ai_feature_usage WHERE later > ''n'' AND last > 5'),
    ('ai_feature_usage WHERE last IS NULL AND note IS NOT NULL')
) AS each (rows);

-- Views, of which some are part of the statement.
CREATE VIEW priced AS SELECT * FROM ai_feature_usage WHERE inference_cost > 0;
CREATE VIEW recent AS SELECT * FROM priced WHERE created_at >= '2024-03-01' AND tenant_id IN (SELECT id FROM tenants WHERE region = 'r1');
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM ai_feature_usage WHERE inference_cost > 0;
SELECT rows, is_used(rows), is_same(rows), tenants_of(rows)
FROM (VALUES ('priced'), ('priced WHERE tenant_id < 9'), ('recent'), ('barrier')) AS each (rows);

-- What EXPLAIN shows.
SELECT plan_of('priced WHERE created_at >= ''2024-02-01'' AND note <> ''x''');
CREATE FUNCTION analyzed(rows text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF)
                         SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM ' || rows LOOP
        RETURN NEXT replace(line, 'rows=1.00', 'rows=1');
    END LOOP;
END $$;
SELECT analyzed('priced WHERE created_at >= ''2024-02-01''');
SELECT analyzed('ai_feature_usage WHERE created_at >= ''2024-02-01''');
SELECT analyzed('ai_feature_usage');
SELECT count(*) FROM ai_feature_usage WHERE NOT coalesce(inference_cost > 0 AND created_at >= '2024-02-01', false);

-- A condition that depends on a row outside is evaluated anew for each of them.
SELECT count(DISTINCT state), sum(length(state)) > 0
FROM generate_series(0, 2) AS g,
     LATERAL (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
              FROM ai_feature_usage WHERE tenant_id % 3 = g OFFSET 0) AS each;
SELECT count(DISTINCT state)
FROM generate_series(0, 2) AS g,
     LATERAL (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
              FROM ai_feature_usage WHERE tenant_id IN (SELECT id FROM tenants WHERE id % 3 = g) OR tenant_id = 100 OFFSET 0) AS each;
SELECT count(DISTINCT state), count(state)
FROM generate_series(0, 2) AS g,
     LATERAL (SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) AS state
              FROM ai_feature_usage WHERE (SELECT count(*) FROM tenants WHERE id = g + 1) = g OFFSET 0) AS each;

-- A policy comes before any function that can tell what it saw, however cheap that is said to be.
CREATE FUNCTION tells(tenant int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
    IF tenant IS DISTINCT FROM 7 THEN RAISE 'told %', tenant; END IF;
    RETURN true;
END $$;
CREATE ROLE usage_conditions_reader;
GRANT USAGE ON SCHEMA usage_conditions TO usage_conditions_reader;
GRANT SELECT ON tenants, ai_feature_usage TO usage_conditions_reader;
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ai_feature_usage USING (tenant_id = nullif(current_setting('usage_conditions.tenant', true), '')::int);
SET ROLE usage_conditions_reader;
SELECT is_used('ai_feature_usage WHERE tells(tenant_id)');
SET usage_conditions.tenant = '7';
SELECT tenant_id, events FROM tenant_dashboard() WHERE events > 0;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) IS NOT NULL FROM ai_feature_usage WHERE tells(tenant_id);
SET usage_conditions.tenant = '8';
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) IS NOT NULL FROM ai_feature_usage WHERE tells(tenant_id);
RESET usage_conditions.tenant;
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) IS NOT NULL FROM ai_feature_usage WHERE tells(tenant_id);
RESET ROLE;
DROP POLICY own ON ai_feature_usage;
CREATE POLICY visible ON ai_feature_usage USING (tenant_id IN (SELECT id FROM tenants));
CREATE POLICY region ON tenants USING (region = current_setting('usage_conditions.region', true));
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE TABLE expected AS
SELECT tenant_id, count(*) AS events, coalesce(sum(inference_cost), 0) AS cost
FROM ai_feature_usage WHERE tenant_id IN (SELECT id FROM tenants WHERE region = 'r1') GROUP BY tenant_id;
GRANT SELECT ON expected TO usage_conditions_reader;
SET ROLE usage_conditions_reader;
SET usage_conditions.region = 'r1';
SELECT is_used('ai_feature_usage');
SELECT tenant_id, events, cost FROM tenant_dashboard() WHERE events > 0 EXCEPT SELECT * FROM expected;
SELECT count(*), (SELECT count(*) FROM expected) FROM tenant_dashboard() WHERE events > 0;
RESET ROLE;
ALTER TABLE tenants DISABLE ROW LEVEL SECURITY;
ALTER TABLE ai_feature_usage DISABLE ROW LEVEL SECURITY;

-- With workers, which get from the leader what is found once.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
ALTER TABLE ai_feature_usage SET (parallel_workers = 2);
CREATE VIEW hashed AS SELECT * FROM ai_feature_usage WHERE tenant_id NOT IN (SELECT id FROM tenants WHERE region = 'r1');
CREATE VIEW found_once AS SELECT * FROM ai_feature_usage WHERE tenant_id < (SELECT max(id) FROM tenants WHERE region = 'r1') AND (SELECT count(*) FROM tenants) = 50;
CREATE VIEW for_each AS SELECT * FROM ai_feature_usage WHERE (SELECT region FROM tenants WHERE id = tenant_id) = 'r1';
CREATE FUNCTION differences(name text) RETURNS TABLE (is_parallel boolean, tenants bigint, differing bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tenant_metrics.setup('tenants', name::regclass, source => name);
    is_parallel := count(*) FILTER (WHERE line LIKE '%Gather%' OR line LIKE '%Parallel Custom Scan (TenantUsageScan)%') = 2
                   FROM plan_of(name) AS line;
    EXECUTE format('
        SELECT count(*), count(*) FILTER (WHERE d.events <> coalesce(e.events, 0) OR abs(d.cost - coalesce(e.cost, 0)) > 1e-9)
        FROM tenant_dashboard(source => %L) AS d
        LEFT JOIN (SELECT tenant_id, count(*) AS events, sum(inference_cost) AS cost FROM %I GROUP BY tenant_id) AS e USING (tenant_id)',
        name, name) INTO tenants, differing;
    PERFORM tenant_metrics.teardown(name);
    RETURN NEXT;
END $$;
SELECT name, d.* FROM (VALUES ('hashed'), ('found_once'), ('for_each')) AS each (name), differences(name) AS d;
RESET ALL;
SET client_min_messages = warning;
SET search_path = usage_conditions, public;
DROP OWNED BY usage_conditions_reader;
DROP ROLE usage_conditions_reader;
DROP SCHEMA usage_conditions CASCADE;
