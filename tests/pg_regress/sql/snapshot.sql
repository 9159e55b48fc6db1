-- A call sees what a plain SELECT in its place would see, own uncommitted changes included, and writes nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA snapshot;
SET search_path = snapshot, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2024-01-01'), (2, 'b', 2, '2024-01-02'), (3, 'c', 4, '2024-01-03');
CREATE TABLE tenants_u (id uuid PRIMARY KEY, parent_id uuid);
CREATE TABLE usage_u (tenant_id uuid, feature_name text, inference_cost float8, created_at timestamp);
SELECT tenant_metrics.setup('tenants_u', 'usage_u', 'u');

-- A call of every reader and of every operation that reads, made from the catalogue.
CREATE TABLE calls AS
SELECT p.proname AS name,
       format('SELECT count(*) FROM %s(%s)', p.oid::regproc,
              concat_ws(', ',
                  CASE p.proargnames[1] WHEN 'ids' THEN 'ARRAY[%1$s]'
                       WHEN 'id' THEN '%1$s' WHEN 'root' THEN '%1$s' WHEN 'n' THEN '1' END,
                  CASE p.proargnames[2] WHEN 'ancestor' THEN '%1$s' WHEN 'measure' THEN 'NULL' END,
                  CASE WHEN p.proname LIKE 'tenant\_compare%' THEN 'since => ''2024-01-01'', until => ''2024-02-01''' END,
                  CASE WHEN 'source' = ANY (p.proargnames)
                       THEN 'source => ' || CASE WHEN p.proname LIKE '%\_uuid' THEN '''u''' ELSE '''default''' END END)) AS template,
       CASE WHEN p.proname LIKE '%\_uuid' THEN 'gen_random_uuid()' WHEN p.proname LIKE '%\_text' THEN '''1''::text' ELSE '1::bigint' END AS id
FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'tenant_metrics'
WHERE p.provolatile = 's' AND NOT 'internal'::regtype = ANY (p.proargtypes);
SELECT count(*) AS functions FROM calls;
CREATE FUNCTION call_all() RETURNS TABLE (calls bigint, assigned bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
    call record;
    before xid8 := pg_current_xact_id_if_assigned();
BEGIN
    calls := 0;
    assigned := 0;
    FOR call IN SELECT * FROM calls ORDER BY name LOOP
        EXECUTE format(call.template, call.id);
        calls := calls + 1;
        IF pg_current_xact_id_if_assigned() IS DISTINCT FROM before THEN
            assigned := assigned + 1;
            RAISE WARNING '% assigned a transaction id', call.name;
        END IF;
    END LOOP;
    RETURN NEXT;
END $$;

-- No call assigns a transaction id: in its own transaction, in a READ ONLY one, in every isolation level.
SELECT * FROM call_all();
BEGIN READ ONLY;
SELECT *, pg_current_xact_id_if_assigned() FROM call_all();
SELECT tenant_subtree_cost(1), pg_current_xact_id_if_assigned();
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT *, pg_current_xact_id_if_assigned() FROM call_all();
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT *, pg_current_xact_id_if_assigned() FROM call_all();
COMMIT;
BEGIN READ ONLY;
SELECT expect_error($$SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'x')$$);
SELECT expect_error($$SELECT tenant_metrics.teardown('u')$$);
COMMIT;

-- After the caller wrote, calls see the writes, and assign no more ids: a subtransaction's would be another one.
BEGIN;
INSERT INTO tenants VALUES (4, 3);
INSERT INTO ai_feature_usage VALUES (4, 'd', 8, '2024-01-04'), (1, 'e', 16, '2024-01-05');
SELECT pg_current_xact_id() AS own \gset
SAVEPOINT s;
SELECT tenant_subtree_cost(1), tenant_cost(1), tenant_subtree_features_used(1), tenant_depth(4), count(*) FROM tenant_dashboard();
SELECT *, pg_current_xact_id_if_assigned() = :'own' AS own FROM call_all();
SELECT string_agg(virtualtransaction, '') IS NULL AS no_other_id FROM pg_locks
WHERE locktype = 'transactionid' AND pid = pg_backend_pid() AND transactionid::text <> :'own';
ROLLBACK TO s;
UPDATE ai_feature_usage SET inference_cost = -inference_cost WHERE tenant_id = 4;
SELECT tenant_subtree_cost(1), tenant_cost_text('4');
DELETE FROM ai_feature_usage WHERE tenant_id = 2;
SELECT tenant_subtree_cost(1), tenant_events(2);
ROLLBACK;
SELECT tenant_subtree_cost(1), tenant_depth(4);

-- Savepoints and exception blocks: what was rolled back is never seen, at any isolation level.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenant_subtree_cost(1);
SAVEPOINT s;
INSERT INTO ai_feature_usage VALUES (3, 'x', 100, '2024-01-01');
SELECT tenant_subtree_cost(1);
ROLLBACK TO s;
SELECT tenant_subtree_cost(1);
INSERT INTO ai_feature_usage VALUES (3, 'x', 1000, '2024-01-01');
SELECT tenant_subtree_cost(1);
ROLLBACK TO s;
SELECT tenant_subtree_cost(1);
COMMIT;

-- A PL/pgSQL loop that writes, calls, writes, calls through one expression; also within exception blocks.
CREATE FUNCTION write_and_call() RETURNS SETOF numeric LANGUAGE plpgsql AS $$
DECLARE
    cost numeric;
BEGIN
    FOR n IN 1..4 LOOP
        INSERT INTO ai_feature_usage VALUES (3, 'x', 10, '2024-01-01');
        cost := tenant_subtree_cost(1);
        RETURN NEXT cost;
        BEGIN
            INSERT INTO ai_feature_usage VALUES (3, 'x', 10000, '2024-01-01');
            cost := tenant_subtree_cost(1);
            RETURN NEXT cost;
            RAISE EXCEPTION 'undo';
        EXCEPTION WHEN raise_exception THEN
        END;
    END LOOP;
    DELETE FROM ai_feature_usage WHERE feature_name = 'x';
    RETURN NEXT tenant_subtree_cost(1);
END $$;
SELECT array_agg(cost) FROM write_and_call() AS cost;

-- A STABLE function sees the statement's snapshot, a VOLATILE one its own writes; so do calls in them.
CREATE FUNCTION stable_cost() RETURNS numeric LANGUAGE plpgsql STABLE AS 'BEGIN RETURN tenant_subtree_cost(1); END';
CREATE FUNCTION volatile_cost() RETURNS numeric LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN tenant_subtree_cost(1); END';
CREATE FUNCTION insert_one() RETURNS int LANGUAGE sql VOLATILE AS
    $$INSERT INTO ai_feature_usage VALUES (1, 'y', 1, '2024-01-01') RETURNING 1$$;
BEGIN;
SELECT n, insert_one(), tenant_subtree_cost(1) AS direct, stable_cost(), volatile_cost() FROM generate_series(1, 3) AS n;
SELECT tenant_subtree_cost(1), stable_cost(), volatile_cost();
WITH written AS (INSERT INTO ai_feature_usage VALUES (1, 'y', 50, '2024-01-01') RETURNING 1)
SELECT count(*), tenant_subtree_cost(1) AS before FROM written GROUP BY 2;
SELECT tenant_subtree_cost(1) AS after;
ROLLBACK;

-- Triggers: an AFTER trigger sees the whole statement, in a view of its own too.
CREATE TABLE seen (moment text, cost numeric, in_view numeric);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen VALUES (TG_WHEN || ' ' || TG_LEVEL, tenant_subtree_cost(1),
                             (SELECT subtree_cost FROM tenant_metrics.dashboard WHERE tenant_id = 1));
    RETURN NEW;
END $$;
CREATE TRIGGER a BEFORE INSERT ON ai_feature_usage FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER b BEFORE INSERT ON ai_feature_usage FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER c AFTER INSERT ON ai_feature_usage FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER d AFTER INSERT ON ai_feature_usage FOR EACH STATEMENT EXECUTE FUNCTION note();
BEGIN;
INSERT INTO ai_feature_usage VALUES (1, 'z', 100, '2024-01-01'), (2, 'z', 200, '2024-01-01');
SELECT * FROM seen;
ROLLBACK;
DROP FUNCTION note CASCADE;

SELECT tenant_metrics.teardown('u');
DROP SCHEMA snapshot CASCADE;
