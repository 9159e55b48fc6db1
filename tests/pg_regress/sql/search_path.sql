-- A hostile search_path changes nothing: no object in it is called or read in place of the server's.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA search_path;
SET search_path = search_path, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
CREATE TABLE features (name text);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2), (8, 8);
INSERT INTO ai_feature_usage VALUES
    (1, 'a', 1, '2024-01-01'), (2, 'b', 'NaN', '2024-01-02'), (3, 'c', 4, '2024-01-03'), (99, 'd', 4, '2024-01-03');
INSERT INTO features VALUES ('a'), ('b');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'utc', feature_table => 'features'),
       tenant_metrics.setup('tenants', 'ai_feature_usage', 'zoned', time_zone => 'Europe/Berlin', features => '{a}');
CREATE TABLE expected AS
SELECT source, d::text FROM unnest(ARRAY['utc', 'zoned']) AS source, tenant_dashboard(NULL, '2024-01-01', '2024-01-04', source) AS d
UNION ALL SELECT source, i::text FROM unnest(ARRAY['utc', 'zoned']) AS source, tenant_metrics.integrity(source) AS i;

-- Functions, aggregates, operators, casts' types, collations and relations that say so when they are used.
CREATE SCHEMA trap;
CREATE FUNCTION trap.sprung(name text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'trap % was called', name USING ERRCODE = 'external_routine_exception';
END $$;
DO $$
DECLARE
    fake record;
    body text := 'BEGIN PERFORM trap.sprung(%L); END';
BEGIN
    FOR fake IN
        SELECT name, arguments, result FROM (VALUES
            ('timezone', 'text, timestamp', 'timestamptz'), ('pg_has_role', 'oid, text', 'bool'), ('lower', 'text', 'text'),
            ('num_nonnulls', 'VARIADIC int[]', 'int'), ('numeric', 'float8', 'numeric'), ('text', 'varchar', 'text'),
            ('tenant_depth', 'int, text', 'int'), ('current_user', '', 'text'), ('float8', 'numeric', 'float8')) AS f (name, arguments, result)
    LOOP
        EXECUTE format('CREATE FUNCTION trap.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
                       fake.name, fake.arguments, fake.result, format(body, fake.name));
    END LOOP;
    FOR fake IN SELECT name, argument FROM unnest(ARRAY['count', 'sum', 'max']) AS name,
                unnest(ARRAY['int', 'bigint', 'numeric', 'float8', 'text', 'timestamp', 'timestamptz']) AS argument
    LOOP
        EXECUTE format('CREATE FUNCTION trap.%I(%s) RETURNS numeric LANGUAGE plpgsql AS %L',
                       fake.name, fake.argument, format(body, fake.name));
    END LOOP;
    FOR fake IN SELECT * FROM unnest(ARRAY['=', '<>', '<', '>', '<=', '>=', '~']) AS operator,
                unnest(ARRAY['int', 'int8', 'oid', 'name', 'text', 'float8', 'numeric', 'timestamp', 'timestamptz', 'regclass']) AS argument
    LOOP
        EXECUTE format('CREATE FUNCTION trap.%1$I(%2$s, %2$s) RETURNS bool LANGUAGE plpgsql AS %3$L',
                       fake.operator, fake.argument, format(body, fake.operator));
        EXECUTE format('CREATE OPERATOR trap.%s (FUNCTION = trap.%I, LEFTARG = %3$s, RIGHTARG = %3$s)',
                       fake.operator, fake.operator, fake.argument);
    END LOOP;
END $$;
CREATE DOMAIN trap.numeric AS pg_catalog.int4 CHECK (VALUE < 0);
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (VALUE = 'trap');
CREATE DOMAIN trap.float8 AS pg_catalog.int4 CHECK (VALUE < 0);
CREATE DOMAIN trap.timestamp AS pg_catalog.date;
CREATE DOMAIN trap.timestamptz AS pg_catalog.date;
CREATE DOMAIN trap.name AS pg_catalog.int4;
CREATE COLLATION trap."C" (provider = libc, locale = 'POSIX');
CREATE TEMP VIEW pg_class AS SELECT trap.sprung('pg_class') AS oid, 1 AS relowner;
CREATE TEMP VIEW pg_index AS SELECT trap.sprung('pg_index') AS indrelid;
CREATE TEMP VIEW pg_attribute AS SELECT trap.sprung('pg_attribute') AS attrelid;
CREATE TEMP VIEW pg_timezone_names AS SELECT 'Europe/Berlin' AS name FROM trap.sprung('pg_timezone_names');
CREATE TEMP TABLE source (name pg_catalog.text);

SET search_path = trap, pg_temp, search_path, public, pg_catalog;
-- The traps work: a plain statement that does not name its schema falls into them.
\set VERBOSITY terse
SELECT count(1);
SELECT 1 WHERE 1 = 1;
SELECT 1::numeric;
SELECT * FROM pg_timezone_names;
\set VERBOSITY default

-- The readers and the operations do not.
CREATE TEMP TABLE answers (source pg_catalog.text, answer pg_catalog.text);
INSERT INTO answers
SELECT s.source, d::pg_catalog.text FROM unnest(ARRAY['utc', 'zoned']::pg_catalog.text[]) AS s (source),
       tenant_dashboard(NULL, '2024-01-01', '2024-01-04', s.source) AS d
UNION ALL SELECT s.source, i::pg_catalog.text FROM unnest(ARRAY['utc', 'zoned']::pg_catalog.text[]) AS s (source),
       tenant_metrics.integrity(s.source) AS i;
SET tenant_metrics.engine = portable;
INSERT INTO answers
SELECT s.source, d::pg_catalog.text FROM unnest(ARRAY['utc', 'zoned']::pg_catalog.text[]) AS s (source),
       tenant_dashboard(NULL, '2024-01-01', '2024-01-04', s.source) AS d;
RESET tenant_metrics.engine;
SELECT tenant_cost(1), tenant_subtree_cost(2), tenant_depth(3), tenant_path(3), tenant_last_used(3, source => 'zoned'),
       tenant_subtree_events(1, '2024-01-01', '2024-01-03', 'zoned'), tenant_adoption_rate(2, source => 'utc');
SELECT tenant_id, subtree_cost FROM tenant_dashboard_text('2', source => 'utc');
SELECT tenant_id, distance FROM tenant_ancestors(3);
SELECT source, tenants, usage, healthy, problem FROM tenant_metrics.status();
SELECT engine, reason FROM tenant_metrics.explain(1, source => 'zoned');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'trapped', time_zone => 'Asia/Tokyo', feature_table => 'features');
SELECT tenant_events(1, '2023-12-31 15:00+00', '2023-12-31 15:00:01+00', 'trapped');
SELECT tenant_metrics.teardown('trapped');
RESET search_path;
SET search_path = search_path, public;
SELECT count(*), count(DISTINCT answer) FROM answers;
SELECT source, answer FROM answers EXCEPT SELECT * FROM expected;
SELECT * FROM expected EXCEPT SELECT source, answer FROM answers;

-- The extension's schema keeps its name; one that somebody else made is not taken for it.
BEGIN;
ALTER SCHEMA tenant_metrics RENAME TO renamed;
SELECT expect_error('SELECT tenant_cost(1)');
SELECT expect_error('SELECT * FROM renamed.status()');
SELECT expect_error($$SELECT renamed.setup('tenants', 'ai_feature_usage')$$);
CREATE SCHEMA tenant_metrics;
CREATE TABLE tenant_metrics.source (LIKE renamed.source);
INSERT INTO tenant_metrics.source SELECT * FROM renamed.source;
SELECT expect_error($$SELECT tenant_cost(1, source => 'utc')$$);
ROLLBACK;
SELECT tenant_cost(1, source => 'utc');
BEGIN;
ALTER TABLE tenant_metrics.source ADD one_more int;
SELECT expect_error($$SELECT tenant_cost(1, source => 'utc')$$);
ROLLBACK;
BEGIN;
ALTER TABLE tenant_metrics.source RENAME TO elsewhere;
SELECT expect_error('SELECT tenant_cost(1)');
ROLLBACK;
SELECT expect_error('ALTER EXTENSION tenant_metrics SET SCHEMA trap');

SELECT tenant_metrics.teardown('utc'), tenant_metrics.teardown('zoned');
DROP SCHEMA trap CASCADE;
DROP SCHEMA search_path CASCADE;
