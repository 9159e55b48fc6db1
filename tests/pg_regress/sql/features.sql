-- What usage says of features: breakdown, matrix and adoption, with their edges, on both engines.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
CREATE SCHEMA features;
SET search_path = features, public;

-- Two roots, an orphan, a cycle with a tenant below it.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 3), (10, NULL), (20, 99), (30, 31), (31, 30), (32, 31);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz);
INSERT INTO ai_feature_usage VALUES
    (1, 'chat', 1.50, '2024-01-10'), (1, 'chat', NULL, '2024-02-10'), (2, 'chat', 2, '2024-02-01'), (2, 'Search', 0.125, '2024-02-05'),
    (4, 'chat', 4, '2024-02-20'), (4, 'search', 3, '2024-02-11'), (4, NULL, 7, '2024-02-02'), (3, 'old', 1, '2024-01-15'),
    (10, 'search', 'NaN', '2024-02-03'), (10, 'embed', -2, '-infinity'), (20, 'embed', 5, 'infinity'), (20, 'embed', 1, '2024-01-31'),
    (30, 'chat', 8, '2024-02-15'), (32, 'loop', 16, '2024-02-16'), (32, 'chat', 1, NULL),
    (NULL, 'chat', 100, '2024-02-01'), (99, 'ghost', 100, '2024-02-01');
\set february '''2024-02-01'', ''2024-03-01'''
\set none '''2024-02-01'', ''2024-02-01'''

-- Breakdown: all tenants, a subtree, one tenant, a window, an empty one, nobody.
SELECT * FROM tenant_feature_breakdown(NULL);
SELECT * FROM tenant_feature_breakdown(1, :february);
SELECT * FROM tenant_feature_breakdown(4, scope => 'own');
SELECT feature, events, cost, cost_share, tenants_using, tenants_in_scope FROM tenant_feature_breakdown(32, scope => 'own');
SELECT * FROM tenant_feature_breakdown(NULL, :none);
SELECT * FROM tenant_feature_breakdown(99);
SELECT count(*) FROM tenant_feature_breakdown(NULL, scope => 'own') AS o JOIN tenant_feature_breakdown(NULL) AS s
    ON (o.feature, o.events, o.cost) IS NOT DISTINCT FROM (s.feature, s.events, s.cost);

-- Matrix: own and subtree, levels, windows, a root on a cycle.
SELECT * FROM tenant_feature_matrix();
SELECT * FROM tenant_feature_matrix(scope => 'subtree');
SELECT * FROM tenant_feature_matrix(1, :february, max_depth => 1);
SELECT * FROM tenant_feature_matrix(1, :february, max_depth => 0, scope => 'subtree');
SELECT * FROM tenant_feature_matrix(31);
SELECT * FROM tenant_feature_matrix(31, scope => 'subtree');
SELECT * FROM tenant_feature_matrix(99);

-- Adoption: without a period before, with one, with half of one, in a subtree, on a cycle.
SELECT * FROM tenant_feature_adoption();
SELECT * FROM tenant_feature_adoption(NULL, :february);
SELECT * FROM tenant_feature_adoption(NULL, '2024-02-01', 'infinity');
SELECT * FROM tenant_feature_adoption(1, :february);
SELECT * FROM tenant_feature_adoption(30, :february);
SELECT * FROM tenant_feature_adoption(99);
SELECT * FROM tenant_feature_adoption(NULL, :none);

-- A catalogue of names: its unused names have rows, and adoption knows no others.
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'named', features => '{search,chat,unused,search}');
SELECT * FROM tenant_feature_breakdown(1, :february, 'named');
SELECT * FROM tenant_feature_breakdown(1, :none, 'named');
SELECT * FROM tenant_feature_adoption(1, :february, 'named');
SELECT count(*) FROM tenant_feature_breakdown(99, source => 'named') UNION ALL SELECT count(*) FROM tenant_feature_adoption(99, source => 'named');

-- Wrong arguments.
SELECT call, expect_error('SELECT * FROM ' || call) FROM unnest(ARRAY[
    'tenant_feature_breakdown(30)', 'tenant_feature_breakdown(1, scope => ''all'')', 'tenant_feature_breakdown(1, scope => ''Own'')',
    'tenant_feature_breakdown(1, scope => NULL)', 'tenant_feature_breakdown(1, source => NULL)', 'tenant_feature_breakdown(1, source => ''x'')',
    'tenant_feature_matrix(scope => NULL)', 'tenant_feature_matrix(max_depth => -1)',
    'tenant_feature_adoption(source => NULL)', 'tenant_feature_adoption(1, ''2024-02-01'', ''2024-01-01'')',
    'tenant_feature_breakdown_uuid(NULL)', 'tenant_feature_matrix_text(''x'')']) AS call;

-- The twins.
SELECT count(*) FROM tenant_feature_matrix() AS b JOIN tenant_feature_matrix_text() AS t
    ON (b.tenant_id::text, b.feature, b.events, b.cost) IS NOT DISTINCT FROM (t.tenant_id, t.feature, t.events, t.cost);
SELECT feature, events FROM tenant_feature_breakdown_text('10');
SELECT feature, adopters FROM tenant_feature_adoption_text('1', :february);
CREATE TABLE uuid_tenants AS SELECT lpad(id::text, 32, '0')::uuid AS id, lpad(parent_id::text, 32, '0')::uuid AS parent_id FROM tenants;
ALTER TABLE uuid_tenants ADD PRIMARY KEY (id);
CREATE TABLE uuid_usage AS SELECT lpad(tenant_id::text, 32, '0')::uuid AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
SELECT tenant_metrics.setup('uuid_tenants', 'uuid_usage', 'uuids');
SELECT * FROM tenant_feature_matrix_uuid('00000000-0000-0000-0000-000000000003', source => 'uuids');
SELECT feature, events FROM tenant_feature_breakdown_uuid('00000000-0000-0000-0000-000000000003', source => 'uuids');
SELECT feature, adopters FROM tenant_feature_adoption_uuid(source => 'uuids') WHERE adopters > 1;

-- A naive time is read in the source's zone, and the period before is of the same elapsed time.
CREATE TABLE naive AS SELECT tenant_id, feature_name, inference_cost::float8, created_at AT TIME ZONE 'Asia/Tokyo' AS created_at FROM ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'naive', 'tokyo', time_zone => 'Asia/Tokyo');
CREATE FUNCTION differ(one text, other text, OUT bigint) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT r::text FROM (%1$s) AS r EXCEPT ALL SELECT r::text FROM (%2$s) AS r) AS d', one, other) INTO $3;
END $$;
SELECT differ('SELECT * FROM tenant_feature_adoption(NULL, ''2024-02-01'', ''2024-03-01'')',
              'SELECT * FROM tenant_feature_adoption(NULL, ''2024-02-01'', ''2024-03-01'', ''tokyo'')') AS adoption,
       differ('SELECT feature, events, first_used, last_used FROM tenant_feature_breakdown(1, ''2024-02-01'', ''2024-03-01'')',
              'SELECT feature, events, first_used, last_used FROM tenant_feature_breakdown(1, ''2024-02-01'', ''2024-03-01'', ''tokyo'')') AS breakdown;

-- Many tenants and hundreds of features: both engines, parallel workers and a full memory give the same rows.
CREATE TABLE crowd (id int PRIMARY KEY, parent_id int);
INSERT INTO crowd SELECT i, nullif((i - 1) / 3, 0) FROM generate_series(1, 400) AS i;
CREATE TABLE crowd_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO crowd_usage
SELECT hashint4(i) % 450, 'feature ' || (i * 7 + i / 100) % 300, hashint4(-i) % 1000 / 1000.0, '2024-01-01'::timestamp + i * interval '17 minutes'
FROM generate_series(1, 6000) AS i;
SELECT tenant_metrics.setup('crowd', 'crowd_usage', 'crowd', features => ARRAY(SELECT 'feature ' || i FROM generate_series(0, 320) AS i));
CREATE VIEW closure AS
WITH RECURSIVE below (top, id) AS (SELECT id, id FROM crowd UNION ALL SELECT b.top, c.id FROM below AS b JOIN crowd AS c ON c.parent_id = b.id)
TABLE below;
CREATE VIEW crowd_february AS SELECT *, created_at < '2024-02-15' AS before FROM crowd_usage WHERE created_at >= '2024-02-01' AND created_at < '2024-02-29';
CREATE TABLE answers (engine text, reader text, n bigint, answer text);
CREATE FUNCTION answer(name text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO answers
    SELECT name, 'breakdown', n, r::text
    FROM tenant_feature_breakdown(2, '2024-02-15', '2024-02-29', 'crowd') WITH ORDINALITY AS r (a, b, c, d, e, f, g, h, i, j, n)
    UNION ALL
    SELECT name, 'breakdown of one', n, r::text
    FROM tenant_feature_breakdown(5, '2024-02-15', '2024-02-29', 'crowd', 'own') WITH ORDINALITY AS r (a, b, c, d, e, f, g, h, i, j, n)
    UNION ALL
    SELECT name, 'own matrix', n, r::text FROM tenant_feature_matrix(NULL, '2024-02-15', '2024-02-29', 'crowd') WITH ORDINALITY AS r (a, b, c, d, n)
    UNION ALL
    SELECT name, 'subtree matrix', n, r::text
    FROM tenant_feature_matrix(1, '2024-02-15', '2024-02-29', 'crowd', 2, 'subtree') WITH ORDINALITY AS r (a, b, c, d, n)
    UNION ALL
    SELECT name, 'adoption', n, r::text FROM tenant_feature_adoption(2, '2024-02-15', '2024-02-29', 'crowd') WITH ORDINALITY AS r (a, b, c, d, e, f, g, n)
    UNION ALL
    SELECT name, 'adoption ever', n, r::text FROM tenant_feature_adoption(source => 'crowd') WITH ORDINALITY AS r (a, b, c, d, e, f, g, n)
$$;
SELECT answer('aggregate');
SET tenant_metrics.engine = 'portable';
SELECT answer('portable');
RESET tenant_metrics.engine;
SET tenant_metrics.memory_limit = '64kB';
SELECT answer('past the limit');
SELECT first_line('SET LOCAL tenant_metrics.engine = ''aggregate''; SELECT * FROM tenant_feature_matrix(source => ''crowd'')') AS forced;
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
WITH events AS (SELECT u.* FROM crowd_february AS u JOIN closure AS c ON c.id = u.tenant_id AND c.top = 2 WHERE NOT before),
     used AS (SELECT feature_name, count(*) AS events, sum(inference_cost::numeric) AS cost, count(DISTINCT tenant_id) AS tenants,
                     min(created_at) AS first, max(created_at) AS last FROM events GROUP BY 1),
     whole AS (SELECT sum(cost) AS cost, (SELECT count(*) FROM closure WHERE top = 2) AS tenants FROM used),
     truth AS (SELECT f AS feature, true AS in_catalogue, coalesce(events, 0), coalesce(u.cost, 0) AS cost, (coalesce(u.cost, 0) / w.cost)::float8,
                      coalesce(u.tenants, 0), w.tenants, coalesce(u.tenants, 0) / w.tenants::float8, first AT TIME ZONE 'UTC', last AT TIME ZONE 'UTC'
               FROM generate_series(0, 320) AS i, LATERAL (SELECT 'feature ' || i) AS n (f) LEFT JOIN used AS u ON feature_name = f, whole AS w),
     ranked AS (SELECT t.*, row_number() OVER (ORDER BY cost DESC, feature COLLATE "C") FROM truth AS t)
SELECT count(*) AS breakdown FROM ranked AS r JOIN answers AS a ON a.answer = r::text WHERE engine = 'aggregate' AND reader = 'breakdown';
WITH truth AS (SELECT c.top, feature_name, count(*), sum(inference_cost::numeric) FROM crowd_february AS u JOIN closure AS c ON c.id = u.tenant_id
               WHERE NOT before AND c.top IN (SELECT tenant_id FROM tenant_dashboard(1, source => 'crowd', max_depth => 2)) GROUP BY 1, 2)
SELECT count(*) AS "subtree matrix" FROM truth AS t JOIN answers AS a ON a.answer LIKE replace(t::text, ')', ',%')
WHERE engine = 'aggregate' AND reader = 'subtree matrix';
WITH events AS (SELECT u.* FROM crowd_february AS u JOIN closure AS c ON c.id = u.tenant_id AND c.top = 2),
     starts AS (SELECT tenant_id, min(created_at) AS start FROM events WHERE NOT before GROUP BY 1),
     pairs AS (SELECT feature_name, tenant_id, bool_or(before) AS before, bool_or(NOT before) AS now,
                      min(created_at) FILTER (WHERE NOT before) AS first FROM events GROUP BY 1, 2),
     truth AS (SELECT f, count(*) FILTER (WHERE now) AS adopters, (SELECT count(*) FROM closure WHERE top = 2) AS eligible,
                      count(*) FILTER (WHERE now) / (SELECT count(*) FROM closure WHERE top = 2)::float8,
                      count(*) FILTER (WHERE now AND NOT before), count(*) FILTER (WHERE before AND NOT now),
                      percentile_disc(0.5) WITHIN GROUP (ORDER BY first - start) FILTER (WHERE now)
               FROM generate_series(0, 320) AS i, LATERAL (SELECT 'feature ' || i) AS n (f)
               LEFT JOIN pairs AS p ON feature_name = f LEFT JOIN starts USING (tenant_id) GROUP BY 1),
     ranked AS (SELECT t.*, row_number() OVER (ORDER BY adopters DESC, f COLLATE "C") FROM truth AS t)
SELECT count(*) AS adoption FROM ranked AS r JOIN answers AS a ON a.answer = r::text WHERE engine = 'aggregate' AND reader = 'adoption';

-- The aggregates called directly take what they can count, and nothing makes a state of nothing.
SELECT tenant_metrics.feature_state(tenant_id, feature_name, inference_cost, created_at) IS NOT NULL AS features,
       tenant_metrics.adoption_state(tenant_id, feature_name, created_at, NULL::timestamptz) IS NOT NULL AS adoption,
       tenant_metrics.feature_state(tenant_id, feature_name, inference_cost, created_at) FILTER (WHERE false) IS NULL AS none
FROM ai_feature_usage;
SELECT call, expect_error('SELECT tenant_metrics.' || call) FROM unnest(ARRAY[
    'feature_state(1.5, ''a''::text, 1, now())', 'feature_state(1, 1, 1, now())', 'feature_state(1, ''a''::text, ''x''::text, now())',
    'feature_state(1, ''a''::text, 1, current_date)', 'adoption_state(1.5, ''a''::text, now(), now())', 'adoption_state(1, 1, now(), now())',
    'adoption_state(1, ''a''::text, 1, now())', 'adoption_state(1, ''a''::text, now(), 1)']) AS call;

-- Only the columns that are read need rights.
CREATE ROLE regress_features;
GRANT USAGE ON SCHEMA features TO regress_features;
GRANT SELECT ON tenants TO regress_features;
GRANT SELECT (tenant_id, feature_name, created_at) ON ai_feature_usage TO regress_features;
SET ROLE regress_features;
SELECT feature, adopters FROM tenant_feature_adoption(1);
SELECT public.tenant_feature_breakdown(1);
SELECT public.tenant_feature_matrix(99);
RESET ROLE;
REVOKE ALL ON ai_feature_usage FROM regress_features;
GRANT SELECT (tenant_id, feature_name, inference_cost) ON ai_feature_usage TO regress_features;
SET ROLE regress_features;
SELECT * FROM tenant_feature_matrix(4);
SELECT public.tenant_feature_matrix(4, since => '2024-02-01');
SELECT public.tenant_feature_adoption(4);
RESET ROLE;
DROP OWNED BY regress_features;
DROP ROLE regress_features;

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status() WHERE source <> 'default';
DROP SCHEMA features CASCADE;
