-- Identifiers that need quotes, several sources side by side, and the model found through the search_path.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA names;
SET search_path = names, public;

-- Quotes, dots, backslashes, braces, newlines, keywords, other scripts, and names of the full 63 bytes.
CREATE SCHEMA "na""me.s";
CREATE TABLE "na""me.s"."ten;ants.--" (
    "select" int PRIMARY KEY, "par""ent'\{id}" int, other text);
CREATE TABLE "na""me.s"."$1 {usage}" (
    "ten
ant" int, "FEATURE ü 日本語" text, "cost.%s" numeric(20, 4),
    "t123456789012345678901234567890123456789012345678901234567890ab" timestamptz);
CREATE TABLE "na""me.s"."Features" ("Name)" text);
INSERT INTO "na""me.s"."ten;ants.--" VALUES (1, NULL), (2, 1);
INSERT INTO "na""me.s"."$1 {usage}" VALUES
    (2, '{feature}', 1.5, '2024-01-01'), (2, $$it's "$$, 2.25, '2024-02-01'), (2, NULL, NULL, '2024-03-01');
INSERT INTO "na""me.s"."Features" VALUES ('{feature}'), ('x');
SELECT tenant_metrics.setup(
    '"na""me.s"."ten;ants.--"', '"na""me.s"."$1 {usage}"', $$so"ur'ce $1 {é}$$, 'select', $$par"ent'\{id}$$, E'ten\nant',
    'FEATURE ü 日本語', 'cost.%s', 't123456789012345678901234567890123456789012345678901234567890ab',
    feature_table => '"na""me.s"."Features"', feature_column => 'Name)');
\set source '$$so"ur''ce $1 {é}$$'
SELECT tenant_id, depth, subtree_events, subtree_features_used, adoption_rate, subtree_cost, subtree_last_used
FROM tenant_dashboard(source => :source);
SELECT tenant_events(2, '2024-01-01', '2024-03-01', :source), tenant_cost(2, source => :source),
       tenant_subtree_cost(1, source => :source), tenant_path(2, :source);
SET tenant_metrics.engine = 'portable';
SELECT tenant_id, subtree_events, subtree_cost FROM tenant_dashboard(NULL, '2024-01-01', '2024-03-01', :source);
RESET tenant_metrics.engine;
SELECT * FROM tenant_metrics.integrity(:source);
SELECT source, tenants, usage, healthy FROM tenant_metrics.status();
ALTER TABLE "na""me.s"."ten;ants.--" RENAME "select" TO "SELECT";
SELECT expect_error(format('SELECT tenant_cost(1, source => %L)', :source));
SELECT tenant_metrics.teardown(:source);

-- Every reader reads such tables, and what is shown to be copied can be.
CREATE SCHEMA "LiteLLM";
CREATE TABLE "LiteLLM"."Teams Table" ("teamId" text PRIMARY KEY, "parent.Team" text, "Id" int, "ID" int);
CREATE TABLE "LiteLLM"."LiteLLM_SpendLogs" ("team""Id" text, model text, spend float8, "startTime" timestamp, "it's" int);
CREATE TABLE "LiteLLM"."it's" ("Größe" text);
INSERT INTO "LiteLLM"."Teams Table" VALUES ('Root', NULL), ('a"b', 'Root'), ('it''s', 'Root');
INSERT INTO "LiteLLM"."LiteLLM_SpendLogs"
SELECT (ARRAY['Root', 'a"b', 'it''s'])[1 + n % 3], 'm' || n % 3, n / 4.0, '2024-01-01'::timestamp + n * interval '1 hour'
FROM generate_series(1, 90) AS n;
INSERT INTO "LiteLLM"."it's" VALUES ('m0'), ('m1'), ('never');
CREATE FUNCTION lite(arguments text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT expect_error(concat('SELECT tenant_metrics.setup(tenants => ''"LiteLLM"."Teams Table"'', usage => ''"LiteLLM"."LiteLLM_SpendLogs"'',
        source => ''Lite LLM''', arguments, ')'))
$$;
\set roles ', tenant_id => \'teamId\', parent_id => \'parent.Team\', usage_tenant => \'team"Id\', usage_feature => \'model\', usage_cost => \'spend\''
SET client_min_messages = notice;
SELECT lite(:'roles' || $$, usage_time => 'startTime', feature_table => '"LiteLLM"."it''s"', feature_column => 'Größe'$$);
SET client_min_messages = warning;
CREATE FUNCTION rows_of(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || replace(call, ':', $q$source => 'Lite LLM'$q$) INTO rows;
    RETURN rows;
END $$;
SELECT reader, rows_of(reader)
FROM unnest(ARRAY[
    $$tenant_dashboard_text(:)$$, $$tenant_dashboard_text('Root', :)$$, $$tenant_dashboard_for_text('{Root}', :)$$,
    $$tenant_adoption_rates_text(:)$$, $$tenant_subtree_costs_text(:)$$, $$tenant_descendants_text('Root', :)$$,
    $$tenant_ancestors_text('a"b', :)$$, $$tenant_tree_json_text(:)$$, $$tenant_subtree_cost_text('Root', :)$$,
    $$tenant_cost_text('it''s', '2024-01-02', :)$$, $$tenant_path_text('a"b', :)$$, $$tenant_is_descendant_text('a"b', 'Root', :)$$,
    $$tenant_usage_series_text('Root', :)$$, $$tenant_usage_series_for_text('{Root}', :)$$, $$tenant_activity_text(at => '2024-01-02', :)$$,
    $$tenant_feature_breakdown_text('Root', :)$$, $$tenant_feature_matrix_text(:)$$, $$tenant_feature_adoption_text(:)$$,
    $$tenant_top_text(2, :)$$, $$tenant_compare_text(NULL, '2024-01-02', '2024-01-03', :)$$,
    $$tenant_metrics.integrity(:)$$, $$tenant_metrics.explain_text(:)$$]) AS reader;
SELECT tenant_id, events, features_used, subtree_cost, last_used FROM tenant_dashboard_text(source => 'Lite LLM');
SET tenant_metrics.engine = 'portable';
SELECT tenant_id, events, features_used, subtree_cost, last_used FROM tenant_dashboard_text(source => 'Lite LLM');
RESET tenant_metrics.engine;
SELECT catalogue, missing_indexes FROM tenant_metrics.status();
SELECT regexp_split_to_table(missing_indexes, E'\n') FROM tenant_metrics.explain_text(source => 'Lite LLM') \gexec
SELECT missing_indexes FROM tenant_metrics.status();

-- A name that is no column's: one in double quotes, one in other letters, one that says nothing.
SELECT name, lite(:'roles' || format(', usage_time => %L', name))
FROM unnest(ARRAY['"startTime"', 'starttime', '"STARTTIME"', 'start_time', '"', '""', '']) AS name;
SELECT name, lite(replace(:'roles', '''team"Id''', quote_literal(name))) FROM unnest(ARRAY['"team""Id"', 'TEAM"id', 'it''S', '"it''s"']) AS name;
SELECT name, lite(replace(:'roles', '''teamId''', quote_literal(name))) FROM unnest(ARRAY['id', 'Id', 'teamid', 'CTID']) AS name;
SELECT name, lite(:'roles' || format($$, usage_time => 'startTime', feature_table => '"LiteLLM"."it''s"', feature_column => %L$$, name))
FROM unnest(ARRAY['GRÖßE', 'Grösse']) AS name;
ALTER TABLE "LiteLLM"."LiteLLM_SpendLogs" RENAME "startTime" TO "Start\Time's";
SELECT expect_error($$SELECT tenant_cost_text('Root', source => 'Lite LLM')$$);
SELECT lite(:'roles' || $$, usage_time => 'start\time''s'$$);
ALTER TABLE "LiteLLM"."LiteLLM_SpendLogs" RENAME "Start\Time's" TO "startTime";

-- What is refused beside: messages have the names as they are, commands have them quoted.
SELECT lite(:'roles' || ', usage_time => ''model''');
SELECT lite(replace(:'roles', 'usage_feature => ''model''', 'usage_feature => ''it''''s''') || ', usage_time => ''startTime''');
SELECT lite(replace(:'roles', 'parent_id => ''parent.Team''', 'parent_id => ''Id'''));
-- The command for an index that keeps ids unique, run as it is shown.
ALTER TABLE "LiteLLM"."Teams Table" DROP CONSTRAINT "Teams Table_pkey";
SELECT missing_indexes FROM tenant_metrics.status();
SELECT missing_indexes FROM tenant_metrics.status() \gexec
SELECT missing_indexes FROM tenant_metrics.status();
CREATE ROLE "Names' reader";
GRANT USAGE ON SCHEMA names TO "Names' reader";
CREATE FUNCTION grant_what_is_lacking() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    problem text;
    hint text;
BEGIN
    FOR n IN 1..9 LOOP
        SET LOCAL ROLE "Names' reader";
        SELECT s.problem, s.hint INTO problem, hint FROM tenant_metrics.status() AS s;
        RESET ROLE;
        EXIT WHEN problem IS NULL;
        RETURN NEXT format('%s; %s', problem, hint);
        EXECUTE format('%s TO "Names'' reader"', (regexp_match(hint, 'GRANT .*(?=\.$)'))[1]);
    END LOOP;
END $$;
SELECT grant_what_is_lacking();
SET ROLE "Names' reader";
SELECT count(*) FROM tenant_dashboard_text(source => 'Lite LLM');
RESET ROLE;
-- A policy and a view of such names, and what scalars say of them.
CREATE FUNCTION "LiteLLM"."Any One"() RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT random() < 2';
CREATE POLICY "Only 'm1'" ON "LiteLLM"."LiteLLM_SpendLogs" USING (model = 'm1' AND "LiteLLM"."Any One"());
ALTER TABLE "LiteLLM"."LiteLLM_SpendLogs" ENABLE ROW LEVEL SECURITY;
SET ROLE "Names' reader";
SELECT scalars FROM tenant_metrics.status();
SELECT tenant_id, events FROM tenant_dashboard_text(source => 'Lite LLM');
RESET ROLE;
CREATE VIEW "LiteLLM"."Spend View" AS SELECT "team""Id" AS "Team", model, spend, "startTime" FROM "LiteLLM"."LiteLLM_SpendLogs";
DROP INDEX "LiteLLM"."LiteLLM_SpendLogs_team""Id_idx";
SELECT tenant_metrics.setup('"LiteLLM"."Teams Table"', '"LiteLLM"."Spend View"', 'Lite LLM', 'teamId', 'parent.Team', 'Team', 'model', 'spend', 'startTime');
SELECT missing_indexes FROM tenant_metrics.status();
SELECT tenant_cost_text('Root', source => 'Lite LLM');
SELECT tenant_metrics.teardown('Lite LLM');
DROP SCHEMA "LiteLLM" CASCADE;
DROP OWNED BY "Names' reader";
DROP ROLE "Names' reader";

-- The longest names of all: 63 bytes of schema, table, column and source.
SELECT repeat('é', 31) || 'x' AS long \gset
CREATE SCHEMA :"long";
CREATE TABLE :"long".:"long" (:"long" int PRIMARY KEY, parent_id int);
CREATE TABLE usage (:"long" int, feature_name text, inference_cost int, created_at date);
INSERT INTO usage VALUES (1, 'a', 7, '2024-01-01');
INSERT INTO :"long".:"long" VALUES (1, NULL);
SELECT tenant_metrics.setup(format('%I.%I', :'long', :'long')::regclass, 'usage', :'long', :'long', usage_tenant => :'long');
SELECT tenant_cost(1, source => :'long'), octet_length(:'long');
SELECT tenant_metrics.teardown(:'long');

-- Without a source of the name default, the search_path decides, as it does for a SELECT.
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE one.tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE one.ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
CREATE TABLE two.tenants (LIKE one.tenants INCLUDING ALL);
CREATE TABLE two.ai_feature_usage (LIKE one.ai_feature_usage);
INSERT INTO one.tenants VALUES (1, NULL);
INSERT INTO two.tenants VALUES (1, NULL), (2, 1);
INSERT INTO one.ai_feature_usage VALUES (1, 'a', 1, now());
INSERT INTO two.ai_feature_usage VALUES (2, 'a', 2, now());
CREATE VIEW plain AS SELECT count(*) FROM tenant_metrics.dashboard;
SET search_path = one, names, public;
SELECT tenant_subtree_cost(1), (SELECT sum(inference_cost) FROM ai_feature_usage) AS plain;
SET search_path = two, names, public;
SELECT tenant_subtree_cost(1), (SELECT sum(inference_cost) FROM ai_feature_usage) AS plain, (SELECT count FROM plain);
SET search_path = names, public, two;
SELECT tenant_subtree_cost(1);
SET search_path = names, public;
SELECT expect_error('SELECT public.tenant_subtree_cost(1)');
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
SELECT expect_error('SELECT public.tenant_subtree_cost(1)');
SELECT count(*) FROM tenant_metrics.status() WHERE tenants IS NOT NULL;
DROP TABLE tenants;

-- A prepared statement and a cached plan follow the search_path too.
PREPARE cost AS SELECT tenant_subtree_cost(1);
SET search_path = one, names, public;
EXECUTE cost;
SET search_path = two, names, public;
EXECUTE cost;

-- Temporary tables come first, unless the path puts pg_temp elsewhere; a view may stand for the usage table.
CREATE TEMP TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1);
SELECT count(*) AS temporary FROM tenant_dashboard();
SET search_path = two, names, public, pg_temp;
SELECT count(*) AS permanent FROM tenant_dashboard();
SET search_path = two, names, public;
CREATE TEMP VIEW ai_feature_usage AS
SELECT 3 AS tenant_id, 'v' AS feature_name, 5::numeric AS inference_cost, date '2024-01-01' AS created_at;
SELECT tenant_subtree_cost(1) AS temporary, tenant_last_used(3);
DROP VIEW ai_feature_usage;
DROP TABLE pg_temp.tenants;

-- A set-up source is the same in every search_path.
SELECT tenant_metrics.setup('one.tenants', 'one.ai_feature_usage');
SELECT tenant_subtree_cost(1);
SET search_path = pg_catalog;
SELECT public.tenant_subtree_cost(1), tenants, usage FROM tenant_metrics.status();
SET search_path = '';
SELECT public.tenant_subtree_cost(1), tenants, usage FROM tenant_metrics.status();
SET search_path = names, public;
SELECT tenant_metrics.teardown('default');

DROP SCHEMA one CASCADE;
DROP SCHEMA two CASCADE;
DROP SCHEMA names CASCADE;
DROP SCHEMA "na""me.s" CASCADE;
DROP SCHEMA :"long" CASCADE;
