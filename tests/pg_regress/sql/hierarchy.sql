-- Forests with orphans, cycles and tenants below cycles: their order and what each reader says.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA hierarchy;
SET search_path = hierarchy, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (
    tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants VALUES
    -- A tree whose ids do not follow its order, with a negative id.
    (10, NULL), (12, 10), (-3, 10), (2, 12), (1, 12), (11, -3),
    -- Orphans, one with a child.
    (20, 999), (21, 20), (5, 998),
    -- A cycle of three with two tenants below, one that is its own parent with one below.
    (30, 31), (31, 32), (32, 30), (33, 31), (34, 33), (40, 40), (41, 40);
INSERT INTO ai_feature_usage
SELECT id, 'f' || abs(id) % 4, id, '2024-01-01'::timestamp FROM tenants;
INSERT INTO ai_feature_usage VALUES (999, 'stray', 1, '2024-01-01'), (NULL, 'stray', 1, '2024-01-01');

-- Roots by id, each with its subtree depth-first, then whoever is on or below a cycle, by id.
SELECT tenant_id, parent_id, depth, height, tree_status, descendants, events, subtree_events,
       subtree_features_used AS features, cost, subtree_cost, subtree_last_used::date
FROM tenant_dashboard();
SELECT array_agg(tenant_id) = ARRAY[5, 10, -3, 11, 12, 1, 2, 20, 21, 30, 31, 32, 33, 34, 40, 41]::bigint[] AS in_order
FROM tenant_dashboard();
SELECT array_agg(tenant_id) AS levels_0_and_1 FROM tenant_dashboard(max_depth => 1);

-- Plain SQL: walking down from the roots finds exactly the tenants that are not cyclic.
WITH RECURSIVE tree AS (
    SELECT id, 0 AS depth FROM tenants AS t
    WHERE parent_id IS NULL OR NOT EXISTS (SELECT FROM tenants AS p WHERE p.id = t.parent_id)
    UNION ALL
    SELECT t.id, depth + 1 FROM tree JOIN tenants AS t ON t.parent_id = tree.id)
SELECT count(*), count(*) FILTER (WHERE d.depth = tree.depth) AS same_depth
FROM tenant_dashboard() AS d FULL JOIN tree ON tree.id = d.tenant_id WHERE d.tree_status IS DISTINCT FROM 'cycle';

-- A root on or below a cycle: what child links lead to from it.
SELECT root, array_agg(tenant_id) AS listed, array_agg(DISTINCT tree_status) AS status
FROM unnest(ARRAY[30, 33, 34, 40, 41]) AS root, tenant_dashboard(root) GROUP BY root ORDER BY root;
SELECT tenant_id, events, cost, adoption_rate, last_used IS NOT NULL AS used,
       num_nulls(depth, height, descendants, subtree_events, subtree_features_used,
                 subtree_adoption_rate, subtree_cost, subtree_last_used) AS nulls
FROM tenant_dashboard(33, max_depth => 0);
SELECT tenant_id, tree_status, cost, subtree_cost FROM tenant_dashboard_for(ARRAY[34, 21, 40]);
SELECT * FROM tenant_subtree_costs(33);
SELECT tenant_id, round(adoption_rate::numeric, 4) AS adoption_rate FROM tenant_adoption_rates(33);

-- Scalars of a subtree or a place are NULL as in the columns, with one warning a transaction.
SELECT id, tenant_subtree_cost(id), tenant_subtree_features_used(id) AS features, tenant_depth(id), tenant_path(id)
FROM tenants WHERE id >= 20 ORDER BY id;
SELECT num_nonnulls(
    tenant_subtree_adoption_rate(30), tenant_subtree_features_used(33), tenant_subtree_cost(40), tenant_subtree_events(41),
    tenant_subtree_last_used(34), tenant_depth(31), tenant_height(32), tenant_root(33), tenant_path(40),
    tenant_is_descendant(33, 10), tenant_is_descendant(10, 33), tenant_is_descendant(30, 30)) AS answers;
BEGIN;
SAVEPOINT s;
SELECT tenant_root_text('41');
ROLLBACK TO s;
SELECT tenant_depth(30), tenant_subtree_events(30, '2024-01-01', '2024-02-01');
COMMIT;
-- Nothing to warn of: unknown tenants, own numbers, and the columns of sets.
SELECT tenant_depth(77), tenant_is_descendant(77, 30), tenant_is_descendant(30, 77), tenant_cost(30), count(*) FROM tenant_dashboard();
-- In a parallel plan the leader calls them.
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL enable_indexscan = off;
ALTER TABLE tenants SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT id, tenant_subtree_cost(id) FROM tenants WHERE abs(id) >= 34;
SELECT id, tenant_subtree_cost(id) FROM tenants WHERE abs(id) >= 34;
ROLLBACK;

-- Own scalars answer for everybody; with an error wanted, those of a subtree or a place name the cycle.
SET tenant_metrics.on_cycle = error;
SELECT tenant_cost(30), tenant_events(34), tenant_features_used(40), tenant_last_used(41)::date,
       round(tenant_adoption_rate(33)::numeric, 4) AS rate;
SELECT expect_error('SELECT tenant_subtree_cost(30)');
SELECT expect_error('SELECT tenant_depth(34)');
SELECT expect_error('SELECT tenant_root_text(''41'')');
SELECT call, error
FROM unnest(ARRAY['tenant_height(40)', 'tenant_path(31)', 'tenant_is_descendant(33, 10)',
                  'tenant_is_descendant(10, 33)', 'tenant_subtree_events(30)',
                  'tenant_subtree_features_used(30)', 'tenant_subtree_adoption_rate(30)',
                  'tenant_subtree_last_used(30)', 'tenant_descendants(30)', 'tenant_ancestors(33)']) AS call,
     LATERAL (SELECT * FROM expect_error('SELECT ' || call) AS error LIMIT 1) AS error;

-- Orphans are roots, and a parent that is missing is no ancestor.
SELECT tenant_depth(20), tenant_root(21), tenant_path(21), tenant_height(20), tenant_subtree_cost(20),
       tenant_is_descendant(20, 999);
SELECT * FROM tenant_ancestors(21);
SELECT * FROM tenant_descendants(10);

-- The tree as JSON: an array of the roots' objects, the cyclic ones last and without children.
SELECT string_agg(format('%s%s', root ->> 'id', jsonb_path_query_array(root, 'strict $.children[*].id')), ' ' ORDER BY n) AS roots
FROM jsonb_array_elements(tenant_tree_json()) WITH ORDINALITY AS r (root, n);
SELECT node -> 'tree_status' AS tree_status, node -> 'subtree_cost' AS subtree_cost,
       node -> 'children' AS children, node -> 'depth' AS depth
FROM tenant_tree_json(30) AS node;
SELECT tenant_tree_json(20, max_depth => 0) -> 'children' AS children;

-- Everything turns into one tree once the parents are corrected, and into cycles again.
BEGIN;
UPDATE tenants SET parent_id = 10 WHERE id IN (20, 5, 30, 40);
SELECT tenant_id, depth, tree_status, subtree_cost FROM tenant_dashboard(10);
UPDATE tenants SET parent_id = 1 WHERE id = 10;
SELECT tree_status, array_agg(tenant_id) FROM tenant_dashboard() GROUP BY 1;
ROLLBACK;

-- Rows without an id are no tenants, and a parent of theirs changes nothing; an id that stands twice is an error.
CREATE TABLE loose (id int, parent_id int);
INSERT INTO loose VALUES (1, NULL), (NULL, 1), (NULL, NULL), (2, 1);
SELECT tenant_metrics.setup('loose', 'ai_feature_usage', 'loose');
SELECT tenant_id, descendants, subtree_events FROM tenant_dashboard(source => 'loose');
BEGIN;
ALTER TABLE tenants DROP CONSTRAINT tenants_pkey;
INSERT INTO tenants SELECT * FROM tenants WHERE id = 10;
SELECT expect_error('SELECT * FROM tenant_dashboard()');
SELECT expect_error('SELECT tenant_depth(10)');
ROLLBACK;

-- Errors of the other arguments.
SELECT expect_error('SELECT * FROM tenant_dashboard(max_depth => -1)');
SELECT expect_error('SELECT * FROM tenant_descendants(10, -2)');
SELECT expect_error('SELECT tenant_tree_json(max_depth => -1)');

-- No tenants at all.
TRUNCATE tenants;
SELECT count(*) FROM tenant_dashboard();
SELECT tenant_tree_json(), tenant_tree_json(1), tenant_cost(1), tenant_depth(1);

SELECT tenant_metrics.teardown('loose');

-- A function decides for itself, in a session that has not loaded the library too.
INSERT INTO tenants VALUES (1, 1);
CREATE FUNCTION guarded(id bigint) RETURNS numeric LANGUAGE sql SET tenant_metrics.on_cycle = error
    RETURN tenant_subtree_cost(id);
\c -
SET search_path = hierarchy, public;
SELECT guarded(1);
SELECT tenant_subtree_cost(1);
SET tenant_metrics.on_cycle = 'null';
SELECT guarded(1);
SET tenant_metrics.on_cycle = 'none';
-- A role that is no superuser may name the setting in a session that has loaded the library.
CREATE ROLE regress_hierarchy;
GRANT USAGE, CREATE ON SCHEMA hierarchy TO regress_hierarchy;
\c -
SET search_path = hierarchy, public;
SET ROLE regress_hierarchy;
SELECT tenant_depth(NULL);
CREATE FUNCTION theirs(id bigint) RETURNS int LANGUAGE sql SET tenant_metrics.on_cycle = error RETURN tenant_depth(id);
RESET ROLE;
SELECT theirs(1);
DROP OWNED BY regress_hierarchy;
DROP ROLE regress_hierarchy;
SET client_min_messages = warning;
DROP SCHEMA hierarchy CASCADE;
