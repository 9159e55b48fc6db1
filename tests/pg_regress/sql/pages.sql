-- Pages and small roots: what lies around the asked tenants is read, and their events are looked up, while that is cheaper.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA pages;
SET search_path = pages, public;
-- Tenant n is below n / 10, so 1 to 9 are roots. From 20001 on: a cycle of two, one with a tenant below it that has a child, the other
-- with a child, a tenant that is its own parent, with a child, and an orphan, also with a child.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants SELECT n, nullif(n / 10, 0) FROM generate_series(1, 10000) AS n;
INSERT INTO tenants VALUES (20001, 20002), (20002, 20001), (20003, 20001), (20004, 20003), (20005, 20005), (20006, 20005),
    (20007, 99999), (20008, 20007), (20009, 20002);
INSERT INTO ai_feature_usage
SELECT 1 + n % 10000, 'f' || n / 10000, n % 100, '2024-01-01'::timestamp + n * interval '1 minute' FROM generate_series(1, 60000) AS n;
INSERT INTO ai_feature_usage SELECT n, 'f' || n % 3, n - 20000, '2024-02-01' FROM generate_series(20001, 20009) AS n;
CREATE INDEX ON tenants (parent_id);
CREATE INDEX ON ai_feature_usage (tenant_id);
ANALYZE tenants, ai_feature_usage;
CREATE VIEW counts AS SELECT last_single AS single, last_passes AS passes FROM tenant_metrics.explain();

-- A page: one look-up of the events of all its tenants and of what is below them.
SELECT tenant_id, parent_id, depth, height, tree_status, descendants, events, subtree_events, cost, subtree_cost, subtree_features_used
FROM tenant_dashboard_for('{9999,123,20004,NULL,77777,20007,20006,123,20008,20001}');
SELECT * FROM counts;
-- With a tenant that a ninth of the others are below, and with all, a pass.
SELECT tenant_id, depth, height, descendants, subtree_events FROM tenant_dashboard_for('{9999,9}');
SELECT * FROM counts;
SELECT count(*), sum(cost) FROM tenant_dashboard_for((SELECT array_agg(id) FROM tenants));
SELECT * FROM counts;
SELECT engine, reason, ruled_out FROM tenant_metrics.explain(123);
SELECT engine, reason FROM tenant_metrics.explain(9999);
SELECT engine, reason FROM tenant_metrics.explain(77777);
SELECT engine, reason FROM tenant_metrics.explain();

-- Every reader, with roots of all kinds: what is found around them is what the whole forest says.
CREATE TABLE readers (call text PRIMARY KEY);
INSERT INTO readers VALUES
    ('tenant_dashboard(%s)'), ('tenant_dashboard(%s, max_depth => 1)'), ('tenant_dashboard(%s, ''2024-01-10'', ''2024-02-02'')'),
    ('tenant_dashboard_for(ARRAY[%1$s, 9998, %1$s, 121])'), ('tenant_adoption_rates(%s)'), ('tenant_subtree_costs(%s)'),
    ('tenant_tree_json(%s)'), ('tenant_usage_series(%s, bucket => ''month'')'), ('tenant_usage_series(%s, bucket => ''week'', scope => ''own'')'),
    ('tenant_usage_series_for(ARRAY[%1$s, 9998, %1$s, 121, 1211], bucket => ''week'')'),
    ('tenant_usage_series_for(ARRAY[9998, %s], ''2024-01-10'', ''2024-02-02'', scope => ''own'')'), ('tenant_activity(%s, ''2024-02-10'')'),
    ('tenant_feature_breakdown(%s)'), ('tenant_feature_breakdown(%s, scope => ''own'')'), ('tenant_feature_matrix(%s)'),
    ('tenant_feature_matrix(%s, scope => ''own'')'), ('tenant_feature_adoption(%s)'), ('tenant_top(3, ''subtree_cost'', %s)'),
    ('tenant_top(3, ''cost'', %s, at_depth => 3)'), ('tenant_top(NULL, ''events'', %s)'),
    ('tenant_compare(%s, ''2024-01-20'', ''2024-02-10'')'), ('tenant_descendants(%s)'), ('tenant_descendants(%s, 1)'), ('tenant_ancestors(%s)');
CREATE TABLE answers (call text, root int, known text, answer text, single bigint, passes bigint);
-- Each call in a transaction that knows nothing, the whole forest, or the totals of all tenants.
CREATE PROCEDURE ask(known text) LANGUAGE plpgsql AS $$
DECLARE
    asked record;
    is_known bool := false;
    answer text;
    before counts;
    now counts;
    found answers[];
BEGIN
    PERFORM tenant_cost(1);
    FOR asked IN SELECT call, root FROM readers, unnest('{9999,123,20001,20003,20005,20006,20007,20008,77777}'::int[]) AS root
                 ORDER BY call COLLATE "C", root LOOP
        IF known = 'nothing' THEN
            COMMIT;
        ELSIF NOT is_known THEN
            EXECUTE CASE known WHEN 'forest' THEN 'SELECT tenant_top(1, ''events'')' ELSE 'SELECT count(*) FROM tenant_dashboard()' END;
            is_known := true;
        END IF;
        SELECT * INTO before FROM counts;
        BEGIN
            EXECUTE format('SELECT string_agg(a::text, E''\n'' ORDER BY a.ordinality) FROM ' || asked.call || ' WITH ORDINALITY AS a', asked.root)
                INTO answer;
        EXCEPTION WHEN OTHERS THEN
            answer := SQLERRM;
            is_known := false;
        END;
        SELECT * INTO now FROM counts;
        found := found || (asked.call, asked.root, known, answer, now.single - before.single, now.passes - before.passes)::answers;
    END LOOP;
    INSERT INTO answers SELECT * FROM unnest(found);
END $$;
CALL ask('nothing');
CALL ask('forest');
CALL ask('totals');
SELECT a.call, a.root, b.known, a.answer, b.answer AS known_answer
FROM answers AS a JOIN answers AS b USING (call, root)
WHERE a.known = 'nothing' AND a.answer IS DISTINCT FROM b.answer ORDER BY 1, 2, 3;
SELECT call, count(answer) AS answers, sum(single) AS single, sum(passes) AS passes FROM answers WHERE known = 'nothing' GROUP BY call ORDER BY call COLLATE "C";

-- Called again and again, readers look up until a pass would have been cheaper; so does a loop.
SELECT count(*) AS rows, sum(d.cost) = (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id < 20000) AS equal
FROM (SELECT id FROM tenants WHERE id < 20000 ORDER BY id DESC) AS t, tenant_dashboard_for(ARRAY[t.id]) AS d WHERE d.cost >= 0;
SELECT single BETWEEN 10 AND 1000 AS single, passes FROM counts;
SELECT sum((SELECT c.subtree_cost FROM tenant_subtree_costs(t.id) AS c LIMIT 1)) = sum(tenant_subtree_cost(t.id)) AS equal
FROM (SELECT id FROM tenants WHERE id < 20000 ORDER BY id DESC) AS t;
SELECT single BETWEEN 10 AND 1000 AS single, passes FROM counts;
SET tenant_metrics.cache_limit = 0;
SELECT count(*) AS rows, sum(d.cost) = (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id > 9900) AS equal
FROM tenants AS t, tenant_dashboard_for(ARRAY[t.id]) AS d WHERE t.id > 9900;
SELECT * FROM counts;
RESET tenant_metrics.cache_limit;
-- A pass that does not fit into memory leaves it at look-ups.
SET tenant_metrics.memory_limit = '64kB';
SET tenant_metrics.engine = aggregate;
SELECT count(*) AS rows, sum(d.cost) = (SELECT sum(inference_cost) FROM ai_feature_usage WHERE tenant_id BETWEEN 2001 AND 4000) AS equal
FROM tenants AS t, tenant_dashboard_for(ARRAY[t.id]) AS d WHERE t.id BETWEEN 2001 AND 4000;
SELECT * FROM counts;
RESET tenant_metrics.engine;
RESET tenant_metrics.memory_limit;

-- Without an index on the tenant of usage, the events of a root are found by reading all, once.
DROP INDEX ai_feature_usage_tenant_id_idx;
SELECT tenant_id, events, subtree_events FROM tenant_dashboard(999) LIMIT 2;
SELECT * FROM counts;
SELECT engine, reason FROM tenant_metrics.explain(999);
SELECT count(*) FROM tenants AS t, tenant_dashboard_for(ARRAY[t.id]) AS d WHERE t.id > 9900;
SELECT * FROM counts;
SELECT count(*) FROM tenant_usage_series_for('{999,20008}');
SELECT * FROM counts;
-- Without a unique index on the ids, as in a view, a tenant may have rows beside the one that a walk down meets.
ALTER TABLE tenants RENAME TO all_tenants;
CREATE VIEW tenants AS TABLE all_tenants UNION ALL SELECT 9991, 5;
SELECT first_line('SELECT * FROM tenant_dashboard_for(''{999}'')');
SELECT first_line('SELECT * FROM tenant_descendants(999)');
DROP VIEW tenants;
ALTER TABLE all_tenants RENAME TO tenants;

DROP SCHEMA pages CASCADE;
