-- TenantLookup: where a condition on tenant_id looks tenants up, and that it finds what the filtered dashboard has.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
CREATE SCHEMA lookups;
ALTER ROLE CURRENT_USER SET search_path = lookups, public;
SET search_path = lookups, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int, name text);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants SELECT n, nullif(n / 4, 0), 'tenant ' || n FROM generate_series(1, 50) AS n;
-- An orphan, a cycle, and one below it.
INSERT INTO tenants VALUES (60, 999, 'orphan'), (70, 71, 'cycle'), (71, 70, 'cycle'), (72, 71, 'below');
INSERT INTO ai_feature_usage
SELECT 1 + n % 75, 'f' || n % 11, n % 7 / 8.0, '2024-01-01'::timestamp + n * interval '1 hour' FROM generate_series(1, 3000) AS n;
ANALYZE tenants, ai_feature_usage;
CREATE TABLE uuid_tenants AS SELECT md5(id::text)::uuid AS id, md5(parent_id::text)::uuid AS parent_id FROM tenants;
CREATE TABLE uuid_usage AS SELECT md5(tenant_id::text)::uuid AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
CREATE TABLE text_tenants AS SELECT 't' || id AS id, 't' || parent_id AS parent_id FROM tenants;
CREATE TABLE text_usage AS SELECT 't' || tenant_id AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
CREATE UNIQUE INDEX ON uuid_tenants (id);
CREATE UNIQUE INDEX ON text_tenants (id);
ANALYZE uuid_tenants, text_tenants;
SELECT tenant_metrics.setup('uuid_tenants', 'uuid_usage', 'uuids'), tenant_metrics.setup('text_tenants', 'text_usage', 'texts');

-- The first statement of a connection.
\c -
EXPLAIN (COSTS OFF) SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = 5;
\c -
SELECT tenant_id, subtree_cost FROM tenant_metrics.dashboard WHERE tenant_id = 5;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = warning;

CREATE FUNCTION is_used(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line LIKE '%TenantLookup%' THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END $$;
-- The number of rows, if they are the same without the node.
CREATE FUNCTION same_rows(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found text[];
    expected text[];
BEGIN
    EXECUTE 'SELECT array_agg(q::text ORDER BY q::text COLLATE "C") FROM (' || query || ') AS q' INTO found;
    PERFORM set_config('tenant_metrics.enable_lookup', 'off', true);
    EXECUTE 'SELECT array_agg(q::text ORDER BY q::text COLLATE "C") FROM (' || query || ') AS q' INTO expected;
    PERFORM set_config('tenant_metrics.enable_lookup', 'on', true);
    RETURN CASE WHEN found IS NOT DISTINCT FROM expected THEN coalesce(cardinality(found), 0) END;
END $$;
-- Comparisons with the other type, the other way about, and as a list; repeated, unknown and missing ids; orphans and cycles.
SELECT condition, is_used(query), same_rows(query)
FROM (VALUES
    ('tenant_id = 5'),
    ('5 = tenant_id'),
    ('tenant_id = 5::bigint'),
    ('tenant_id = 5::smallint'),
    ('5::smallint = tenant_id'),
    ('tenant_id = -5'),
    ('tenant_id = 9223372036854775807'),
    ('tenant_id = 60'),
    ('tenant_id = 71'),
    ('tenant_id IN (5, 6, 5, 72, 1000)'),
    ('tenant_id = ANY (''{1,50,1,NULL,70}''::bigint[])'),
    ('tenant_id = ANY (''{{1,2},{3,1}}''::int[])'),
    ('tenant_id = ANY (''{1,2}''::smallint[])'),
    ('tenant_id = ANY (''{}''::int[])'),
    ('tenant_id = ANY (ARRAY(SELECT id FROM tenants WHERE name LIKE ''%1''))'),
    ('tenant_id = (SELECT max(id) FROM tenants WHERE parent_id = 1)'),
    ('tenant_id = (SELECT id FROM tenants WHERE false)'),
    ('tenant_id IN (5, 6) AND tenant_id = 6'),
    ('tenant_id IN (5, 7) AND tenant_id = 6'),
    ('tenant_id = 5 AND parent_id = tenant_id'),
    ('tenant_id = 5 AND parent_id = 1 AND events = descendants'),
    ('tenant_id IN (5, 6, 71) AND subtree_cost > 0 AND tree_status = ''ok'''),
    ('tenant_id = length(current_setting(''search_path''))'),
    -- These are for the whole dashboard.
    ('true'),
    ('tenant_id > 5'),
    ('tenant_id <> ALL (''{1,2,3}''::int[])'),
    ('tenant_id = ALL (''{5}''::int[])'),
    ('tenant_id = 5.0'),
    ('tenant_id = 5 OR depth = 0'),
    ('tenant_id + 0 = 5'),
    ('tenant_id = parent_id'),
    ('parent_id = 5'),
    ('tenant_id = 5 + (random() * 0)::int'),
    ('tenant_id IS NULL'),
    ('NOT tenant_id = 5')
) AS each (condition), format('SELECT * FROM tenant_metrics.dashboard WHERE %s', condition) AS query;
-- What is asked beside the condition, and of which function.
SELECT query, is_used(query), same_rows(query)
FROM (VALUES
    ('SELECT cost FROM tenant_dashboard(since => ''2024-02-01'', until => ''2024-03-01'') WHERE tenant_id = 5'),
    ('SELECT d FROM tenant_dashboard() AS d WHERE tenant_id IN (5, 6)'),
    ('SELECT d, d.tenant_id, to_jsonb(d) -> ''cost'' FROM tenant_dashboard() AS d WHERE tenant_id IN (5, 6) AND d IS NOT NULL'),
    ('SELECT 1 FROM tenant_dashboard() WHERE tenant_id IN (5, 6)'),
    ('SELECT count(*), sum(cost) FROM tenant_dashboard() AS d (a) WHERE a IN (5, 6, 7) GROUP BY tree_status'),
    ('SELECT tenant_id FROM tenant_dashboard() WHERE tenant_id IN (5, 6, 7) ORDER BY subtree_cost DESC LIMIT 2'),
    ('SELECT depth * 2 + events FROM tenant_dashboard() WHERE tenant_id IN (5, 6, 7)'),
    ('SELECT t.name, d.cost FROM tenants AS t JOIN tenant_metrics.dashboard AS d ON d.tenant_id = t.id WHERE t.id = 5'),
    ('SELECT t.name, d.cost FROM tenants AS t LEFT JOIN tenant_metrics.dashboard AS d ON d.tenant_id = t.id WHERE t.id = 5'),
    ('SELECT t.name, d.cost FROM tenant_metrics.dashboard AS d JOIN tenants AS t ON t.parent_id = d.tenant_id WHERE d.tenant_id = 5'),
    ('SELECT t.name, (SELECT d.cost FROM tenant_dashboard() AS d WHERE d.tenant_id = t.id) FROM tenants AS t WHERE t.id < 9'),
    ('SELECT t.name, d.cost FROM tenants AS t, LATERAL (SELECT * FROM tenant_dashboard() WHERE tenant_id IN (t.id, t.parent_id) OFFSET 0) AS d WHERE t.id < 9'),
    ('SELECT a.cost, b.cost FROM tenant_dashboard() AS a, tenant_dashboard() AS b WHERE a.tenant_id = 1 AND b.tenant_id = a.parent_id + 5'),
    ('SELECT * FROM tenant_dashboard() WHERE tenant_id = 5 UNION ALL SELECT * FROM tenant_dashboard() WHERE tenant_id = 6'),
    ('SELECT * FROM tenant_dashboard_text() WHERE tenant_id IN (''5'', ''6'', ''006'', ''+6'', '' 6'', ''six'', ''99999999999999999999'')'),
    ('SELECT * FROM tenant_dashboard_text() WHERE tenant_id = ''6''::varchar'),
    ('SELECT * FROM tenant_dashboard_text() WHERE tenant_id = ANY (''{6,7}''::varchar[])'),
    ('SELECT * FROM tenant_dashboard_text() WHERE tenant_id COLLATE "C" = ''6'''),
    ('SELECT * FROM tenant_dashboard_text(source => ''texts'') WHERE tenant_id IN (''t5'', ''T5'', ''t5'', '''')'),
    ('SELECT * FROM tenant_dashboard_uuid(source => ''uuids'') WHERE tenant_id IN (md5(''5'')::uuid, md5(''x'')::uuid)'),
    ('SELECT * FROM tenant_dashboard_text(source => ''uuids'') WHERE tenant_id IN (md5(''5''), md5(''5'')::uuid::text, upper(md5(''6'')::uuid::text))'),
    -- These are for the whole dashboard.
    ('SELECT * FROM tenant_dashboard(1) WHERE tenant_id = 5'),
    ('SELECT * FROM tenant_dashboard(max_depth => 1) WHERE tenant_id = 5'),
    ('SELECT * FROM tenant_dashboard() WITH ORDINALITY WHERE tenant_id = 5'),
    ('SELECT * FROM ROWS FROM (tenant_dashboard(), generate_series(1, 60)) WHERE tenant_id = 5'),
    ('SELECT * FROM tenant_dashboard(since => timestamptz ''2024-02-01'' + random() * interval ''0'') WHERE tenant_id = 5'),
    ('SELECT * FROM tenant_subtree_costs() WHERE tenant_id = 5'),
    ('SELECT tenant_dashboard() AS d OFFSET 53'),
    ('SELECT * FROM tenant_dashboard_text() WHERE tenant_id = ''6''::name'),
    ('SELECT * FROM tenant_dashboard_text() WHERE tenant_id LIKE ''6''')
) AS each (query);
-- A collation that takes different texts for equal.
DO $$
BEGIN
    CREATE COLLATION lookups.ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported OR object_not_in_prerequisite_state THEN
    NULL;
END $$;
SELECT coalesce(bool_and(NOT is_used(query) AND same_rows(query) = 1), true) AS not_used
FROM pg_collation, concat('SELECT * FROM tenant_dashboard_text(source => ''texts'') WHERE tenant_id = ''T5'' COLLATE lookups.', collname) AS query
WHERE collnamespace = 'lookups'::regnamespace;

-- Plans, with and without what they are asked for.
EXPLAIN (COSTS OFF, VERBOSE) SELECT name, cost FROM tenants JOIN tenant_dashboard(until => '2024-03-01') AS d ON d.tenant_id = id WHERE id = 5 AND d.depth > 0;
EXPLAIN (COSTS OFF, VERBOSE) SELECT d FROM tenant_dashboard_text() AS d WHERE tenant_id IN ('5', '6');
EXPLAIN (COSTS OFF, SETTINGS) SELECT * FROM tenant_dashboard() WHERE tenant_id = 5;
SET tenant_metrics.enable_lookup = off;
EXPLAIN (COSTS OFF, SETTINGS) SELECT * FROM tenant_dashboard() WHERE tenant_id = 5;
RESET tenant_metrics.enable_lookup;
-- A join looks up each row of the other table where few are expected of it: a page, here of tables that pass for large.
BEGIN;
UPDATE pg_class SET reltuples = 10000, relpages = 100 WHERE oid = 'tenants'::regclass;
UPDATE pg_class SET reltuples = 5000000, relpages = 50000 WHERE oid = 'ai_feature_usage'::regclass;
SET LOCAL enable_seqscan = off;
EXPLAIN (COSTS OFF)
SELECT t.name, d.cost FROM tenants AS t LEFT JOIN tenant_metrics.dashboard AS d ON d.tenant_id = t.id AND d.depth > 0 WHERE t.id BETWEEN 5 AND 8;
EXPLAIN (COSTS OFF)
SELECT page.name, d FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page LEFT JOIN tenant_dashboard_text() AS d ON d.tenant_id = page.id::text;
SELECT query, is_used(query), same_rows(query)
FROM (VALUES
    ('SELECT t.name, d.cost FROM tenants AS t JOIN tenant_metrics.dashboard AS d ON d.tenant_id = t.id WHERE t.id BETWEEN 5 AND 8 AND d.depth > 0'),
    ('SELECT page.name, d FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page LEFT JOIN tenant_dashboard_text() AS d ON d.tenant_id = page.id::text'),
    ('SELECT page.name, d.* FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page LEFT JOIN tenant_dashboard() AS d ON d.tenant_id = page.parent_id AND d.events > page.id'),
    ('SELECT page.name, d.* FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenant_dashboard() AS d ON d.tenant_id = ANY (ARRAY[page.id, page.parent_id])'),
    ('SELECT page.name, d.cost FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenant_dashboard() AS d ON d.tenant_id = page.id + page.parent_id'),
    ('SELECT d.cost, p.cost FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenant_dashboard() AS d ON d.tenant_id = page.id
      LEFT JOIN tenant_dashboard() AS p ON p.tenant_id = d.parent_id'),
    ('SELECT d.cost FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenant_dashboard() AS d ON d.tenant_id = page.id AND d.parent_id = page.id'),
    ('SELECT d.cost FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenant_dashboard() AS d ON d.tenant_id = page.id AND d.parent_id = page.parent_id'),
    ('SELECT d.cost, t.name FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenants AS t ON t.parent_id = page.id
      JOIN tenant_dashboard() AS d ON d.tenant_id = page.id AND d.tenant_id = t.parent_id'),
    ('SELECT page.name FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page WHERE EXISTS (SELECT FROM tenant_dashboard() AS d WHERE d.tenant_id = page.id AND d.cost > 0)'),
    -- These are for the whole dashboard.
    ('SELECT t.name, d.cost FROM tenants AS t FULL JOIN tenant_metrics.dashboard AS d ON d.tenant_id = t.id'),
    ('SELECT t.name, d.cost FROM tenant_metrics.dashboard AS d LEFT JOIN tenants AS t ON d.tenant_id = t.id'),
    ('SELECT page.name, d.cost FROM (SELECT * FROM tenants ORDER BY id LIMIT 5) AS page JOIN tenant_dashboard() AS d ON d.tenant_id = page.id + d.depth')
) AS each (query);
ROLLBACK;
-- The statistics of the tenants table say how many rows there are, for readers of all tenants.
CREATE FUNCTION rows_expected(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM ' || call INTO plan;
    RETURN plan #>> '{0,Plan,Plan Rows}';
END $$;
SELECT call, rows_expected(call)
FROM unnest(ARRAY['tenant_dashboard()', 'tenant_subtree_costs()', 'tenant_adoption_rates_text()', 'tenant_dashboard_uuid(source => ''uuids'')',
                  'tenant_dashboard(1)', 'tenant_dashboard(max_depth => 2)', 'tenant_dashboard(source => ''none'')',
                  'tenant_dashboard_text(source => ''texts'')', 'tenant_dashboard() WHERE tenant_id = 5']) AS call;

-- Prepared statements: with generic plans, NULL, and a parameter of another integer type.
SET plan_cache_mode = force_generic_plan;
PREPARE one (int) AS SELECT tenant_id, depth, cost FROM tenant_metrics.dashboard WHERE tenant_id = $1;
EXPLAIN (COSTS OFF) EXECUTE one (5);
EXECUTE one (5);
EXECUTE one (71);
EXECUTE one (NULL);
EXECUTE one (1000);
PREPARE several (bigint[], timestamptz, text) AS SELECT tenant_id, events FROM tenant_dashboard(since => $2, source => $3) WHERE tenant_id = ANY ($1);
EXPLAIN (COSTS OFF) EXECUTE several ('{1}', NULL, 'default');
EXECUTE several ('{3,1,3,NULL}', '2024-03-01', 'default');
EXECUTE several (NULL, NULL, 'default');
EXECUTE several ('{}', NULL, 'default');
-- The plan follows the function.
ALTER FUNCTION tenant_dashboard(bigint, timestamptz, timestamptz, text, int) SECURITY DEFINER;
EXPLAIN (COSTS OFF) EXECUTE one (5);
ALTER FUNCTION tenant_dashboard(bigint, timestamptz, timestamptz, text, int) SECURITY INVOKER;
EXPLAIN (COSTS OFF) EXECUTE one (5);
DEALLOCATE ALL;
RESET plan_cache_mode;

-- Errors are those of the dashboard.
SELECT statement, first_line(statement), is_used(statement)
FROM unnest(ARRAY[
    'SELECT * FROM tenant_dashboard(source => ''none'') WHERE tenant_id = 1',
    'SELECT * FROM tenant_dashboard(source => NULL) WHERE tenant_id = 1',
    'SELECT * FROM tenant_dashboard(since => ''2024-02-01'', until => ''2024-01-01'') WHERE tenant_id = 1',
    'SELECT * FROM tenant_dashboard(source => ''texts'') WHERE tenant_id = 1',
    'SELECT * FROM tenant_dashboard() WHERE tenant_id = 1 / (SELECT 0)']) AS statement;

-- A cursor keeps its snapshot, and goes both ways.
BEGIN;
DECLARE ways SCROLL CURSOR FOR SELECT tenant_id, events FROM tenant_metrics.dashboard WHERE tenant_id IN (1, 2, 3);
FETCH 2 FROM ways;
DELETE FROM ai_feature_usage;
FETCH 2 FROM ways;
FETCH BACKWARD 3 FROM ways;
SELECT tenant_id, events FROM tenant_metrics.dashboard WHERE tenant_id IN (1, 2);
ROLLBACK;
-- Rows that a statement of the transaction wrote are seen, those of the statement itself are not.
BEGIN;
INSERT INTO ai_feature_usage SELECT tenant_id, 'new', 1000, NULL FROM tenant_metrics.dashboard WHERE tenant_id = 50;
SELECT cost FROM tenant_metrics.dashboard WHERE tenant_id = 50;
ROLLBACK;
-- Rows that are locked or changed are joined with the dashboard as a whole.
BEGIN;
EXPLAIN (COSTS OFF) SELECT cost FROM tenants JOIN tenant_dashboard() ON tenant_id = id WHERE id = 5 FOR UPDATE OF tenants;
UPDATE tenants SET name = cost::text FROM tenant_metrics.dashboard WHERE tenant_id = 5 AND id = tenant_id RETURNING name;
ROLLBACK;

-- Asked for again, with the same ids and with others; what was found before is given back.
EXPLAIN (COSTS OFF)
SELECT g, (SELECT count(*) FROM tenant_dashboard() WHERE tenant_id IN (g, g + 1) AND depth >= g % 2) FROM generate_series(1, 3) AS g;
SELECT g, (SELECT count(*) FROM tenant_dashboard() WHERE tenant_id IN (g, g + 1) AND depth >= g % 2) FROM generate_series(1, 3) AS g;
SELECT g, (SELECT string_agg(tenant_id::text, ',') FROM tenant_dashboard() WHERE tenant_id IN (5, 6) AND tenant_id <> g) FROM generate_series(5, 7) AS g;
SELECT sum((SELECT events FROM tenant_dashboard() WHERE tenant_id = 1 + g % 50)) > 0 AS found,
    (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) < 30000000 AS bounded
FROM generate_series(1, 2000) AS g;

-- A view that hides rows hides them here, and no function of the caller's sees them.
CREATE FUNCTION seen(id bigint) RETURNS boolean LANGUAGE plpgsql COST 0.001 AS $$ BEGIN RAISE WARNING 'seen %', id; RETURN true; END $$;
CREATE VIEW barrier WITH (security_barrier) AS SELECT tenant_id, cost FROM tenant_metrics.dashboard WHERE tenant_id IN (5, 6);
SELECT * FROM barrier WHERE tenant_id = 5 AND seen(tenant_id);
SELECT * FROM barrier WHERE tenant_id = 7 AND seen(tenant_id);
EXPLAIN (COSTS OFF) SELECT * FROM barrier WHERE tenant_id = 7 AND seen(tenant_id);

-- Rights are those of a call: EXECUTE on the function that is named, SELECT on the tables.
CREATE ROLE lookups_reader;
GRANT USAGE ON SCHEMA lookups TO lookups_reader;
REVOKE EXECUTE ON FUNCTION tenant_dashboard_for(bigint[], timestamptz, timestamptz, text) FROM PUBLIC;
SET ROLE lookups_reader;
SELECT first_line('SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = 5');
RESET ROLE;
GRANT SELECT ON tenants, ai_feature_usage TO lookups_reader;
SET ROLE lookups_reader;
SELECT events FROM tenant_metrics.dashboard WHERE tenant_id = 5;
SELECT first_line('SELECT cost FROM barrier WHERE tenant_id = 5');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION tenant_dashboard(bigint, timestamptz, timestamptz, text, int) FROM PUBLIC;
SET ROLE lookups_reader;
SELECT first_line('SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = 5');
EXPLAIN SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = 5;
SET tenant_metrics.enable_lookup = off;
SELECT first_line('SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = 5');
RESET ROLE;
RESET tenant_metrics.enable_lookup;
GRANT EXECUTE ON FUNCTION tenant_dashboard(bigint, timestamptz, timestamptz, text, int) TO PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_dashboard_for(bigint[], timestamptz, timestamptz, text) TO PUBLIC;
-- Row-level security hides a tenant, whose children are orphans then.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON tenants USING (id <> 1);
SET ROLE lookups_reader;
SELECT tenant_id, tree_status, depth FROM tenant_metrics.dashboard WHERE tenant_id IN (1, 4, 5);
RESET ROLE;

-- Calls are counted as the function's.
SET track_functions = 'all';
BEGIN;
SELECT count(*) FROM tenant_dashboard() WHERE tenant_id = 5;
SELECT funcname, calls FROM pg_stat_xact_user_functions WHERE funcname LIKE 'tenant_dashboard%';
COMMIT;
RESET track_functions;

SELECT tenant_metrics.teardown('uuids'), tenant_metrics.teardown('texts');
DROP OWNED BY lookups_reader;
DROP ROLE lookups_reader;
DROP SCHEMA lookups CASCADE;
ALTER ROLE CURRENT_USER RESET ALL;
