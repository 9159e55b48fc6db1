-- What is kept between calls never outlives a write: loops, savepoints, exception blocks, cursors, plans, triggers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_writes;
SET search_path = cache_writes, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, 2), (6, 5);
INSERT INTO ai_feature_usage
SELECT 1 + n % 6, 'f' || n % 4, n, '2024-01-01'::timestamp + n * interval '1 day' FROM generate_series(1, 24) AS n;
ANALYZE tenants, ai_feature_usage;

-- Plain SQL for a subtree's cost and events, and the number of answers about a tenant that differ from it.
CREATE FUNCTION plain(root bigint, OUT cost numeric, OUT events bigint) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below AS (
        SELECT t.id FROM tenants AS t WHERE t.id = root
        UNION ALL
        SELECT t.id FROM below AS b JOIN tenants AS t ON t.parent_id = b.id)
    SELECT coalesce(sum(u.inference_cost), 0), count(u.tenant_id)
    FROM below AS b LEFT JOIN ai_feature_usage AS u ON u.tenant_id = b.id $$;
CREATE VIEW answers AS
SELECT t.id, tenant_subtree_cost(t.id) AS cost, tenant_subtree_events(t.id) AS events, tenant_events(t.id) AS own, tenant_depth(t.id) AS depth,
       (tenant_subtree_cost(t.id), tenant_subtree_events(t.id)) IS DISTINCT FROM (p.cost, p.events)
       OR tenant_events(t.id) <> (SELECT count(*) FROM ai_feature_usage AS u WHERE u.tenant_id = t.id)
       OR (tenant_depth(t.id) = 0) <> (t.parent_id IS NULL) AS wrong
FROM tenants AS t, plain(t.id) AS p;
CREATE VIEW check_all AS
SELECT count(*) FILTER (WHERE wrong) AS wrong, max(cost) AS cost, max(events) AS events, max(depth) AS depth FROM answers;
SELECT * FROM answers ORDER BY id;
SELECT last_passes > 0 AS passed, last_cached > 20 AS cached FROM tenant_metrics.explain();

-- One expression in a loop that writes between its calls: usage, then the tree.
CREATE FUNCTION loop_usage() RETURNS TABLE (step int, called numeric, plain numeric, others bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..6 LOOP
        step := n;
        CASE n % 3
            WHEN 1 THEN INSERT INTO ai_feature_usage VALUES (6, 'x', 1000, '2024-01-01');
            WHEN 2 THEN UPDATE ai_feature_usage SET inference_cost = inference_cost * 10 WHERE feature_name = 'x';
            ELSE DELETE FROM ai_feature_usage WHERE feature_name = 'x';
        END CASE;
        called := tenant_subtree_cost(1);
        plain := (SELECT cost FROM plain(1));
        others := (SELECT wrong FROM check_all);
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM loop_usage();
CREATE FUNCTION loop_tree() RETURNS TABLE (step int, called numeric, plain numeric, depth int, others bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH step IN ARRAY ARRAY[3, 6, 2, 5] LOOP
        UPDATE tenants SET parent_id = step WHERE id = 4;
        called := tenant_subtree_cost(step);
        plain := (SELECT cost FROM plain(step));
        depth := tenant_depth(4);
        others := (SELECT wrong FROM check_all);
        RETURN NEXT;
    END LOOP;
    UPDATE tenants SET parent_id = 2 WHERE id = 4;
END $$;
SELECT * FROM loop_tree();
-- A loop that calls before it writes, with a write that changes nothing, and one to another table.
CREATE TABLE other (n int);
CREATE FUNCTION loop_other() RETURNS TABLE (before numeric, after numeric, later numeric) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..3 LOOP
        before := tenant_subtree_cost(2);
        INSERT INTO other VALUES (n);
        after := tenant_subtree_cost(2);
        UPDATE ai_feature_usage SET inference_cost = inference_cost + n WHERE tenant_id = 5;
        later := tenant_subtree_cost(2);
        RETURN NEXT;
    END LOOP;
    RAISE EXCEPTION 'undo all';
EXCEPTION WHEN raise_exception THEN
    later := tenant_subtree_cost(2);
    RETURN NEXT;
END $$;
SELECT *, (SELECT cost FROM plain(2)) AS plain FROM loop_other();

-- Savepoints: what was rolled back is seen no more, what was rolled back to is seen again.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT * FROM check_all;
SAVEPOINT a;
INSERT INTO ai_feature_usage VALUES (6, 'x', 1000, '2024-01-01');
SELECT * FROM check_all;
ROLLBACK TO a;
SELECT * FROM check_all;
SAVEPOINT b;
UPDATE tenants SET parent_id = 6 WHERE id = 4;
SELECT * FROM check_all;
SAVEPOINT c;
DELETE FROM ai_feature_usage WHERE tenant_id = 4;
SELECT * FROM check_all;
ROLLBACK TO b;
SELECT * FROM check_all;
RELEASE b;
SELECT * FROM check_all;
SAVEPOINT d;
DELETE FROM tenants WHERE id = 6;
SELECT * FROM check_all;
RELEASE d;
SELECT * FROM check_all;
ROLLBACK;
SELECT * FROM check_all;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM check_all;
SAVEPOINT a;
INSERT INTO ai_feature_usage VALUES (6, 'x', 1000, '2024-01-01');
SELECT * FROM check_all;
ROLLBACK TO a;
SELECT * FROM check_all;
SAVEPOINT b;
UPDATE tenants SET parent_id = 6 WHERE id = 4;
SELECT * FROM check_all;
SAVEPOINT c;
DELETE FROM ai_feature_usage WHERE tenant_id = 4;
SELECT * FROM check_all;
ROLLBACK TO b;
SELECT * FROM check_all;
RELEASE b;
ROLLBACK;

-- Exception blocks, at both levels: the write, the call, the error, the call.
CREATE FUNCTION blocks() RETURNS TABLE (inside numeric, after numeric, plain numeric) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..3 LOOP
        BEGIN
            INSERT INTO ai_feature_usage VALUES (6, 'x', 100 * n, '2024-01-01');
            inside := tenant_subtree_cost(1);
            IF n <> 2 THEN
                RAISE EXCEPTION 'undo';
            END IF;
        EXCEPTION WHEN raise_exception THEN
        END;
        after := tenant_subtree_cost(1);
        plain := (SELECT cost FROM plain(1));
        RETURN NEXT;
    END LOOP;
    DELETE FROM ai_feature_usage WHERE feature_name = 'x';
END $$;
SELECT * FROM blocks();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenant_subtree_cost(1);
SELECT * FROM blocks();
SELECT * FROM check_all;
COMMIT;
-- An error of a scalar itself, caught.
CREATE FUNCTION caught() RETURNS TABLE (state text, cost numeric) LANGUAGE plpgsql SET tenant_metrics.on_cycle = error AS $$
BEGIN
    FOR n IN 1..3 LOOP
        BEGIN
            INSERT INTO tenants VALUES (7, 7);
            INSERT INTO ai_feature_usage VALUES (6, 'x', 100, '2024-01-01');
            cost := tenant_subtree_cost(1);
            cost := tenant_subtree_cost(7);
        EXCEPTION WHEN invalid_recursion THEN
            state := SQLSTATE || ' ' || cost;
        END;
        cost := tenant_subtree_cost(1);
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM caught();

-- Cursors keep the snapshot of their declaration, also between calls with newer ones.
BEGIN;
DECLARE first CURSOR FOR SELECT id, cost, events, depth FROM answers ORDER BY id;
FETCH 2 FROM first;
UPDATE ai_feature_usage SET inference_cost = inference_cost * 100;
DECLARE second CURSOR FOR SELECT id, cost, events, depth FROM answers ORDER BY id;
UPDATE tenants SET parent_id = 3 WHERE id = 2;
SELECT * FROM check_all;
FETCH 1 FROM second;
FETCH 1 FROM first;
SAVEPOINT s;
DELETE FROM ai_feature_usage;
FETCH 1 FROM first;
FETCH 1 FROM second;
SELECT * FROM check_all;
ROLLBACK TO s;
FETCH ALL FROM first;
FETCH ALL FROM second;
SELECT * FROM check_all;
ROLLBACK;
-- Rows of a cursor that the loop's own writes follow.
CREATE FUNCTION loop_rows() RETURNS TABLE (id int, row_cost numeric, row_plain numeric, new_cost numeric, new_plain numeric) LANGUAGE plpgsql AS $$
BEGIN
    FOR id, row_cost, row_plain IN SELECT t.id, tenant_subtree_cost(t.id), p.cost FROM tenants AS t, plain(t.id) AS p ORDER BY t.id LOOP
        UPDATE ai_feature_usage SET inference_cost = inference_cost + 1000 WHERE tenant_id = 6;
        new_cost := tenant_subtree_cost(id);
        new_plain := (SELECT cost FROM plain(id));
        RETURN NEXT;
    END LOOP;
END $$;
BEGIN;
SELECT * FROM loop_rows();
ROLLBACK;

-- Prepared statements over generic plans, with writes between their executions.
SET plan_cache_mode = force_generic_plan;
PREPARE one (bigint) AS SELECT tenant_subtree_cost($1), tenant_cost($1), (SELECT cost FROM plain($1)) AS plain;
PREPARE every AS SELECT * FROM check_all;
BEGIN;
EXECUTE one (2);
EXECUTE one (5);
EXECUTE every;
INSERT INTO ai_feature_usage VALUES (5, 'x', 1000, '2024-01-01');
EXECUTE one (2);
EXECUTE every;
ROLLBACK;
EXECUTE one (2);
EXECUTE every;
RESET plan_cache_mode;
DEALLOCATE ALL;

-- Functions with snapshots of their own, nested, within one statement.
CREATE FUNCTION stable_cost(id bigint) RETURNS numeric LANGUAGE plpgsql STABLE AS 'BEGIN RETURN tenant_subtree_cost(id); END';
CREATE FUNCTION volatile_cost(id bigint) RETURNS numeric LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN tenant_subtree_cost(id); END';
CREATE FUNCTION plain_volatile(id bigint) RETURNS numeric LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN (SELECT cost FROM plain(id)); END';
CREATE FUNCTION write_and_call(id bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ai_feature_usage VALUES (id, 'x', 1000, '2024-01-01');
    RETURN stable_cost(1) + 0 * volatile_cost(1);
END $$;
BEGIN;
SELECT id, tenant_subtree_cost(1) AS before, write_and_call(id) AS inside, tenant_subtree_cost(1) AS direct, stable_cost(1) AS stable,
       (SELECT cost FROM plain(1)) AS plain, volatile_cost(1) AS volatile, plain_volatile(1) AS plain_volatile
FROM tenants ORDER BY id;
SELECT * FROM check_all;
ROLLBACK;
BEGIN;
WITH written AS (INSERT INTO ai_feature_usage VALUES (1, 'y', 50, '2024-01-01') RETURNING tenant_id, tenant_subtree_cost(1) AS returned)
SELECT returned, tenant_subtree_cost(1) AS before, volatile_cost(1) AS volatile FROM written;
INSERT INTO ai_feature_usage
SELECT id, 'z', tenant_subtree_cost(id), '2024-01-01' FROM tenants ORDER BY id RETURNING tenant_id, inference_cost, tenant_subtree_cost(tenant_id) AS before;
WITH moved AS (UPDATE tenants SET parent_id = tenant_depth(id) WHERE id > 3 RETURNING id, parent_id, tenant_depth(id) AS before)
SELECT *, tenant_depth(id) AS still FROM moved ORDER BY id;
SELECT wrong, cost, events FROM check_all;
ROLLBACK;

-- Triggers call before and after the rows that fire them.
CREATE TABLE seen (at text, cost numeric, plain numeric);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen VALUES (concat_ws(' ', TG_WHEN, TG_LEVEL, NEW.inference_cost), tenant_subtree_cost(1), (SELECT cost FROM plain(1)));
    RETURN NEW;
END $$;
CREATE TRIGGER a BEFORE INSERT ON ai_feature_usage FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER b BEFORE INSERT ON ai_feature_usage FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER c AFTER INSERT ON ai_feature_usage FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER d AFTER INSERT ON ai_feature_usage FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE CONSTRAINT TRIGGER e AFTER INSERT ON ai_feature_usage DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
BEGIN;
SELECT tenant_subtree_cost(1);
INSERT INTO ai_feature_usage VALUES (1, 'z', 100, '2024-01-01'), (2, 'z', 200, '2024-01-01');
SELECT tenant_subtree_cost(1);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM seen;
ROLLBACK;

DROP FUNCTION note CASCADE;

-- A procedure that commits and rolls back between calls.
CREATE PROCEDURE transactions(INOUT called numeric[] = '{}', INOUT plain numeric[] = '{}') LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..4 LOOP
        INSERT INTO ai_feature_usage VALUES (6, 'x', 1000, '2024-01-01');
        called := called || tenant_subtree_cost(1);
        plain := plain || (SELECT p.cost FROM plain(1) AS p);
        IF n % 2 = 0 THEN
            COMMIT;
        ELSE
            ROLLBACK;
        END IF;
        called := called || tenant_subtree_cost(1);
        plain := plain || (SELECT p.cost FROM plain(1) AS p);
    END LOOP;
END $$;
CALL transactions();

-- A statement that writes while a VOLATILE function looks at what it has written so far: the snapshots look the same.
CREATE FUNCTION asked(tenant int) RETURNS numeric[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN ARRAY[tenant_cost(tenant), (SELECT sum(tenant_cost(id)) FROM tenants WHERE id = tenant),
                 (SELECT coalesce(sum(inference_cost), 0) FROM ai_feature_usage WHERE tenant_id = tenant)];
END $$;
BEGIN;
SELECT tenant_cost(3);
DELETE FROM ai_feature_usage WHERE tenant_id = 3 RETURNING inference_cost, asked(3), tenant_cost(3) AS before;
SELECT asked(3);
INSERT INTO ai_feature_usage SELECT 3, 'f', n, '2024-01-01' FROM generate_series(1, 3) AS n RETURNING inference_cost, asked(3), tenant_cost(3) AS before;
UPDATE ai_feature_usage SET inference_cost = inference_cost + 10 WHERE tenant_id = 3 RETURNING inference_cost, asked(3);
WITH deleted AS (DELETE FROM ai_feature_usage WHERE tenant_id = 3 RETURNING inference_cost, asked(3))
SELECT * FROM deleted;
ROLLBACK;
CREATE TABLE heard (at int GENERATED ALWAYS AS IDENTITY, told numeric[]);
CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql VOLATILE AS 'BEGIN INSERT INTO heard (told) VALUES (asked(3)); RETURN NEW; END';
CREATE FUNCTION only_hear() RETURNS trigger LANGUAGE plpgsql VOLATILE AS 'BEGIN RAISE WARNING ''%'', asked(3); RETURN NEW; END';
-- A query in WITH that nobody reads runs at the end of the statement; COPY is no query of the executor.
CREATE TRIGGER hear BEFORE INSERT OR UPDATE ON ai_feature_usage FOR EACH ROW EXECUTE FUNCTION only_hear();
BEGIN;
WITH added AS (INSERT INTO ai_feature_usage SELECT 3, 'f', n, '2024-01-01' FROM generate_series(1, 3) AS n)
SELECT 'added' AS done;
COPY ai_feature_usage (tenant_id, inference_cost) FROM STDIN (DELIMITER ' ');
3 100
3 200
3 300
\.
ROLLBACK;
DROP TRIGGER hear ON ai_feature_usage;
CREATE TRIGGER hear AFTER INSERT ON ai_feature_usage FOR EACH ROW EXECUTE FUNCTION hear();
BEGIN;
INSERT INTO ai_feature_usage SELECT 3, 'f', n, '2024-01-01' FROM generate_series(1, 3) AS n;
SELECT told FROM heard ORDER BY at;
ROLLBACK;

DROP SCHEMA cache_writes CASCADE;
