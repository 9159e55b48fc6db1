-- Tenants against one another and against themselves in the period before, on both engines.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA rankings;
SET search_path = rankings, public;

-- Two roots, an orphan, a cycle with a tenant below it, and a tie between 2 and 10.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 3), (10, NULL), (20, 99), (30, 31), (31, 30), (32, 31);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz);
INSERT INTO ai_feature_usage VALUES
    (1, 'chat', 1.50, '2024-01-10'), (1, 'chat', NULL, '2024-02-10'), (1, 'chat', 1, '2024-02-12'),
    (2, 'chat', 2, '2024-02-01'), (2, 'search', 2.5, '2024-01-31'), (2, 'embed', 0, '2024-02-02'), (2, 'Zoom', 0, '2024-02-02'),
    (3, 'chat', 3, '2024-01-03'), (3, 'chat', 6, '2024-01-02 23:59:59'), (4, 'chat', 4, '2024-02-20'), (4, NULL, 8, '2024-02-21'),
    (4, 'chat', -0.5, '2024-01-20'), (4, 'old', 0, '2024-01-20'),
    (10, 'search', 'NaN', '2024-02-03'), (10, 'embed', 2.00, '2024-02-29 23:59:59'), (20, 'chat', 5, 'infinity'),
    (30, 'chat', 8, '2024-02-15'), (32, 'loop', 16, '2024-02-16'), (32, 'loop', 32, '2024-01-16'), (32, 'chat', 1, NULL),
    (NULL, 'chat', 100, '2024-02-01'), (99, 'chat', 100, '2024-02-01');
\set february '''2024-02-01'', ''2024-03-01'''

-- Top: each order, with and without a period before, ties by id.
SELECT * FROM tenant_top(NULL);
SELECT * FROM tenant_top(NULL, 'cost', NULL, NULL, :february);
SELECT * FROM tenant_top(NULL, 'subtree_cost', NULL, NULL, :february);
SELECT * FROM tenant_top(4, 'events', NULL, NULL, :february);
SELECT rank, tenant_id, round(value, 6), share, round(prior_value, 6), round(change, 6) FROM tenant_top(NULL, 'adoption_rate', NULL, NULL, :february);
SELECT * FROM tenant_top(NULL, 'growth', NULL, NULL, :february);
-- Below a root, on one level, nobody, nothing.
SELECT * FROM tenant_top(2, root => 1);
SELECT * FROM tenant_top(NULL, 'cost', 1, 1);
SELECT * FROM tenant_top(NULL, 'cost', at_depth => 0);
SELECT * FROM tenant_top(NULL, 'events', 31);
SELECT * FROM tenant_top(NULL, 'subtree_cost', 31);
SELECT * FROM tenant_top(NULL, root => 99);
SELECT * FROM tenant_top(0);
SELECT rank, tenant_id, value, share FROM tenant_top(2, since => '2030-01-01');
-- No period before an open or an infinite bound.
SELECT rank, tenant_id, value, prior_value, change FROM tenant_top(1, 'cost', since => '2024-02-01');
SELECT rank, tenant_id, value, prior_value, change FROM tenant_top(1, 'cost', since => '2024-02-01', until => 'infinity');
SELECT rank, tenant_id, value, prior_value, change FROM tenant_top(1, 'cost', since => '2024-02-01', until => '2024-02-01');
-- An empty catalogue.
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'empty', features => '{}');
SELECT * FROM tenant_top(3, 'adoption_rate', source => 'empty', since => '2024-02-01', until => '2024-03-01');

-- Compare: the period before February is of 29 days, and begins on 3 January.
SELECT * FROM tenant_compare(NULL, :february);
SELECT tenant_id, cost, prior_cost, features_gained, features_lost FROM tenant_compare(3, :february, max_depth => 0);
SELECT tenant_id, cost, subtree_cost, events_change FROM tenant_compare(31, :february);
SELECT * FROM tenant_compare(99, :february);
SELECT tenant_id, cost, prior_cost, events FROM tenant_compare(1, '2024-02-01', '2024-02-01', max_depth => 0);
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'named', features => '{chat,embed}');
SELECT tenant_id, features_gained, features_lost FROM tenant_compare(1, :february, 'named');
-- Far in the past there is a period before, in which nothing was.
SELECT tenant_id, events, prior_events FROM tenant_compare(10, '4713-01-01 BC', '200000-01-01');

-- Wrong arguments.
SELECT call, expect_error('SELECT * FROM ' || call) FROM unnest(ARRAY[
    'tenant_top(-1)', 'tenant_top(1, at_depth => -1)', 'tenant_top(1, ''last_used'')', 'tenant_top(1, source => NULL)',
    'tenant_top(1, ''growth'')', 'tenant_top(1, ''growth'', since => ''2024-01-01'')',
    'tenant_top(1, ''growth'', since => ''-infinity'', until => ''2024-01-01'')',
    'tenant_top(1, since => ''2024-02-01'', until => ''2024-01-01'')', 'tenant_top_uuid(1)', 'tenant_top_text(1, root => ''x'')',
    'tenant_compare(1)', 'tenant_compare(1, ''2024-01-01'')', 'tenant_compare(1, NULL, ''2024-01-01'')', 'tenant_compare(1, ''2024-01-01'', ''infinity'')',
    'tenant_compare(1, ''2024-02-01'', ''2024-01-01'')', 'tenant_compare(1, ''2024-01-01'', ''2024-02-01'', max_depth => -1)',
    'tenant_compare_uuid(NULL, ''2024-01-01'', ''2024-02-01'')']) AS call;

-- The twins.
SELECT * FROM tenant_top_text(2, 'growth', '1', NULL, :february);
SELECT tenant_id, cost, features_gained FROM tenant_compare_text('1', :february, max_depth => 0);
CREATE TABLE uuid_tenants AS SELECT lpad(id::text, 32, '0')::uuid AS id, lpad(parent_id::text, 32, '0')::uuid AS parent_id FROM tenants;
ALTER TABLE uuid_tenants ADD PRIMARY KEY (id);
CREATE TABLE uuid_usage AS SELECT lpad(tenant_id::text, 32, '0')::uuid AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
SELECT tenant_metrics.setup('uuid_tenants', 'uuid_usage', 'uuids');
SELECT * FROM tenant_top_uuid(2, 'cost', '00000000-0000-0000-0000-000000000001', NULL, :february, 'uuids');
SELECT tenant_id, cost FROM tenant_compare_uuid('00000000-0000-0000-0000-000000000003', :february, 'uuids');

-- Many tenants and features: both engines, parallel workers and a full memory give the same rows.
CREATE TABLE crowd (id int PRIMARY KEY, parent_id int);
INSERT INTO crowd SELECT i, nullif((i - 1) / 3, 0) FROM generate_series(1, 900) AS i;
CREATE TABLE crowd_usage (tenant_id int, feature_name varchar, inference_cost float8, created_at timestamp);
INSERT INTO crowd_usage
SELECT 1 + abs(hashint4(i) % 950), 'feature ' || abs(hashint4(i + 1) % 90), hashint4(-i) % 1000 / 1000.0, '2024-01-01'::timestamp + i * interval '5 minutes'
FROM generate_series(1, 20000) AS i;
SELECT tenant_metrics.setup('crowd', 'crowd_usage', 'crowd', time_zone => 'America/New_York',
                            features => ARRAY(SELECT 'feature ' || i FROM generate_series(0, 80) AS i));
CREATE TABLE answers (engine text, reader text, n bigint, answer text);
CREATE FUNCTION answer(name text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO answers
    SELECT name, by || coalesce(' ' || root, ''), rank, r::text
    FROM unnest(ARRAY['cost', 'subtree_cost', 'events', 'adoption_rate', 'growth']) AS by, unnest(ARRAY[NULL, 2]) AS root,
         tenant_top(700, by, root, NULL, '2024-02-10', '2024-02-24', 'crowd') AS r
    UNION ALL
    SELECT name, 'compare' || coalesce(' ' || root, ''), n, r::text
    FROM unnest(ARRAY[NULL, 2]) AS root, tenant_compare(root, '2024-02-10', '2024-02-24', 'crowd') WITH ORDINALITY AS r (a, b, c, d, e, f, g, h, i, j, k, l, n)
$$;
SELECT answer('aggregate');
SET tenant_metrics.engine = 'portable';
SELECT answer('portable');
RESET tenant_metrics.engine;
SET tenant_metrics.memory_limit = '64kB';
SELECT answer('past the limit');
RESET tenant_metrics.memory_limit;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT answer('parallel');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT reader, count(*) FILTER (WHERE engine = 'aggregate') AS rows, count(DISTINCT engine) AS engines, count(*) = 4 * count(DISTINCT (n, answer)) AS same
FROM answers GROUP BY reader ORDER BY reader;

-- The same in plain SQL.
CREATE VIEW events AS SELECT *, created_at < '2024-02-10' AT TIME ZONE 'UTC' AS before FROM (
    SELECT tenant_id, feature_name, inference_cost::numeric AS cost, created_at AT TIME ZONE 'America/New_York' AS created_at FROM crowd_usage) AS u
WHERE created_at >= '2024-01-27' AND created_at < '2024-02-24';
CREATE VIEW closure AS
WITH RECURSIVE below (top, id) AS (SELECT id, id FROM crowd UNION ALL SELECT b.top, c.id FROM below AS b JOIN crowd AS c ON c.parent_id = b.id)
TABLE below;
WITH own AS (SELECT c.id, count(*) FILTER (WHERE NOT before) AS events, count(*) FILTER (WHERE before) AS prior_events,
                    coalesce(sum(cost) FILTER (WHERE NOT before), 0) AS cost, coalesce(sum(cost) FILTER (WHERE before), 0) AS prior_cost
             FROM crowd AS c LEFT JOIN events ON tenant_id = c.id GROUP BY 1),
     subtree AS (SELECT top AS id, sum(cost) AS cost, sum(prior_cost) AS prior_cost FROM closure JOIN own USING (id) GROUP BY 1),
     uses AS (SELECT tenant_id AS id, feature_name, bool_or(NOT before) AS now, bool_or(before) AS before FROM events
              WHERE substr(feature_name, 9)::int <= 80 GROUP BY 1, 2),
     changes AS (SELECT id, coalesce(array_agg(feature_name::text ORDER BY feature_name COLLATE "C") FILTER (WHERE now AND NOT before), '{}') AS gained,
                        coalesce(array_agg(feature_name::text ORDER BY feature_name COLLATE "C")
                            FILTER (WHERE before AND NOT now), '{}') AS lost FROM uses GROUP BY 1),
     truth AS (SELECT id, o.cost, o.prior_cost, o.cost - o.prior_cost, s.cost, s.prior_cost, s.cost - s.prior_cost, events, prior_events, events - prior_events,
                      coalesce(gained, '{}'), coalesce(lost, '{}') FROM own AS o JOIN subtree AS s USING (id) LEFT JOIN changes USING (id))
SELECT count(*) AS compare FROM truth AS t JOIN answers AS a ON a.answer LIKE replace(t::text, ')', '%') WHERE engine = 'aggregate' AND reader = 'compare';
WITH own AS (SELECT c.id, coalesce(sum(cost) FILTER (WHERE NOT before), 0) AS cost, coalesce(sum(cost) FILTER (WHERE before), 0) AS prior
             FROM crowd AS c LEFT JOIN events ON tenant_id = c.id GROUP BY 1),
     subtree AS (SELECT top AS id, sum(cost) AS cost, sum(prior) AS prior FROM closure JOIN own USING (id) GROUP BY 1),
     truth AS (SELECT row_number() OVER (ORDER BY cost - prior DESC, id), id, cost, (cost / (SELECT sum(cost) FROM own))::float8,
                      prior, cost - prior FROM subtree)
SELECT count(*) AS growth FROM truth AS t JOIN answers AS a ON a.answer = t::text WHERE engine = 'aggregate' AND reader = 'growth';

-- The aggregate called directly takes what it can count.
SELECT tenant_metrics.period_state(tenant_id, feature_name, inference_cost, created_at, now()) IS NOT NULL AS state FROM ai_feature_usage;
SELECT call, expect_error('SELECT tenant_metrics.' || call) FROM unnest(ARRAY[
    'period_state(1.5, ''a''::text, 1, now(), now())', 'period_state(1, ''a''::text, 1, now(), 1)']) AS call;

-- Only the columns that are read need rights.
CREATE ROLE regress_rankings;
GRANT USAGE ON SCHEMA rankings TO regress_rankings;
GRANT SELECT ON tenants TO regress_rankings;
GRANT SELECT (tenant_id) ON ai_feature_usage TO regress_rankings;
SET ROLE regress_rankings;
SELECT rank, tenant_id, value FROM tenant_top(2, 'events');
SELECT public.tenant_top(2, 'cost');
SELECT public.tenant_top(2, 'adoption_rate');
SELECT public.tenant_top(2, 'events', since => '2024-01-01');
SELECT public.tenant_top(2, 'events', root => 99, until => '2024-01-01');
RESET ROLE;
GRANT SELECT (feature_name, created_at) ON ai_feature_usage TO regress_rankings;
SET ROLE regress_rankings;
SELECT rank, tenant_id FROM tenant_top(2, 'adoption_rate', since => '2024-01-01');
SELECT public.tenant_compare(1, :february);
RESET ROLE;
DROP OWNED BY regress_rankings;
DROP ROLE regress_rankings;

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status() WHERE source <> 'default';
DROP SCHEMA rankings CASCADE;
