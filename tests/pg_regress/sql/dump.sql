-- What pg_dump takes along: the registry of sources, and nothing else of the extension.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA dump;
SET search_path = dump, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
CREATE TABLE features (name text);
INSERT INTO tenants VALUES (1, NULL);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'one', time_zone => 'Europe/Berlin', features => '{a,b}'),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'two', feature_table => 'features');

-- The one table is marked, without a condition: every row of it is the user's.
SELECT c.oid::regclass AS "table", e.extcondition[array_position(e.extconfig, c.oid)] = '' AS all_rows
FROM pg_extension AS e JOIN pg_class AS c ON c.oid = ANY (e.extconfig) WHERE e.extname = 'tenant_metrics';

-- Relations are stored as regclass, which pg_upgrade and pg_dump can carry over; no SQL text is stored.
SELECT attname AS column, format_type(atttypid, atttypmod) AS type, attnotnull AS not_null FROM pg_attribute
WHERE attrelid = 'tenant_metrics.source'::regclass AND attnum > 0 ORDER BY attnum;
SELECT * FROM tenant_metrics.source ORDER BY name;

-- What a restore does: the rows are copied out as text, and in again.
CREATE TABLE answers AS SELECT source, d::text AS answer FROM unnest(ARRAY['one', 'two']) AS source, tenant_dashboard(source => source) AS d;
CREATE TABLE copied (row text);
INSERT INTO copied SELECT s::text FROM tenant_metrics.source AS s;
SELECT tenant_metrics.teardown('one'), tenant_metrics.teardown('two');
SELECT expect_error($$SELECT tenant_cost(1, source => 'one')$$);
INSERT INTO tenant_metrics.source SELECT (row::tenant_metrics.source).* FROM copied;
SELECT source, d::text FROM unnest(ARRAY['one', 'two']) AS source, tenant_dashboard(source => source) AS d EXCEPT SELECT * FROM answers;
SELECT source, healthy FROM tenant_metrics.status() WHERE source <> 'default';
SELECT expect_error($$INSERT INTO tenant_metrics.source SELECT (row::tenant_metrics.source).* FROM copied$$) AS "a restore twice";

-- Dropping the extension takes its objects along and leaves the user's tables alone; it comes back empty.
BEGIN;
CREATE VIEW depends_on_it AS SELECT * FROM tenant_dashboard();
SELECT expect_error('DROP EXTENSION tenant_metrics');
DROP EXTENSION tenant_metrics CASCADE;
SELECT count(*) FROM tenants;
SELECT to_regproc('public.tenant_cost') AS reader, to_regnamespace('tenant_metrics') AS schema;
CREATE EXTENSION tenant_metrics;
SELECT source FROM tenant_metrics.status();
SELECT tenant_cost(1);
ROLLBACK;

-- Its readers can be created in another schema, and its own schema must be new.
BEGIN;
DROP EXTENSION tenant_metrics;
CREATE SCHEMA readers;
CREATE EXTENSION tenant_metrics SCHEMA readers;
SELECT readers.tenant_cost(1), to_regproc('public.tenant_cost') AS in_public, (SELECT count(*) FROM tenant_metrics.dashboard);
ROLLBACK;
BEGIN;
DROP EXTENSION tenant_metrics;
CREATE SCHEMA tenant_metrics;
SELECT expect_error('CREATE EXTENSION tenant_metrics');
ROLLBACK;

SELECT tenant_metrics.teardown('one'), tenant_metrics.teardown('two');
DROP SCHEMA dump CASCADE;
