-- TRUNCATE is seen at once, also where it empties a table in place: one that the transaction created or truncated before.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
CREATE SCHEMA cache_truncate;
SET search_path = cache_truncate, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01'), (2, 'b', 2, '2024-01-02'), (3, 'c', 4, '2024-01-03');
CREATE FUNCTION calls(OUT of_one numeric, OUT events numeric, OUT plain numeric, OUT known bigint, OUT tenants bigint, OUT depth int)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT sum(inference_cost) FROM ai_feature_usage INTO plain;
    SELECT count(*) FROM tenants INTO tenants;
    SELECT tenant_subtree_cost(1), sum(tenant_events(i)), count(tenant_events(i)), tenant_depth(3) FROM generate_series(1, 3) AS i
    INTO of_one, events, known, depth;
END $$;
SELECT * FROM calls();

-- Tables of earlier transactions, twice in one.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM calls();
TRUNCATE ai_feature_usage;
SELECT * FROM calls();
INSERT INTO ai_feature_usage VALUES (3, 'a', 10, '2024-01-01');
SELECT * FROM calls();
TRUNCATE ai_feature_usage;
SELECT * FROM calls();
TRUNCATE tenants;
SELECT * FROM calls();
INSERT INTO tenants VALUES (1, NULL), (3, 1);
SELECT * FROM calls();
TRUNCATE tenants;
SELECT * FROM calls();
ROLLBACK;
SELECT * FROM calls();
BEGIN;
SELECT * FROM calls();
SAVEPOINT s;
TRUNCATE ai_feature_usage;
SELECT * FROM calls();
ROLLBACK TO s;
SELECT * FROM calls();
ROLLBACK;

-- The same without indexes and long values, where nothing in the catalogs changes the second time.
CREATE TABLE plain_tenants (id int, parent_id int);
CREATE TABLE plain_usage (tenant_id int, feature_name varchar(10), inference_cost float8, created_at timestamp);
DROP TABLE tenants, ai_feature_usage;
ALTER TABLE plain_tenants RENAME TO tenants;
ALTER TABLE plain_usage RENAME TO ai_feature_usage;
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01'), (2, 'b', 2, '2024-01-02'), (3, 'c', 4, '2024-01-03');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM calls();
TRUNCATE tenants, ai_feature_usage;
INSERT INTO tenants VALUES (1, NULL), (3, 1);
INSERT INTO ai_feature_usage VALUES (3, 'a', 10, '2024-01-01');
SELECT * FROM calls();
TRUNCATE ai_feature_usage;
SELECT * FROM calls();
TRUNCATE tenants;
SELECT * FROM calls();
ROLLBACK;
SELECT * FROM calls();

-- Tables that the transaction made, without indexes or long values.
DROP TABLE tenants, ai_feature_usage;
BEGIN;
CREATE TABLE tenants (id int, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name varchar(10), inference_cost float8, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01'), (2, 'b', 2, '2024-01-02'), (3, 'c', 4, '2024-01-03');
SELECT * FROM calls();
TRUNCATE ai_feature_usage;
SELECT * FROM calls();
TRUNCATE tenants;
SELECT * FROM calls();
ROLLBACK;

-- A partition that the transaction made.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name varchar(10), inference_cost float8, created_at timestamp) PARTITION BY LIST (tenant_id);
CREATE TABLE part_1 PARTITION OF ai_feature_usage FOR VALUES IN (1, 2);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01'), (2, 'b', 2, '2024-01-02');
BEGIN;
CREATE TABLE part_2 PARTITION OF ai_feature_usage FOR VALUES IN (3);
INSERT INTO ai_feature_usage VALUES (3, 'c', 4, '2024-01-03');
SELECT * FROM calls();
TRUNCATE part_2;
SELECT * FROM calls();
ROLLBACK;

-- Temporary tables that lose their rows when a transaction ends.
CREATE TEMP TABLE tenants (id int, parent_id int) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp) ON COMMIT DELETE ROWS;
BEGIN;
INSERT INTO pg_temp.tenants VALUES (1, NULL), (2, 1);
INSERT INTO pg_temp.ai_feature_usage VALUES (2, 'a', 5, '2024-01-01');
SELECT * FROM calls();
COMMIT;
SELECT * FROM calls();
DROP TABLE pg_temp.tenants, pg_temp.ai_feature_usage;

-- A function that truncates between two calls of its own.
CREATE TABLE plain_usage (LIKE ai_feature_usage);
SELECT tenant_metrics.setup('tenants', 'plain_usage', 'cache_truncate');
CREATE FUNCTION truncating() RETURNS SETOF numeric LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..3 LOOP
        INSERT INTO plain_usage VALUES (n, 'a', n, '2024-01-01');
        RETURN NEXT tenant_subtree_cost(1, source => 'cache_truncate');
        TRUNCATE plain_usage;
        RETURN NEXT tenant_subtree_cost(1, source => 'cache_truncate');
    END LOOP;
END $$;
SELECT array_agg(cost) FROM truncating() AS cost;
SELECT tenant_metrics.teardown('cache_truncate');
DROP SCHEMA cache_truncate CASCADE;
