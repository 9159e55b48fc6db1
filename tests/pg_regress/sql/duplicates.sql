-- Tenants as a view of several tables, and ids that several rows have.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
CREATE SCHEMA duplicates;
SET search_path = duplicates, public;
CREATE TABLE organisations (id int PRIMARY KEY);
CREATE TABLE teams (id int PRIMARY KEY, org_id int);
CREATE TABLE projects (id int PRIMARY KEY, team_id int);
CREATE TABLE keys (id int PRIMARY KEY, project_id int);
INSERT INTO organisations VALUES (1), (2);
INSERT INTO teams VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO projects VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO keys SELECT number, 1 + number % 3 FROM generate_series(1, 6) AS number;
CREATE VIEW accounts AS
SELECT 'org:' || id::text AS id, NULL::text AS parent_id FROM organisations
UNION ALL SELECT 'team:' || id::text, 'org:' || org_id::text FROM teams
UNION ALL SELECT 'project:' || id::text, 'team:' || team_id::text FROM projects
UNION ALL SELECT 'key:' || id::text, 'project:' || project_id::text FROM keys;
-- What finds a row of the view by its id or by its parent.
CREATE INDEX ON organisations (('org:' || id::text));
CREATE INDEX ON teams (('team:' || id::text));
CREATE INDEX ON teams (('org:' || org_id::text));
CREATE INDEX ON projects (('project:' || id::text));
CREATE INDEX ON projects (('team:' || team_id::text));
CREATE INDEX ON keys (('key:' || id::text));
CREATE INDEX ON keys (('project:' || project_id::text));
CREATE TABLE calls (tenant_id text, feature_name text, inference_cost numeric, created_at timestamptz);
INSERT INTO calls SELECT 'key:' || number, 'chat', number, '2024-05-01' FROM generate_series(1, 6) AS number;
INSERT INTO calls SELECT 'team:1', 'search', 100, '2024-05-02' FROM generate_series(1, 2);
SELECT tenant_metrics.setup('accounts', 'calls', 'four');
RESET client_min_messages;

-- Four tables in one forest; calls of a query share a pass.
SELECT tenant_id, parent_id, depth, descendants, subtree_cost FROM tenant_dashboard_text(source => 'four');
SELECT tenant_id, tenant_subtree_cost_text(tenant_id, source => 'four') AS cost, tenant_path_text(tenant_id, source => 'four')
FROM unnest('{org:1,team:2,key:3,team:9}'::text[]) AS tenant_id;
SELECT scalars, missing_indexes FROM tenant_metrics.explain_text(source => 'four');
SELECT source, tenants, problem, missing_indexes FROM tenant_metrics.status() WHERE source = 'four';

-- A key that two rows have fails what depends on it: itself, what is above any of its rows, and what is below.
ALTER TABLE keys DROP CONSTRAINT keys_pkey;
INSERT INTO keys VALUES (4, 1);
-- How an answer about a tenant comes out, by each way of answering.
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE call INTO answer;
    RETURN coalesce(answer, 'NULL');
EXCEPTION WHEN cardinality_violation THEN
    RETURN SQLERRM;
END $$;
CREATE FUNCTION outcomes(tenant text, OUT call text, OUT walked text, OUT whole text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    FOREACH call IN ARRAY '{tenant_cost,tenant_depth,tenant_root,tenant_height,tenant_subtree_cost}'::text[] LOOP
        PERFORM set_config('seq_page_cost', '1000000', true);
        walked := outcome(format('SELECT %s_text(%L, source => ''four'')', call, tenant));
        PERFORM set_config('seq_page_cost', '0', true), set_config('random_page_cost', '1000000', true);
        whole := outcome(format('SELECT %s_text(%L, source => ''four'')', call, tenant));
        PERFORM set_config('seq_page_cost', '1', true), set_config('random_page_cost', '4', true);
        RETURN NEXT;
    END LOOP;
    FOREACH call IN ARRAY '{tenant_dashboard,tenant_descendants,tenant_ancestors,tenant_tree_json,tenant_feature_adoption,tenant_feature_breakdown,tenant_usage_series,tenant_activity}'::text[] LOOP
        PERFORM set_config('seq_page_cost', '1000000', true);
        walked := outcome(format('SELECT count(*) FROM %s_text(%L, source => ''four'')', call, tenant));
        PERFORM set_config('seq_page_cost', '0', true), set_config('random_page_cost', '1000000', true);
        whole := outcome(format('SELECT count(*) FROM %s_text(%L, source => ''four'')', call, tenant));
        PERFORM set_config('seq_page_cost', '1', true), set_config('random_page_cost', '4', true);
        RETURN NEXT;
    END LOOP;
END $$;
-- The tenant itself: its own events are the same whichever row counts.
SELECT * FROM outcomes('key:4');
-- Above either row: key:4 belongs to project:2 and to project:1.
SELECT * FROM outcomes('project:1');
SELECT * FROM outcomes('org:1');
-- Nowhere near it.
SELECT * FROM outcomes('org:2');
SELECT * FROM outcomes('key:6');
-- All tenants, a list with one that depends on it, and a list without.
SELECT * FROM expect_error($$SELECT * FROM tenant_dashboard_text(source => 'four')$$);
SELECT first_line($$SELECT * FROM tenant_top_text(3, source => 'four')$$);
SELECT first_line($$SELECT * FROM tenant_usage_series_text(NULL, scope => 'own', source => 'four')$$);
SELECT first_line($$SELECT * FROM tenant_dashboard_for_text('{org:2,project:2}', source => 'four')$$);
SELECT tenant_id, subtree_cost FROM tenant_dashboard_for_text('{org:2,key:5,key:1}', source => 'four');
-- A scope of its own events.
SELECT events, cost FROM tenant_usage_series_text('key:4', scope => 'own', source => 'four');
SELECT feature, cost, tenants_in_scope FROM tenant_feature_breakdown_text('key:4', scope => 'own', source => 'four');
-- What lists it.
SELECT * FROM tenant_metrics.integrity('four', '{duplicate,cycle,orphan}');

-- A duplicate with something below it, found by the way up alone; the first one upwards is named.
ALTER TABLE teams DROP CONSTRAINT teams_pkey;
INSERT INTO teams VALUES (2, 2);
SELECT * FROM outcomes('key:1');
SELECT tenant, outcome(format('SELECT tenant_is_descendant_text(%L, %L, ''four'')', tenant, above))
FROM (VALUES ('key:1', 'org:1'), ('key:6', 'team:1'), ('key:1', 'nobody'), ('key:4', 'key:1')) AS pair (tenant, above);
-- Below a tenant the smallest one is named.
SELECT outcome($$SELECT tenant_height_text('org:1', 'four')$$), outcome($$SELECT tenant_height_text('org:2', 'four')$$);
SELECT * FROM tenant_metrics.integrity('four', '{duplicate}');

-- A scalar for each of many tenants, some of which fail.
SELECT tenant, outcome(format('SELECT tenant_subtree_events_text(%L, source => ''four'')', tenant))
FROM unnest('{org:1,team:1,team:3,key:2}'::text[]) AS tenant;
SELECT tenant_subtree_events_text(tenant, source => 'four')
FROM unnest('{team:3,key:3,project:3,key:6}'::text[]) AS tenant;

-- Rows that are equal, too.
TRUNCATE keys, teams;
INSERT INTO teams VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO keys VALUES (1, 1), (1, 1), (2, 3);
SELECT * FROM outcomes('project:1');
SELECT outcome($$SELECT tenant_height_text('org:2', 'four')$$);

-- Links of the two rows may form a cycle: the row with the smallest parent says where integrity() sees a tenant.
CREATE TABLE loose (id int, parent_id int);
CREATE TABLE loose_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz);
INSERT INTO loose VALUES (1, NULL), (2, 1), (3, 2), (2, 3), (4, 2), (5, NULL), (6, 7), (7, 6), (8, 6), (8, 1), (9, 9), (9, 5);
SELECT tenant_metrics.setup('loose', 'loose_usage', 'loose');
SELECT id, outcome(format('SELECT tenant_depth(%s, ''loose'')', id)) AS depth,
       outcome(format('SELECT tenant_height(%s, ''loose'')', id)) AS height,
       outcome(format('SELECT count(*) FROM tenant_dashboard(%s, source => ''loose'')', id)) AS dashboard,
       outcome(format('SELECT count(*) FROM tenant_dashboard_for(''{%s}'', source => ''loose'')', id)) AS dashboard_for
FROM generate_series(1, 10) AS id;
SELECT kind, tenant_id, detail, n FROM tenant_metrics.integrity('loose', '{duplicate,cycle,orphan}');
-- From what a pass has found, which has one row of each, the same is refused.
BEGIN;
SELECT count(tenant_events(id, source => 'loose')) FROM generate_series(1, 9) AS id;
SELECT engine FROM tenant_metrics.explain(6, source => 'loose');
SELECT id, outcome(format('SELECT count(*) FROM tenant_dashboard_for(''{%s}'', source => ''loose'')', id)) AS dashboard_for
FROM unnest('{1,6}'::int[]) AS id;
ROLLBACK;
BEGIN;
SELECT count(tenant_events(id, source => 'loose')) FROM generate_series(1, 9) AS id;
SELECT outcome($$SELECT tenant_subtree_events(1, source => 'loose')$$);
ROLLBACK;
-- A table can have the index that keeps ids unique.
SELECT missing_indexes FROM tenant_metrics.status() WHERE source = 'loose';

-- Unique indexes that let an id be there twice are no such index.
CREATE UNIQUE INDEX ON loose (id) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX ON loose (id, parent_id);
CREATE UNIQUE INDEX ON loose ((parent_id + 1), id);
CREATE INDEX ON loose (parent_id);
-- From here on reading all tenants is dear, so that what lies around one is looked up.
SET seq_page_cost = 100000;
SET enable_indexonlyscan = off;
SELECT missing_indexes FROM tenant_metrics.status() WHERE source = 'loose';
INSERT INTO loose VALUES (20, NULL), (21, NULL), (22, 20), (22, 21);
SELECT outcome($$SELECT tenant_height(20, 'loose')$$), outcome($$SELECT tenant_height(21, 'loose')$$);

-- Rows of children by inheritance are in no index of their parent's; a deferred constraint lets ids be there twice.
TRUNCATE loose;
ALTER TABLE loose ADD PRIMARY KEY (id), ALTER COLUMN parent_id SET DEFAULT NULL;
CREATE TABLE loose_child (PRIMARY KEY (id)) INHERITS (loose);
CREATE INDEX ON loose_child (parent_id);
INSERT INTO loose VALUES (1, NULL), (2, 1), (3, NULL);
INSERT INTO loose_child VALUES (2, 3);
SELECT outcome($$SELECT tenant_height(1, 'loose')$$), outcome($$SELECT tenant_height(3, 'loose')$$);
DROP TABLE loose_child;
-- The table is known to have no children again.
ANALYZE loose;
ALTER TABLE loose DROP CONSTRAINT loose_pkey, ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO loose VALUES (2, 3);
SELECT outcome($$SELECT tenant_height(1, 'loose')$$), outcome($$SELECT tenant_height(3, 'loose')$$);
ROLLBACK;
SELECT tenant_height(1, 'loose');
RESET seq_page_cost;
RESET enable_indexonlyscan;

-- A materialized view says what it held when it was refreshed, and can have the index.
CREATE MATERIALIZED VIEW stored AS SELECT DISTINCT * FROM accounts;
SELECT tenant_metrics.setup('stored', 'calls', 'stored');
CREATE UNIQUE INDEX ON stored (id);
DELETE FROM keys WHERE id = 2;
SELECT tenant_height_text('org:2', 'stored') AS stored, tenant_height_text('org:2', 'four') AS viewed;
REFRESH MATERIALIZED VIEW stored;
SELECT tenant_height_text('org:2', 'stored') AS stored, tenant_height_text('org:2', 'four') AS viewed;

SELECT tenant_metrics.teardown('four'), tenant_metrics.teardown('loose'), tenant_metrics.teardown('stored');
SET client_min_messages = warning;
DROP SCHEMA duplicates CASCADE;
