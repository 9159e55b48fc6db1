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
