-- Summaries: building them in parts, comparing them with the events, and what makes them stale.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA kept;
SET search_path = kept, public;

CREATE TABLE tenants (id uuid PRIMARY KEY, parent_id uuid);
INSERT INTO tenants SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, NULL FROM generate_series(1, 20) AS n;
CREATE TABLE usage (id serial PRIMARY KEY, tenant_id uuid, feature_name text, inference_cost numeric(9, 2), created_at timestamptz);
INSERT INTO usage (tenant_id, feature_name, inference_cost, created_at)
SELECT ('00000000-0000-0000-0000-' || lpad((1 + n % 20)::text, 12, '0'))::uuid, 'f' || n % 3, n % 7, timestamptz '2026-01-01' + n * interval '1 hour'
FROM generate_series(1, 400) AS n;
SELECT tenant_metrics.setup('tenants', 'usage', 'kept');
SET tenant_metrics.engine = summaries;
CREATE VIEW state AS
SELECT s.summaries, (SELECT count(*) FROM tenant_dashboard_uuid(source => 'kept') AS d WHERE d.events > 0) AS active, e.engine
FROM tenant_metrics.status() AS s, tenant_metrics.explain_uuid(source => 'kept') AS e WHERE s.source = 'kept';

-- In parts, each with all events of some tenants.
CALL tenant_metrics.enable_summaries('kept', parts => 3);
SELECT * FROM state;
SELECT level, sum(items) AS items FROM tenant_metrics.run WHERE level IN (1, 8) GROUP BY level ORDER BY level;
SELECT * FROM tenant_metrics.verify('kept');
CALL tenant_metrics.resume('kept');
CALL tenant_metrics.rebuild('kept', parts => 0);
CALL tenant_metrics.rebuild('kept', parts => 9);
-- Part by part, what was captured of tenants whose part is not made yet is left out: it is in the table.
BEGIN;
CALL tenant_metrics.rebuild('kept', parts => 8);
SELECT * FROM state;
DELETE FROM usage WHERE id < 50;
SELECT * FROM tenant_metrics.verify('kept');
ROLLBACK;
SELECT * FROM tenant_metrics.verify('kept');

-- A build that ended early: readers take the events, folds and comparisons wait, and it goes on.
BEGIN;
CALL tenant_metrics.pause('kept');
SELECT * FROM state;
CALL tenant_metrics.compact('kept');
SAVEPOINT before;
SELECT * FROM tenant_metrics.verify('kept');
ROLLBACK TO before;
CALL tenant_metrics.repair('kept');
ROLLBACK TO before;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'usage'::regclass AND NOT tgisinternal;
INSERT INTO usage (tenant_id, inference_cost) SELECT id, 1 FROM tenants;
CALL tenant_metrics.resume('kept');
SELECT * FROM state;
SELECT * FROM tenant_metrics.verify('kept');
ROLLBACK;
-- What a cancelled build leaves.
BEGIN;
UPDATE tenant_metrics.run SET lo = -lo, hi = 0, items = 2 WHERE level = -1;
SELECT * FROM state;
INSERT INTO usage (tenant_id, inference_cost) SELECT id, 1 FROM tenants;
CALL tenant_metrics.compact('kept', full => true);
SELECT count(*) > 0 AS waits FROM tenant_metrics.delta;
SAVEPOINT before;
SELECT * FROM tenant_metrics.verify('kept');
ROLLBACK TO before;
DELETE FROM tenant_metrics.run WHERE level IN (1, 8);
DELETE FROM usage WHERE id % 5 = 0;
CALL tenant_metrics.resume('kept');
SELECT * FROM state;
SELECT * FROM tenant_metrics.verify('kept');
ROLLBACK;

-- Rows that were changed while a trigger was disabled: stale for good, in whatever state the trigger is.
CREATE PROCEDURE slip(statement text) LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'usage'::regclass AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE usage DISABLE TRIGGER %I', name);
    END LOOP;
    EXECUTE statement;
    FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'usage'::regclass AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE usage ENABLE ALWAYS TRIGGER %I', name);
    END LOOP;
END $$;
CALL slip($$DELETE FROM usage WHERE feature_name = 'f1' AND tenant_id::text LIKE '%03'$$);
SELECT * FROM state;
SELECT last_reason, ruled_out FROM tenant_metrics.explain_uuid(source => 'kept');
SET tenant_metrics.on_stale = error;
SELECT count(*) FROM tenant_dashboard_uuid(source => 'kept');
SELECT count(*) FROM tenant_metrics.integrity('kept');
RESET tenant_metrics.on_stale;
SELECT * FROM tenant_metrics.verify('kept') ORDER BY part;
-- Each transaction is warned once, if it asks for what summaries would answer.
BEGIN;
SELECT tenant_cost_uuid(tenant_id, source => 'kept') FROM usage WHERE id = 1;
SELECT count(*) FROM tenant_dashboard_uuid(source => 'kept');
SELECT count(*) FROM tenant_dashboard_uuid(source => 'kept');
SET LOCAL tenant_metrics.engine = aggregate;
COMMIT;
SET client_min_messages = notice;
CALL tenant_metrics.repair('kept');
SELECT * FROM state;
CALL tenant_metrics.repair('kept');
SET client_min_messages = warning;
SELECT * FROM tenant_metrics.verify('kept');
-- More was taken away than was known; a name and a time that are others; costs are the same.
CALL slip($$INSERT INTO usage (id, tenant_id, feature_name, inference_cost) SELECT 1000 + n, id, 'f9', 1 FROM tenants, generate_series(1, 2) AS n WHERE id::text LIKE '%04'$$);
DELETE FROM usage WHERE id > 1000;
-- Of stale summaries that lack what was taken away, a fold makes no totals.
CALL tenant_metrics.compact('kept', full => true);
CALL slip($$UPDATE usage SET feature_name = 'f7' WHERE id = 4$$);
CALL slip($$UPDATE usage SET created_at = created_at - interval '1 second' WHERE id = 205$$);
SELECT * FROM tenant_metrics.verify('kept') ORDER BY part, tenant_id;
CALL tenant_metrics.repair('kept');
SELECT * FROM tenant_metrics.verify('kept');
SELECT * FROM state;
-- Totals alone.
UPDATE tenant_metrics.run SET cells = (SELECT r.cells FROM tenant_metrics.run AS r WHERE r.level = 8), level = 9 WHERE level = 8;
SELECT part, count(*), sum(stored_events), sum(actual_events) FROM tenant_metrics.verify('kept') GROUP BY part;
CALL tenant_metrics.repair('kept');
SELECT * FROM tenant_metrics.verify('kept');
SELECT * FROM state;

-- A rewrite of the same rows, and one that changes them.
VACUUM FULL usage;
SELECT * FROM state;
CALL tenant_metrics.repair('kept');
SELECT * FROM state;
ALTER TABLE usage ALTER inference_cost TYPE numeric(9, 2) USING inference_cost + 1;
SELECT * FROM state;
ALTER TABLE usage ALTER inference_cost TYPE numeric;
SELECT * FROM state;
SELECT * FROM tenant_metrics.verify('kept');
CALL tenant_metrics.repair('kept');
CALL tenant_metrics.rebuild('kept');
SELECT * FROM state;
SELECT * FROM tenant_metrics.verify('kept');
-- Whatever is undone is mended, and only then the hint says so.
ALTER TABLE usage RENAME feature_name TO feature;
INSERT INTO usage (tenant_id, feature, inference_cost) SELECT id, 'f1', 1 FROM tenants;
ALTER TABLE usage RENAME feature TO feature_name;
SELECT * FROM state;
SELECT * FROM tenant_metrics.verify('kept');
CALL tenant_metrics.repair('kept');
SELECT * FROM state;
SELECT * FROM tenant_metrics.verify('kept');
ALTER TABLE usage SET UNLOGGED;
SELECT * FROM state;
CALL tenant_metrics.repair('kept');
ALTER TABLE usage SET LOGGED;
SELECT * FROM state;
CALL tenant_metrics.repair('kept');
SELECT * FROM state;
BEGIN;
ALTER TABLE usage DISABLE TRIGGER USER;
SELECT * FROM state;
CALL tenant_metrics.repair('kept');
ROLLBACK;
-- A table that was a parent for a while; one that is truncated has no rows that could be unknown, but its triggers must be there.
CREATE TABLE child () INHERITS (usage);
DROP TABLE child;
SELECT * FROM state;
TRUNCATE usage;
SELECT * FROM state;
CREATE FUNCTION only_insert() RETURNS text LANGUAGE sql AS $$ SELECT tgname FROM pg_trigger WHERE tgrelid = 'usage'::regclass AND tgname LIKE '%insert' $$;
SELECT format('ALTER TABLE usage DISABLE TRIGGER %I', only_insert()) \gexec
TRUNCATE usage;
SELECT format('ALTER TABLE usage ENABLE ALWAYS TRIGGER %I', only_insert()) \gexec
SELECT summaries FROM state;
CALL tenant_metrics.repair('kept');
SELECT summaries FROM state;

-- Changes of the schema are noted whoever makes them, of whatever is summarized, and wherever else they are not.
CREATE ROLE kept_changer;
GRANT USAGE, CREATE ON SCHEMA kept TO kept_changer;
SET ROLE kept_changer;
CREATE TABLE theirs (a int);
ALTER TABLE theirs ADD b int;
SELECT tenant_metrics.note_changes();
CALL tenant_metrics.rebuild('kept');
RESET ROLE;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA tenant_metrics TO kept_changer;
GRANT EXECUTE ON FUNCTION tenant_metrics.verify TO kept_changer;
SET ROLE kept_changer;
CALL tenant_metrics.rebuild('kept');
CALL tenant_metrics.repair('kept');
CALL tenant_metrics.pause('kept');
CALL tenant_metrics.resume('kept');
SELECT * FROM tenant_metrics.verify('kept');
RESET ROLE;
CALL tenant_metrics.rebuild(NULL);
SELECT * FROM tenant_metrics.verify(NULL);
CALL tenant_metrics.repair('none');
SELECT * FROM tenant_metrics.verify('none');
CREATE TABLE none_usage (tenant_id uuid, feature_name text, inference_cost numeric, created_at timestamptz);
SELECT tenant_metrics.setup('tenants', 'none_usage', 'none');
CALL tenant_metrics.rebuild('none');
CALL tenant_metrics.repair('none');
CALL tenant_metrics.pause('none');
CALL tenant_metrics.resume('none');
SELECT * FROM tenant_metrics.verify('none');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
CALL tenant_metrics.rebuild('kept');
ROLLBACK;

-- What waits takes memory too; past the limit the events are read.
BEGIN;
SET LOCAL tenant_metrics.memory_limit = '64kB';
INSERT INTO usage (tenant_id, feature_name, inference_cost) SELECT id, 'f' || n, 1 FROM tenants, generate_series(1, 100) AS n;
SELECT sum(events) FROM tenant_dashboard_uuid(source => 'kept');
SELECT last_engine FROM tenant_metrics.explain_uuid(source => 'kept');
CALL tenant_metrics.compact('kept');
SELECT sum(events) FROM tenant_dashboard_uuid(source => 'kept');
SELECT last_engine FROM tenant_metrics.explain_uuid(source => 'kept');
ROLLBACK;

-- The extension goes with the triggers, if somebody says so.
BEGIN;
DROP EXTENSION plpgsql, tenant_metrics;
ROLLBACK;
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION tenant_metrics CASCADE;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'usage'::regclass AND NOT tgisinternal;
INSERT INTO usage (tenant_id, inference_cost) SELECT id, 1 FROM tenants;
ROLLBACK;

SET client_min_messages = warning;
DROP OWNED BY kept_changer;
DROP ROLE kept_changer;
SELECT tenant_metrics.teardown('kept');
SELECT tenant_metrics.teardown('none');
DROP SCHEMA kept CASCADE;
