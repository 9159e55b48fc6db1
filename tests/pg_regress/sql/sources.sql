-- Setting sources up, replacing and tearing them down, and what readers say once a table changes.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA sources;
SET search_path = sources, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01'), (2, 'a', 2, '2024-01-02'), (2, 'b', 3, '2024-01-03');
CREATE TABLE org (key bigint PRIMARY KEY, boss bigint, other text);
CREATE TABLE log (org bigint, what text, price numeric, at timestamptz, day date, tags text[]);
INSERT INTO org VALUES (10, NULL), (11, 10);
INSERT INTO log SELECT 11, 'f' || n, n, '2024-02-01' FROM generate_series(1, 4) AS n;
CREATE TABLE catalogue (name text, label varchar, code int);
INSERT INTO catalogue VALUES ('f1', 'f3', 1), ('f2', 'f4', 2), ('f9', NULL, 3), ('f9', 'f4', 4);

-- The built-in source needs no set-up.
SELECT source, tenants, usage, healthy, problem FROM tenant_metrics.status();
SELECT tenant_subtree_cost(1), tenant_adoption_rate(2) = 2 / 9::float8 AS of_nine;

-- Other tables and columns, and a catalogue of each kind.
\set org '''org'', ''log'', tenant_id => ''key'', parent_id => ''boss'', usage_tenant => ''org'', usage_feature => ''what'', usage_cost => ''price'', usage_time => ''at'''
SELECT tenant_metrics.setup(:org, source => 'count', feature_count => 5),
       tenant_metrics.setup(:org, source => 'names', features => '{f1,f1,NULL,f4,g}'),
       tenant_metrics.setup(:org, source => 'table', feature_table => 'catalogue'),
       tenant_metrics.setup(:org, source => 'labels', feature_table => 'catalogue', feature_column => 'label'),
       tenant_metrics.setup(:org, source => 'zero', feature_count => 0),
       tenant_metrics.setup(:org, source => 'empty', features => '{}'),
       tenant_metrics.setup(:org, source => 'one', feature_count => 1),
       tenant_metrics.setup(:org, source => 'nine');
SELECT source, tenant_features_used(11, source => source) AS used, tenant_adoption_rate(11, source => source) AS rate,
       tenant_subtree_adoption_rate(10, source => source) AS subtree_rate, tenant_cost(11, source => source)
FROM tenant_metrics.status() WHERE source <> 'default';
SELECT source, d.tenant_id, features_used, subtree_features_used, subtree_adoption_rate
FROM unnest(ARRAY['names', 'zero']) AS source, tenant_dashboard(source => source) AS d;
-- A catalogue's table is read anew each time.
BEGIN;
DELETE FROM catalogue WHERE name = 'f9';
INSERT INTO catalogue VALUES ('f3'), ('f4'), (NULL);
SELECT tenant_features_used(11, source => 'table') AS used, tenant_adoption_rate(11, source => 'table') AS rate;
ROLLBACK;

-- Setting up again replaces the source, under the name default the built-in one too.
SELECT tenant_metrics.setup(:org, source => 'count', feature_count => 8), tenant_metrics.setup(:org);
SELECT tenant_adoption_rate(11, source => 'count') AS half, tenant_subtree_cost(10), tenant_cost(1) AS unknown_now;
SELECT source, tenants, usage, healthy, problem FROM tenant_metrics.status();
SELECT tenant_metrics.teardown('default');
SELECT tenant_cost(1) AS built_in_again;
BEGIN;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'brief');
SELECT tenant_cost(1, source => 'brief');
ROLLBACK;
SELECT expect_error($$SELECT tenant_cost(1, source => 'brief')$$);
SELECT tenant_metrics.teardown('count'), tenant_metrics.teardown('one');
SELECT expect_error($$SELECT tenant_metrics.teardown('count')$$);
SELECT expect_error($$SELECT tenant_metrics.teardown('default')$$);
SELECT expect_error($$SELECT tenant_metrics.teardown(NULL)$$);
SELECT expect_error($$SELECT tenant_cost(1, source => NULL)$$);
SELECT expect_error($$SELECT * FROM tenant_dashboard(source => 'Default')$$);

-- A materialized view is built with a search_path that finds no built-in source, from PostgreSQL 17 on; a source set up is found.
CREATE FUNCTION with_path(path text, statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', path, true);
    RETURN QUERY SELECT public.expect_error(statement);
END $$;
SELECT with_path(path, 'SELECT * FROM public.tenant_dashboard()') FROM unnest(ARRAY['pg_catalog, pg_temp', '']) AS path;
SET search_path = sources, public;
SELECT expect_error('CREATE MATERIALIZED VIEW board AS SELECT * FROM tenant_dashboard()')
    LIKE CASE WHEN current_setting('server_version_num')::int >= 170000 THEN '%relation "tenants" does not exist%' ELSE 'no error' END
    AS as_the_version LIMIT 1;
SELECT tenant_metrics.setup('sources.tenants', 'sources.ai_feature_usage');
DROP MATERIALIZED VIEW IF EXISTS board;
CREATE MATERIALIZED VIEW board AS SELECT * FROM tenant_dashboard();
INSERT INTO ai_feature_usage VALUES (2, 'c', 4, '2024-01-04');
REFRESH MATERIALIZED VIEW board;
SELECT tenant_id, subtree_cost FROM board;
DROP MATERIALIZED VIEW board;
DELETE FROM ai_feature_usage WHERE feature_name = 'c';
SELECT tenant_metrics.teardown('default');

-- What set-up refuses; nothing of it is stored.
CREATE TABLE numbered (id numeric PRIMARY KEY, parent_id numeric);
CREATE SEQUENCE numbers;
CREATE INDEX log_index ON log (org, what, price, at);
CREATE FUNCTION refused(arguments text) RETURNS SETOF text LANGUAGE sql
    RETURN expect_error(format('SELECT tenant_metrics.setup(%s, source => ''refused'')', arguments));
SELECT refused($$NULL, 'ai_feature_usage'$$);
SELECT refused($$'tenants', 'missing'$$);
SELECT refused($$'tenants', 'ai_feature_usage', tenant_id => 'ID'$$);
SELECT refused($$'tenants', 'ai_feature_usage', parent_id => 'boss'$$);
SELECT refused($$'tenants', 'ai_feature_usage', usage_tenant => 'ctid'$$);
SELECT refused($$'tenants', 'log'$$);
SELECT refused($$'tenants', 'ai_feature_usage', usage_feature => 'inference_cost'$$);
SELECT refused($$'tenants', 'ai_feature_usage', usage_cost => 'feature_name'$$);
SELECT refused($$'tenants', 'ai_feature_usage', usage_time => 'inference_cost'$$);
SELECT refused($$'org', 'log', tenant_id => 'key', parent_id => 'other', usage_tenant => 'org'$$);
SELECT refused($$'org', 'log', tenant_id => 'key', parent_id => 'boss', usage_tenant => 'what'$$);
SELECT refused($$'numbered', 'ai_feature_usage'$$);
SELECT refused($$'tenants', 'numbered', usage_tenant => 'id'$$);
SELECT refused($$'numbers', 'log', tenant_id => 'last_value', parent_id => 'log_cnt', usage_tenant => 'org',
                 usage_feature => 'what', usage_cost => 'price', usage_time => 'at'$$);
SELECT refused($$'org', 'log_index', tenant_id => 'key', parent_id => 'boss', usage_tenant => 'org',
                 usage_feature => 'what', usage_cost => 'price', usage_time => 'at'$$);
SELECT refused(arguments) FROM unnest(ARRAY[
    $$'tenants', 'numbers'$$, $$'log_index', 'log'$$, $$999999, 'log'$$, $$'tenants', 0$$, $$'ai_feature_usage', 'tenants'$$]) AS arguments;
SELECT refused($$'tenants', 'ai_feature_usage', time_zone => 'Mars/Olympus'$$);
SELECT refused($$'tenants', 'ai_feature_usage', feature_count => -1$$);
SELECT refused($$'tenants', 'ai_feature_usage', feature_count => 1, features => '{a}'$$);
SELECT refused($$'tenants', 'ai_feature_usage', features => '{a}', feature_table => 'catalogue'$$);
SELECT refused($$'tenants', 'ai_feature_usage', feature_table => 'catalogue', feature_column => 'missing'$$);
SELECT refused($$'tenants', 'ai_feature_usage', feature_table => 'catalogue', feature_column => 'code'$$);
SELECT refused(format($$'tenants', 'ai_feature_usage', %s$$, arguments)) FROM unnest(ARRAY[
    $$feature_table => 'numbers', feature_column => 'x'$$, $$feature_table => 999999$$, $$feature_column => 'code'$$,
    $$features => '{{a},{b}}'$$, $$feature_table => 'catalogue', feature_column => NULL$$]) AS arguments;
SELECT expect_error(format('SELECT tenant_metrics.setup(''tenants'', ''ai_feature_usage'', %L)', name))
FROM unnest(ARRAY['', repeat('x', 64), NULL]) AS name;
SELECT count(*) FROM tenant_metrics.status() WHERE source NOT IN ('default', 'names', 'table', 'labels', 'zero', 'empty', 'nine');

-- Tables and columns that change afterwards: renaming a table or its schema is no matter, the rest is an error that says so.
SELECT tenant_metrics.setup(:org, source => 'moving', feature_table => 'catalogue');
ALTER TABLE org RENAME TO organisations;
ALTER TABLE log SET SCHEMA public;
SELECT tenant_subtree_cost(10, source => 'moving') AS still_there;
CREATE FUNCTION changed(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE change;
    RETURN QUERY SELECT expect_error('SELECT * FROM tenant_dashboard(source => ''moving'')');
    RETURN QUERY SELECT format('status: %s, %s', healthy, problem) FROM tenant_metrics.status() WHERE source = 'moving';
    RAISE EXCEPTION 'undo';
EXCEPTION WHEN raise_exception THEN
END $$;
SELECT changed('ALTER TABLE log RENAME price TO amount');
SELECT changed('ALTER TABLE log DROP at');
SELECT changed('ALTER TABLE organisations RENAME boss TO parent');
SELECT changed('ALTER TABLE log ALTER price TYPE text');
SELECT changed('ALTER TABLE log ALTER org TYPE text');
SELECT changed('ALTER TABLE log ALTER price TYPE float4');
SELECT changed('ALTER TABLE log ALTER what TYPE int USING 1');
SELECT changed('ALTER TABLE log ALTER at TYPE time');
SELECT changed('ALTER TABLE catalogue DROP name');
SELECT changed('DROP TABLE log');
SELECT changed('DROP TABLE organisations');
SELECT changed('DROP TABLE catalogue');
SELECT tenant_subtree_cost(10, source => 'moving') AS unharmed;
DROP TABLE log;
SELECT expect_error($$SELECT tenant_metrics.setup('tenants', 'log', 'moving')$$);
SELECT tenant_metrics.teardown('moving');

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status() WHERE source <> 'default';
DROP SCHEMA sources CASCADE;
