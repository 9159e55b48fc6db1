-- Events told apart by other columns than the feature, and which tenants count where tenants are counted; on both engines.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA dimensions;
SET search_path = dimensions, public;
\pset null -

-- Two organisations, 1 and 2, with teams and keys below them; only keys have calls. 30 and 31 are on a cycle.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (11, 1), (12, 1), (111, 11), (112, 11), (121, 12), (2, NULL), (21, 2), (211, 21), (30, 31), (31, 30);
CREATE TYPE plan AS ENUM ('trial', 'paid');
CREATE TABLE calls (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz,
                    model text, "Plan" plan, streamed boolean, retries smallint, tags text[]);
INSERT INTO calls VALUES
    (111, 'chat', 1, '2024-01-10', 'small', 'paid', true, 0), (111, 'chat', 2, '2024-02-03', 'large', 'paid', false, 1),
    (112, 'chat', 4, '2024-02-01', 'small', 'trial', true, 0), (121, 'search', 8, '2024-02-05', 'small', 'trial', NULL, 0),
    (211, 'chat', 16, '2024-01-20', 'large', 'paid', false, 2), (211, 'chat', 32, '2024-02-06', NULL, NULL, NULL, NULL),
    (30, 'chat', 64, '2024-02-07', 'small', 'paid', true, 0), (99, 'chat', 128, '2024-02-07', 'other', 'paid', true, 0);
SELECT tenant_metrics.setup('tenants', 'calls', dimensions => '{model,Plan,streamed,retries}', features => '{chat,search}');
SELECT source, catalogue, dimensions, healthy FROM tenant_metrics.status();
\set february '''2024-02-01'', ''2024-03-01'''

CREATE PROCEDURE answers(engine text) LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('tenant_metrics.engine', engine, false); END $$;
CALL answers('aggregate');
SELECT dimension, feature AS value, in_catalogue, events, cost, tenants_using FROM unnest('{model,Plan,streamed,retries}'::text[]) AS dimension,
       tenant_feature_breakdown(1, dimension => dimension);
SELECT * FROM tenant_feature_matrix(1, dimension => 'model', scope => 'subtree', max_depth => 1);
SELECT * FROM tenant_feature_adoption(NULL, :february, dimension => 'model');
CALL answers('portable');
SELECT dimension, feature AS value, in_catalogue, events, cost, tenants_using FROM unnest('{model,Plan,streamed,retries}'::text[]) AS dimension,
       tenant_feature_breakdown(1, dimension => dimension);
SELECT * FROM tenant_feature_matrix(1, dimension => 'model', scope => 'subtree', max_depth => 1);
SELECT * FROM tenant_feature_adoption(NULL, :february, dimension => 'model');
-- The feature by its column's name is the feature, with its catalogue.
SELECT feature, in_catalogue, events FROM tenant_feature_breakdown(2, dimension => 'feature_name');
-- One event at a time is told apart by one of them: there are no pairs.
SELECT call, expect_error('SELECT * FROM ' || call) FROM unnest(ARRAY[
    'tenant_feature_breakdown(1, dimension => ''plan'')', 'tenant_feature_matrix(dimension => ''model,Plan'')', 'tenant_feature_adoption(dimension => '''')']) AS call;

-- Who counts. In February one of all eleven tenants used the large model: one of four keys, and so one of two organisations.
CALL answers('aggregate');
CREATE VIEW countings AS SELECT * FROM (VALUES ('all', NULL::int), ('leaves', NULL), ('active', NULL), ('all', 0), ('all', 1), ('leaves', 2)) AS c (eligible, at_depth);
SELECT scope, c.eligible AS who, c.at_depth AS d, a.* FROM unnest('{own,subtree}'::text[]) AS scope, countings AS c,
       tenant_feature_adoption(NULL, :february, dimension => 'model', scope => scope, eligible => c.eligible, at_depth => c.at_depth) AS a
WHERE a.feature = 'large';
SELECT scope, c.eligible AS who, c.at_depth AS d, a.* FROM unnest('{own,subtree}'::text[]) AS scope, countings AS c,
       tenant_activity(NULL, '2024-02-06 12:00', scope => scope, eligible => c.eligible, at_depth => c.at_depth) AS a;
CALL answers('portable');
SELECT scope, c.eligible AS who, c.at_depth AS d, a.* FROM unnest('{own,subtree}'::text[]) AS scope, countings AS c,
       tenant_feature_adoption(NULL, :february, dimension => 'model', scope => scope, eligible => c.eligible, at_depth => c.at_depth) AS a
WHERE a.feature = 'large';
SELECT scope, c.eligible AS who, c.at_depth AS d, a.* FROM unnest('{own,subtree}'::text[]) AS scope, countings AS c,
       tenant_activity(NULL, '2024-02-06 12:00', scope => scope, eligible => c.eligible, at_depth => c.at_depth) AS a;
CALL answers('auto');
-- Below a root; a tenant on a cycle has no subtree that could use anything.
SELECT feature, adopters, eligible FROM tenant_feature_adoption(1, scope => 'subtree', at_depth => 1);
SELECT feature, adopters, eligible FROM tenant_feature_adoption(30), LATERAL (SELECT 1) AS one;
SELECT feature, adopters, eligible FROM tenant_feature_adoption(30, scope => 'subtree');
SELECT tenants, active_month FROM tenant_activity(77, scope => 'subtree');
SELECT call, expect_error('SELECT * FROM ' || call) FROM unnest(ARRAY[
    'tenant_feature_adoption(eligible => ''some'')', 'tenant_feature_adoption(eligible => NULL)', 'tenant_feature_adoption(scope => ''both'')',
    'tenant_activity(at_depth => -1)', 'tenant_activity(eligible => ''Leaves'')', 'tenant_activity(scope => NULL)']) AS call;

-- Set-up takes four at most, each once, of types that have texts.
SELECT call, expect_error(format('SELECT tenant_metrics.setup(''tenants'', ''calls'', ''wrong'', dimensions => %L)', call)) FROM unnest(ARRAY[
    '{model,Plan,streamed,retries,tenant_id}', '{model,Plan,model}', '{models}', '{tags}', '{inference_cost}', '{ctid}',
    '{model,NULL}', '{{model,Plan}}', '{""}', '{plan}', '{"\"Plan\""}', '{parent_id}']) AS call;

-- Values and features that differ in the case of ASCII letters and in blanks at their ends alone, with the events of all but the most frequent one.
CREATE TABLE spelt (LIKE calls);
CREATE TYPE tier AS ENUM ('free', 'Free');
ALTER TABLE spelt ADD "Tier" tier;
INSERT INTO spelt (tenant_id, feature_name, model, retries, "Tier") VALUES
    (111, 'chat', 'gpt-4o', 1, 'free'), (112, 'chat', 'GPT-4o ', 1, 'Free'), (111, 'Chat', 'gpt-4o', 1, 'free'), (NULL, ' chat', ' gpt-4o', 2, 'free'), (99, 'chat', 'gpt4o', 1, NULL),
    (111, 'it''s', 'é', 1, 'free'), (111, 'IT''S', 'É', 1, 'free'), (111, E'chat\t', E'\\', 1, 'free'), (111, NULL, NULL, NULL, 'free'), (111, '', E'\\ ', 1, 'free'), (111, ' ', '', 1, 'free');
SELECT tenant_metrics.setup('tenants', 'spelt', 'spelt', dimensions => '{model,retries,Tier}', features => '{CHAT}');
CREATE VIEW alike AS SELECT kind, tenant_id, detail, n FROM tenant_metrics.integrity('spelt', '{similar_feature,similar_value}');
CALL answers('portable');
TABLE alike;
CALL answers('aggregate');
TABLE alike;
CALL answers('auto');
-- The same in plain SQL, where no feature is told from a value but by where it stands; and the names can be pasted.
WITH value (place, value) AS (SELECT '', feature_name FROM spelt UNION ALL SELECT 'model: ', model FROM spelt UNION ALL SELECT '"Tier": ', "Tier"::text FROM spelt),
     counted AS (SELECT place, value, count(*) AS n FROM value WHERE value IS NOT NULL GROUP BY 1, 2)
SELECT place || string_agg(quote_literal(value), ', ' ORDER BY value COLLATE "C") AS detail, sum(n) - max(n) AS n
FROM counted GROUP BY place, lower(btrim(value) COLLATE "C") HAVING count(*) > 1 EXCEPT ALL SELECT detail, n FROM alike;
SELECT model, count(*) FROM spelt WHERE model IN (' gpt-4o', 'GPT-4o ', 'gpt-4o') GROUP BY model ORDER BY model COLLATE "C";
-- A dimension that is gone leaves the others.
ALTER TABLE spelt DROP model;
SELECT kind, detail, n FROM tenant_metrics.integrity('spelt') WHERE kind IN ('similar_value', 'unusable_column');
SELECT healthy, problem FROM tenant_metrics.status() WHERE source = 'spelt';
SELECT tenant_metrics.teardown('spelt');

-- Only the dimension that is asked for needs a right, and only that one has to be there.
CREATE ROLE dimensions_reader;
GRANT USAGE ON SCHEMA dimensions TO dimensions_reader;
GRANT SELECT ON tenants TO dimensions_reader;
GRANT SELECT (tenant_id, inference_cost, created_at, model) ON calls TO dimensions_reader;
SET ROLE dimensions_reader;
SELECT feature, events FROM tenant_feature_breakdown(1, dimension => 'model');
SELECT expect_error($$SELECT * FROM tenant_feature_breakdown(1, dimension => 'streamed')$$);
SELECT expect_error($$SELECT * FROM tenant_metrics.integrity(kinds => '{similar_value}')$$);
SELECT source, healthy, problem, hint FROM tenant_metrics.status();
RESET ROLE;
ALTER TABLE calls RENAME model TO models;
SELECT feature, events FROM tenant_feature_breakdown(1, dimension => 'streamed');
SELECT expect_error($$SELECT * FROM tenant_feature_breakdown(1, dimension => 'model')$$);
SELECT source, healthy, problem, hint FROM tenant_metrics.status();
SELECT tenant_metrics.teardown('default');
-- The built-in source has no dimension but the feature.
ALTER TABLE calls RENAME TO ai_feature_usage;
SELECT expect_error($$SELECT * FROM tenant_feature_breakdown(1, dimension => 'streamed')$$);

DROP SCHEMA dimensions CASCADE;
DROP ROLE dimensions_reader;
