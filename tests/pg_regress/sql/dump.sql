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

-- Both tables are marked: all names, and the descriptions whose tables are there.
SELECT c.oid::regclass AS "table", e.extcondition[array_position(e.extconfig, c.oid)] = '' AS all_rows
FROM pg_extension AS e JOIN pg_class AS c ON c.oid = ANY (e.extconfig) WHERE e.extname = 'tenant_metrics' ORDER BY 1;

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
INSERT INTO tenant_metrics.source_name SELECT (row::tenant_metrics.source).name FROM copied;
-- Names alone are what is left where the descriptions cannot be loaded.
SELECT expect_error($$SELECT tenant_cost(1, source => 'one')$$);
SELECT source, tenants, usage, catalogue, healthy, problem FROM tenant_metrics.status() WHERE source <> 'default';
BEGIN;
INSERT INTO tenant_metrics.source_name VALUES ('default');
SELECT expect_error('SELECT tenant_cost(1)') AS "not the built-in source";
SELECT tenant_metrics.teardown('default');
SELECT tenant_cost(1);
ROLLBACK;
INSERT INTO tenant_metrics.source SELECT (row::tenant_metrics.source).* FROM copied;
SELECT source, d::text FROM unnest(ARRAY['one', 'two']) AS source, tenant_dashboard(source => source) AS d EXCEPT SELECT * FROM answers;
SELECT source, healthy FROM tenant_metrics.status() WHERE source <> 'default';
SELECT expect_error($$INSERT INTO tenant_metrics.source SELECT (row::tenant_metrics.source).* FROM copied$$) AS "a restore twice";

-- What set-up would have refused, the tables refuse, or the readers when they come to it.
CREATE VIEW tenants_view AS SELECT * FROM tenants;
CREATE SEQUENCE counter;
CREATE INDEX usage_index ON ai_feature_usage (tenant_id, feature_name, inference_cost, created_at);
CREATE INDEX features_index ON features (name);
CREATE FUNCTION stored(changes jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tenant_metrics.source_name VALUES ('stored');
    INSERT INTO tenant_metrics.source SELECT (jsonb_populate_record(s, '{"name": "stored"}' || changes)).*
    FROM tenant_metrics.source AS s WHERE name = 'two';
    RETURN QUERY SELECT expect_error('SELECT tenant_cost(1, source => ''stored'')');
    RAISE EXCEPTION 'undo';
EXCEPTION WHEN raise_exception THEN
END $$;
SELECT stored('{}');
SELECT stored('{"tenants": "tenants_view"}');
SELECT stored('{"tenants": "counter"}');
SELECT stored('{"tenants": "-"}');
SELECT stored('{"usage": "usage_index"}');
SELECT stored('{"usage": "4000000000"}');
SELECT stored('{"usage_cost": ""}');
SELECT stored('{"feature_table": "features_index"}');
SELECT stored('{"time_zone": "Mars/Olympus"}');
SELECT stored('{"time_zone": "MSK"}');
SELECT stored('{"time_zone": ""}');
SELECT split_part(expect_error(format('SELECT stored(%L)', changes)), E'\n', 1) AS refused
FROM unnest(ARRAY['{"feature_table": null, "feature_count": -1}', '{"feature_count": 1}',
                  '{"feature_table": null}', '{"usage_tenant": null}']) AS changes;
SELECT expect_error(format('SELECT stored(%L)', jsonb_build_object('name', name))) FROM unnest(ARRAY['', repeat('x', 64)]) AS name;
SELECT expect_error($$INSERT INTO tenant_metrics.source_name VALUES ('')$$);
SELECT expect_error(format('INSERT INTO tenant_metrics.source_name VALUES (%L)', repeat('x', 64)));
-- A description stands for itself.
BEGIN;
DELETE FROM tenant_metrics.source_name;
SELECT source, tenant_cost(1, source => source) FROM tenant_metrics.status() WHERE source <> 'default';
SELECT tenant_metrics.teardown('one');
SELECT source FROM tenant_metrics.status();
ROLLBACK;

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
