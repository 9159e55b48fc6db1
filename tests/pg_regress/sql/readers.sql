-- Every reader and its twins on one small forest, each checked against plain SQL.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA readers;
SET search_path = readers, public;

-- 1 has the children 2 and 3, 3 has 4 and 5, 5 has 6; 7 is a tree of one; 8 has no usage at all.
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, parent_id int REFERENCES tenants);
CREATE TABLE ai_feature_usage (
    id bigserial PRIMARY KEY,
    tenant_id int NOT NULL REFERENCES tenants,
    feature_name text NOT NULL,
    inference_cost float8 DEFAULT 0.0,
    created_at timestamp DEFAULT now());
INSERT INTO tenants VALUES
    (1, 'Acme', NULL), (2, 'Acme East', 1), (3, 'Acme West', 1), (4, 'Shop', 3), (5, 'Lab', 3),
    (6, 'Bench', 5), (7, 'Solo', NULL), (8, 'Silent', 7);
INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at) VALUES
    (1, 'chat', 0.1, '2024-01-01 10:00'), (1, 'search', 0.2, '2024-01-02 10:00'),
    (2, 'chat', 1.25, '2024-01-03 10:00'), (2, 'chat', -0.25, '2024-01-04 10:00'),
    (4, 'summary', 3, '2024-02-01'), (4, 'search', NULL, '2024-02-02'),
    (5, 'vision', 'NaN', '2024-02-03'), (5, 'vision', 'Infinity', '2024-02-04'),
    (6, 'speech', 1e-7, '2024-03-01'), (6, 'chat', 12345.6789, '2024-03-02'),
    (7, 'search', 0.5, '2024-04-01');

-- The dashboard, in tree order.
SELECT tenant_id, parent_id, depth, height, tree_status, descendants, events, subtree_events
FROM tenant_dashboard();
SELECT tenant_id, features_used, subtree_features_used, adoption_rate, subtree_adoption_rate
FROM tenant_dashboard();
SELECT tenant_id, cost, subtree_cost, unpriced_events, last_used, subtree_last_used
FROM tenant_dashboard();

-- The same in plain SQL.
CREATE VIEW below AS
WITH RECURSIVE walk AS (
    SELECT id AS top, id AS tenant, 0 AS distance FROM tenants
    UNION ALL
    SELECT w.top, t.id, w.distance + 1 FROM walk AS w JOIN tenants AS t ON t.parent_id = w.tenant)
SELECT * FROM walk;
CREATE VIEW events AS
SELECT tenant_id, feature_name AS feature, created_at AT TIME ZONE 'UTC' AS at,
       CASE WHEN inference_cost NOT IN ('NaN', 'Infinity', '-Infinity')
            THEN inference_cost::numeric END AS priced
FROM ai_feature_usage;
CREATE VIEW plain AS
SELECT t.id::bigint AS tenant_id, t.parent_id::bigint AS parent_id,
       (SELECT count(*)::int - 1 FROM below WHERE tenant = t.id) AS depth,
       max(b.distance) AS height,
       CASE WHEN t.parent_id IS NULL OR EXISTS (SELECT FROM tenants AS p WHERE p.id = t.parent_id)
            THEN 'ok' ELSE 'orphan' END AS tree_status,
       count(DISTINCT b.tenant) - 1 AS descendants,
       count(e.tenant_id) FILTER (WHERE b.distance = 0) AS events,
       count(e.tenant_id) AS subtree_events,
       (count(DISTINCT e.feature) FILTER (WHERE b.distance = 0))::int AS features_used,
       count(DISTINCT e.feature)::int AS subtree_features_used,
       count(DISTINCT e.feature) FILTER (WHERE b.distance = 0) / 9::float8 AS adoption_rate,
       count(DISTINCT e.feature) / 9::float8 AS subtree_adoption_rate,
       coalesce(sum(e.priced) FILTER (WHERE b.distance = 0), 0) AS cost,
       coalesce(sum(e.priced), 0) AS subtree_cost,
       count(e.tenant_id) FILTER (WHERE b.distance = 0 AND e.priced IS NULL) AS unpriced_events,
       max(e.at) FILTER (WHERE b.distance = 0) AS last_used,
       max(e.at) AS subtree_last_used
FROM tenants AS t
JOIN below AS b ON b.top = t.id
LEFT JOIN events AS e ON e.tenant_id = b.tenant
GROUP BY t.id;

-- Rows are compared as text, so that the digits of costs count: no row may differ.
SELECT d::text FROM tenant_dashboard() AS d EXCEPT SELECT p::text FROM plain AS p;
SELECT p::text FROM plain AS p EXCEPT SELECT d::text FROM tenant_dashboard() AS d;
SELECT count(*), count(*) FILTER (WHERE d = p) AS equal
FROM tenant_dashboard() AS d JOIN plain AS p USING (tenant_id);

-- A root, and a number of levels below it.
SELECT tenant_id, depth, height, descendants, subtree_events, subtree_cost FROM tenant_dashboard(3);
SELECT tenant_id, depth, height, descendants, subtree_events, subtree_cost
FROM tenant_dashboard(3, max_depth => 1);
SELECT tenant_id, depth, height, descendants, subtree_events, subtree_cost
FROM tenant_dashboard(max_depth => 0);
SELECT d::text FROM tenant_dashboard(3) AS d
EXCEPT SELECT p::text FROM plain AS p JOIN below AS b ON b.top = 3 AND b.tenant = p.tenant_id;
SELECT count(*) FROM tenant_dashboard(99);

-- Chosen tenants, in the order given, as often as given; unknown ones and NULL are left out.
SELECT tenant_id, depth, events, subtree_events, subtree_cost
FROM tenant_dashboard_for(ARRAY[5, NULL, 99, 1, 5]);
SELECT count(*) FROM tenant_dashboard_for(NULL);
SELECT count(*) FROM tenant_dashboard_for('{}');
SELECT d::text FROM tenant_dashboard_for(ARRAY[5, 1, 8]) AS d
EXCEPT SELECT p::text FROM plain AS p WHERE tenant_id IN (5, 1, 8);

-- The two headline values of all tenants, and of some.
SELECT * FROM tenant_adoption_rates();
SELECT * FROM tenant_subtree_costs(3);
SELECT * FROM tenant_adoption_rates() EXCEPT SELECT tenant_id, adoption_rate FROM plain;
SELECT * FROM tenant_subtree_costs() EXCEPT SELECT tenant_id, subtree_cost FROM plain;

-- Every scalar of every tenant is the dashboard's column.
SELECT d.tenant_id
FROM tenant_dashboard() AS d
WHERE (tenant_depth(tenant_id), tenant_height(tenant_id),
       tenant_events(tenant_id), tenant_subtree_events(tenant_id),
       tenant_features_used(tenant_id), tenant_subtree_features_used(tenant_id),
       tenant_adoption_rate(tenant_id), tenant_subtree_adoption_rate(tenant_id),
       tenant_cost(tenant_id)::text, tenant_subtree_cost(tenant_id)::text,
       tenant_last_used(tenant_id), tenant_subtree_last_used(tenant_id))
   IS DISTINCT FROM
      (depth, height, events, subtree_events, features_used, subtree_features_used,
       adoption_rate, subtree_adoption_rate, cost::text, subtree_cost::text,
       last_used, subtree_last_used);
SELECT name, tenant_subtree_cost(id) FROM tenants
WHERE tenant_subtree_adoption_rate(id) > 0.4 ORDER BY tenant_subtree_cost(id) DESC, id;

-- The place in the tree.
SELECT id, tenant_root(id), tenant_path(id), tenant_is_descendant(id, 3) AS below_3,
       tenant_is_descendant(id, id) AS below_itself
FROM tenants ORDER BY id;
SELECT * FROM tenant_descendants(1);
SELECT * FROM tenant_descendants(1, max_depth => 1);
SELECT * FROM tenant_ancestors(6);
SELECT a.id AS tenant, b.id AS ancestor FROM tenants AS a, tenants AS b
WHERE tenant_is_descendant(a.id, b.id) IS DISTINCT FROM
      EXISTS (SELECT FROM below WHERE top = b.id AND tenant = a.id AND distance > 0);

-- NULL, and ids that are no tenant's.
SELECT id, tenant_adoption_rate(id), tenant_cost(id), tenant_subtree_cost(id), tenant_events(id),
       tenant_last_used(id), tenant_depth(id), tenant_path(id), tenant_is_descendant(id, 1) AS below_1,
       tenant_tree_json(coalesce(id, 0))
FROM unnest(ARRAY[NULL, 0, -1, 99, 9223372036854775807]) AS id WHERE id IS DISTINCT FROM 0
UNION ALL
SELECT 0, tenant_subtree_adoption_rate(0), tenant_features_used(0), tenant_subtree_features_used(0),
       tenant_subtree_events(0), tenant_subtree_last_used(0), tenant_height(0), ARRAY[tenant_root(0)],
       tenant_is_descendant(1, 0), tenant_tree_json(0, max_depth => 0);
SELECT count(*) FROM tenant_descendants(99);
SELECT count(*) FROM tenant_ancestors(NULL);

-- The tree as JSON.
SELECT jsonb_pretty(tenant_tree_json(5));
SELECT jsonb_path_query_array(tenant_tree_json(), 'strict $.**.id') AS "all";
SELECT jsonb_path_query_array(tenant_tree_json(max_depth => 1), 'strict $.**.id') AS two_levels;
SELECT jsonb_agg(to_jsonb(d) - 'tenant_id') = jsonb_agg(node - 'id' - 'children') AS same_values
FROM tenant_dashboard() AS d
JOIN jsonb_path_query(tenant_tree_json(), 'lax $.**{1 to last}') AS node
  ON (node ->> 'id')::bigint = d.tenant_id;

-- The views are the default source's dashboard.
SELECT v::text FROM tenant_metrics.dashboard AS v EXCEPT SELECT d::text FROM tenant_dashboard() AS d;
SELECT count(*) FROM tenant_metrics.dashboard_text WHERE tree_status = 'ok';

-- Text twins, and the same forest with uuids: nothing differs but the ids.
CREATE FUNCTION uuid_of(id bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN lpad(to_hex(id), 32, '0')::uuid;
CREATE TABLE tenants_u AS SELECT uuid_of(id) AS id, uuid_of(parent_id) AS parent_id FROM tenants;
ALTER TABLE tenants_u ADD PRIMARY KEY (id);
CREATE TABLE usage_u AS
SELECT uuid_of(tenant_id) AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
SELECT tenant_metrics.setup('tenants_u', 'usage_u', 'u');

-- What a reader says of every tenant, with ids of all kinds written the same way.
CREATE FUNCTION answers(reader text, kind text, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id text := CASE WHEN source = 'u' THEN 'uuid_of(t.id)' ELSE 't.id' END || '::' || kind;
    three text := CASE WHEN source = 'u' THEN 'uuid_of(3)' ELSE '3' END || '::' || kind;
    arguments text := CASE reader WHEN 'tenant_is_descendant' THEN id || ', ' || three
                      WHEN 'tenant_measure' THEN id || ', NULL'
                      WHEN 'tenant_subtree_measure' THEN id || ', NULL'
                      WHEN 'tenant_dashboard_for' THEN format('ARRAY[%s, %s]', id, three)
                      WHEN 'tenant_usage_series_for' THEN format('ARRAY[%s, %s]', id, three)
                      WHEN 'tenant_compare' THEN id || ', ''2024-01-01'', ''2024-02-01'''
                      WHEN 'tenant_top' THEN 'NULL, ''cost'', ' || id ELSE id END;
    answer text;
BEGIN
    EXECUTE format(
        'SELECT string_agg(to_jsonb(r)::text, E''\n'' ORDER BY t.id, r.ordinality)
         FROM tenants AS t, LATERAL %I(%s, source => %L) WITH ORDINALITY AS r',
        reader || CASE kind WHEN 'bigint' THEN '' ELSE '_' || kind END, arguments, source) INTO answer;
    RETURN regexp_replace(replace(answer, '"', ''), '0{8}-0{4}-0{4}-0{4}-0{11}', '', 'g');
END $$;
SELECT left(proname, -5) AS reader,
       length(b.answer) > 8 AS answers, t.answer = b.answer AS text,
       u.answer = b.answer AS uuid, ut.answer = b.answer AS uuid_as_text
FROM pg_proc,
     LATERAL answers(left(proname, -5), 'bigint', 'default') AS b (answer),
     LATERAL answers(left(proname, -5), 'text', 'default') AS t (answer),
     LATERAL answers(left(proname, -5), 'uuid', 'u') AS u (answer),
     LATERAL answers(left(proname, -5), 'text', 'u') AS ut (answer)
WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'tenant%\_uuid'
ORDER BY 1;

SELECT tenant_metrics.teardown('u');
DROP SCHEMA readers CASCADE;
