-- Summaries of a partitioned table: statements on the table and on its partitions, and what becomes
-- of summaries when partitions come and go.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA parted;
SET search_path = parted, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants SELECT n, nullif(n / 2, 0) FROM generate_series(1, 9) AS n;
CREATE TABLE usage (id serial, tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz)
    PARTITION BY RANGE (created_at);
CREATE TABLE january PARTITION OF usage FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
-- Its columns are in other places.
CREATE TABLE february (gone int, created_at timestamptz, inference_cost numeric, tenant_id int, feature_name text, id int NOT NULL);
ALTER TABLE february DROP gone;
ALTER TABLE usage ATTACH PARTITION february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE march PARTITION OF usage FOR VALUES FROM ('2026-03-01') TO ('2026-04-01') PARTITION BY HASH (tenant_id);
CREATE TABLE march_0 PARTITION OF march FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE march_1 PARTITION OF march FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO usage (tenant_id, feature_name, inference_cost, created_at)
SELECT 1 + n % 9, 'f' || n % 4, n % 11, timestamptz '2026-01-01' + n * interval '3 hours' FROM generate_series(1, 700) AS n;
SELECT tenant_metrics.setup('tenants', 'usage', 'parted');
SET tenant_metrics.engine = summaries;

-- What readers say beside what SQL says, and what is stored.
CREATE VIEW state AS
SELECT s.summaries, e.engine, a.differing, v.wrong
FROM tenant_metrics.status() AS s,
    tenant_metrics.explain(source => 'parted') AS e,
    LATERAL (
        SELECT count(*) AS differing
        FROM tenant_dashboard(source => 'parted') AS d
        LEFT JOIN (
            SELECT tenant_id, count(*) AS events, sum(inference_cost) AS cost, max(created_at) AS last_used
            FROM usage GROUP BY tenant_id) AS u USING (tenant_id)
        WHERE d.events <> coalesce(u.events, 0) OR d.cost <> coalesce(u.cost, 0) OR d.last_used IS DISTINCT FROM u.last_used) AS a,
    LATERAL (SELECT count(*) AS wrong FROM tenant_metrics.verify('parted')) AS v
WHERE s.source = 'parted';

CALL tenant_metrics.enable_summaries('parted', parts => 2);
SELECT * FROM state;
SELECT c.relname, count(*) AS triggers
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'parted'::regnamespace GROUP BY c.relname ORDER BY c.relname;

-- Statements on the table, on a partition in the middle, and on partitions.
INSERT INTO usage (tenant_id, inference_cost, created_at) VALUES (1, 100, '2026-01-05'), (1, 100, '2026-02-05'), (2, 100, '2026-03-05');
INSERT INTO february (id, tenant_id, inference_cost, created_at) VALUES (9001, 3, 200, '2026-02-06');
INSERT INTO march (tenant_id, inference_cost, created_at) VALUES (3, 300, '2026-03-06'), (4, 300, '2026-03-07');
COPY march_0 (tenant_id, inference_cost, created_at) FROM stdin;
\.
UPDATE february SET inference_cost = inference_cost + 1 WHERE tenant_id < 4;
DELETE FROM march_1 WHERE inference_cost < 3;
SELECT * FROM state;
-- Rows move from one partition to another.
UPDATE usage SET created_at = created_at + interval '30 days' WHERE created_at < '2026-02-20' AND tenant_id IN (2, 5);
UPDATE march SET tenant_id = 1 + tenant_id % 9;
SELECT * FROM state;
CALL tenant_metrics.compact('parted', full => true);
SELECT * FROM state;

-- New partitions without rows, made in place or attached, are captured from the beginning.
CREATE TABLE april PARTITION OF usage FOR VALUES FROM ('2026-04-01') TO ('2026-05-01');
CREATE TABLE may (LIKE usage);
ALTER TABLE usage ATTACH PARTITION may FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
CREATE TABLE june PARTITION OF usage FOR VALUES FROM ('2026-06-01') TO ('2026-07-01') PARTITION BY LIST (tenant_id);
CREATE TABLE june_rest PARTITION OF june DEFAULT;
SELECT * FROM state;
INSERT INTO usage (tenant_id, inference_cost, created_at) SELECT 5, 1, timestamptz '2026-04-02' + n * interval '1 day' FROM generate_series(1, 80) AS n;
INSERT INTO may (id, tenant_id, inference_cost, created_at) VALUES (9002, 6, 2, '2026-05-02');
INSERT INTO june_rest (tenant_id, inference_cost, created_at) VALUES (6, 2, '2026-06-02');
SELECT * FROM state;
-- One that is taken back.
BEGIN;
CREATE TABLE july PARTITION OF usage FOR VALUES FROM ('2026-07-01') TO ('2026-08-01');
INSERT INTO july (tenant_id, inference_cost, created_at) VALUES (6, 2, '2026-07-02');
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;
-- A snapshot that is older than a partition reads the events.
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TABLE july PARTITION OF usage FOR VALUES FROM ('2026-07-01') TO ('2026-08-01');
SELECT * FROM state;
COMMIT;

-- One with rows: nobody has told which.
CREATE TABLE august (LIKE usage);
INSERT INTO august (id, tenant_id, inference_cost, created_at) VALUES (9003, 7, 3, '2026-08-02');
ALTER TABLE usage ATTACH PARTITION august FOR VALUES FROM ('2026-08-01') TO ('2026-09-01');
SELECT * FROM state;
INSERT INTO august (id, tenant_id, inference_cost, created_at) VALUES (9004, 7, 3, '2026-08-03');
CALL tenant_metrics.repair('parted');
SELECT * FROM state;
-- One that goes with its rows, and takes no trigger along.
ALTER TABLE usage DETACH PARTITION august;
SELECT * FROM state;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'august'::regclass;
INSERT INTO august (id, tenant_id, inference_cost, created_at) VALUES (9005, 7, 3, '2026-08-03');
-- While that is not mended, another comes.
CREATE TABLE september PARTITION OF usage FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
INSERT INTO september (tenant_id, inference_cost, created_at) VALUES (7, 3, '2026-09-02');
CALL tenant_metrics.repair('parted');
SELECT * FROM state;
DROP TABLE september;
SELECT * FROM state;
CALL tenant_metrics.repair('parted');
ALTER TABLE usage DETACH PARTITION july CONCURRENTLY;
SELECT * FROM state;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'july'::regclass;
CALL tenant_metrics.repair('parted');
SELECT * FROM state;

-- TRUNCATE of a part leaves nothing of which it could be told what went; of all, nothing is left to tell.
BEGIN;
TRUNCATE january;
SELECT * FROM state;
TRUNCATE usage;
SELECT * FROM state;
INSERT INTO june (tenant_id, inference_cost, created_at) VALUES (8, 2, '2026-06-02');
SELECT * FROM state;
TRUNCATE june_rest, usage, april;
SELECT * FROM state;
-- A partition of a table without events.
TRUNCATE april;
SELECT * FROM state;
ROLLBACK;
-- In place, which leaves the files as they were.
BEGIN;
CREATE TABLE july_2027 PARTITION OF usage FOR VALUES FROM ('2027-07-01') TO ('2027-08-01');
INSERT INTO july_2027 (tenant_id, inference_cost, created_at) VALUES (6, 2, '2027-07-02');
TRUNCATE july_2027;
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;

-- Whatever may be wrong with a table may be wrong with one of its partitions.
BEGIN;
ALTER TABLE march_0 DISABLE TRIGGER USER;
SELECT * FROM state;
ROLLBACK;
BEGIN;
CREATE UNLOGGED TABLE fast PARTITION OF usage FOR VALUES FROM ('2027-07-01') TO ('2027-08-01');
SELECT * FROM state;
ROLLBACK;
VACUUM FULL march_1;
SELECT * FROM state;
CALL tenant_metrics.repair('parted');
SELECT * FROM state;

-- Statements on a table with a foreign partition would fail with triggers, so there are none.
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER away FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE distant PARTITION OF usage FOR VALUES FROM ('2027-07-01') TO ('2027-08-01') SERVER away;
SELECT summaries FROM tenant_metrics.status() WHERE source = 'parted';
INSERT INTO usage (tenant_id, inference_cost, created_at) VALUES (8, 2, '2026-06-02');
CALL tenant_metrics.rebuild('parted');
DROP FOREIGN TABLE distant;
SELECT * FROM state;
CALL tenant_metrics.repair('parted');
CALL tenant_metrics.rebuild('parted');
SELECT * FROM state;

-- Partitions of other owners.
CREATE ROLE regress_parts;
CREATE TABLE october (LIKE usage);
ALTER TABLE october OWNER TO regress_parts;
-- This one may not look into the schema of its table, and so can have no triggers.
ALTER TABLE usage ATTACH PARTITION october FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
SELECT * FROM state;
CALL tenant_metrics.rebuild('parted');
GRANT USAGE ON SCHEMA parted TO regress_parts;
CALL tenant_metrics.rebuild('parted');
SET ROLE regress_parts;
INSERT INTO october (id, tenant_id, inference_cost, created_at) VALUES (9006, 9, 5, '2026-10-02');
RESET ROLE;
SELECT * FROM state;

-- A partition has no summaries of its own: statements on the table would go past them.
SELECT tenant_metrics.setup('tenants', 'october', 'october');
CALL tenant_metrics.enable_summaries('october');
SELECT tenant_metrics.teardown('october');

CALL tenant_metrics.disable_summaries('parted');
SELECT count(*) AS triggers FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'parted'::regnamespace;

SELECT tenant_metrics.teardown('parted');
DROP SERVER away;
DROP FOREIGN DATA WRAPPER elsewhere;
SET client_min_messages = error;
DROP SCHEMA parted CASCADE;
DROP OWNED BY regress_parts;
DROP ROLE regress_parts;
