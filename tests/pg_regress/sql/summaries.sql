-- Summaries: turning them on and off, what the trigger captures, folds, and who may do what.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA summed;
SET search_path = summed, public;

CREATE TABLE tenants (id bigint PRIMARY KEY, parent_id bigint);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 1), (4, 2);
CREATE TABLE usage (
    id serial PRIMARY KEY, tenant_id bigint REFERENCES tenants ON DELETE CASCADE ON UPDATE CASCADE, feature text,
    model text, cost numeric, tokens int, at timestamptz
);
INSERT INTO usage (tenant_id, feature, model, cost, tokens, at) VALUES
    (1, 'chat', 'small', 1.50, 10, '2026-01-01'), (2, 'chat', 'large', 2.250, 20, '2026-01-02 12:00'),
    (2, NULL, NULL, NULL, NULL, NULL), (4, 'search', 'large', 'NaN', 5, '2026-01-03'), (NULL, 'chat', NULL, 9, 9, '2026-01-04');
SELECT tenant_metrics.setup('tenants', 'usage', 'summed', usage_feature => 'feature', usage_cost => 'cost', usage_time => 'at',
    dimensions => '{model}', measures => '{tokens}');
SET tenant_metrics.engine = summaries;

CREATE VIEW dashboard AS
SELECT tenant_id, events, unpriced_events, cost, features_used, last_used, subtree_events, subtree_cost
FROM tenant_dashboard(source => 'summed');
-- Differences between the dashboard from summaries and the one from the events; and which way was taken.
CREATE FUNCTION differences(OUT engine text, OUT differing bigint) LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL tenant_metrics.engine = aggregate;
    CREATE TEMPORARY TABLE plain AS SELECT * FROM dashboard;
    SET LOCAL tenant_metrics.engine = summaries;
    CREATE TEMPORARY TABLE summed AS SELECT * FROM dashboard;
    SELECT last_engine INTO engine FROM tenant_metrics.explain(source => 'summed');
    SELECT count(*) INTO differing FROM
        ((TABLE plain EXCEPT ALL TABLE summed) UNION ALL (TABLE summed EXCEPT ALL TABLE plain)) AS d;
    DROP TABLE plain, summed;
END $$;

-- Without summaries the events are read.
SELECT * FROM differences();
SELECT source, summaries FROM tenant_metrics.status() WHERE source = 'summed';
CALL tenant_metrics.compact('summed');
CALL tenant_metrics.disable_summaries('summed');

-- On: a row of the registry, triggers that always fire, and a copy of the events that have a tenant.
CALL tenant_metrics.enable_summaries('summed');
SELECT source, usage, usage_tenant, usage_feature, usage_cost, usage_time, dimensions, measures, columns FROM tenant_metrics.summary;
SELECT regexp_replace(tgname, '\d+', 'n') AS trigger, tgenabled, tgoldtable, tgnewtable FROM pg_trigger
WHERE tgrelid = 'usage'::regclass AND NOT tgisinternal ORDER BY 1;
SELECT level, removed, items FROM tenant_metrics.run WHERE level <> 2 ORDER BY level;
SELECT * FROM dashboard ORDER BY tenant_id;
SELECT * FROM differences();
SELECT source, summaries FROM tenant_metrics.status() WHERE source = 'summed';
SELECT engine, reason, ruled_out, rows_from_events, rows_from_totals, rows_from_copy FROM tenant_metrics.explain(source => 'summed');
SELECT engine, reason, rows_from_totals, rows_from_copy FROM tenant_metrics.explain(since => '2026-01-02', source => 'summed');
CALL tenant_metrics.enable_summaries('summed');

-- By price, so few events are read themselves.
ANALYZE usage;
SET tenant_metrics.engine = auto;
SELECT engine, ruled_out FROM tenant_metrics.explain(source => 'summed');
SET tenant_metrics.engine = summaries;

-- What waits is counted by a look at what is stored, and is gone when it is folded, before VACUUM.
-- Pages that others have filled before are no longer there.
VACUUM (TRUNCATE) tenant_metrics.delta;
SELECT rows_pending FROM tenant_metrics.explain(source => 'summed');
INSERT INTO usage (id, tenant_id) VALUES (-1, 2);
SELECT rows_pending FROM tenant_metrics.explain(source => 'summed');
INSERT INTO usage (id, tenant_id) SELECT -n, 2 FROM generate_series(2, 20000) AS n;
SELECT rows_pending BETWEEN 2000 AND 40000 AS about FROM tenant_metrics.explain(source => 'summed');
CALL tenant_metrics.compact('summed');
SELECT rows_pending FROM tenant_metrics.explain(source => 'summed');
DELETE FROM usage WHERE id < 0;
CALL tenant_metrics.compact('summed');

-- Every kind of statement.
INSERT INTO usage (tenant_id, feature, cost, at) VALUES (3, 'chat', 0.1, '2026-02-01'), (3, 'chat', 0.1, '2026-02-01');
SELECT * FROM differences();
UPDATE usage SET cost = cost * 2, tenant_id = 4 WHERE tenant_id = 2;
SELECT * FROM differences();
SELECT tenant_id, last_used FROM dashboard ORDER BY 1;
DELETE FROM usage WHERE feature = 'search';
SELECT tenant_id, last_used FROM dashboard ORDER BY 1;
SELECT * FROM differences();
COPY usage (tenant_id, feature, model, cost, tokens, at) FROM stdin (DELIMITER '|');
1|vision|large|7.125|3|2026-03-01
2|vision|\N|1e30|\N|infinity
\.
SELECT * FROM differences();
INSERT INTO usage (id, tenant_id, cost) VALUES (1, 1, 5), (1000, 2, 6) ON CONFLICT (id) DO UPDATE SET cost = excluded.cost;
SELECT * FROM differences();
INSERT INTO usage (id, tenant_id, cost) VALUES (1, 1, 7), (1001, 2, 6) ON CONFLICT DO NOTHING;
SELECT * FROM differences();
WITH gone AS (DELETE FROM usage WHERE id = 1000 RETURNING tenant_id, cost), more AS (INSERT INTO usage (tenant_id, cost) SELECT * FROM gone)
INSERT INTO usage (tenant_id, cost) SELECT tenant_id, cost FROM gone;
SELECT * FROM differences();
DELETE FROM tenants WHERE id = 4;
SELECT * FROM differences();
UPDATE tenants SET id = 30 WHERE id = 3;
SELECT * FROM differences();
UPDATE usage SET model = 'tiny' WHERE false;
BEGIN;
SAVEPOINT a;
TRUNCATE usage;
INSERT INTO usage (tenant_id, cost) VALUES (1, 1);
SELECT * FROM differences();
ROLLBACK TO a;
SELECT * FROM differences();
DELETE FROM usage WHERE tenant_id = 1;
SELECT * FROM differences();
COMMIT;
SELECT * FROM differences();
SELECT count(*) > 0 AS waits FROM tenant_metrics.delta;

-- Folds change no answer. So few late events stay beside the totals, unless the fold is a full one.
CALL tenant_metrics.compact('summed');
SELECT (SELECT count(*) FROM tenant_metrics.delta) AS pending, array_agg(DISTINCT level ORDER BY level) AS levels FROM tenant_metrics.run;
SELECT * FROM differences();
CALL tenant_metrics.compact('summed', full => true);
SELECT array_agg(DISTINCT level ORDER BY level) AS levels, bool_or(removed) AS removed FROM tenant_metrics.run;
SELECT * FROM differences();
TRUNCATE usage;
SELECT array_agg(DISTINCT level ORDER BY level) AS levels FROM tenant_metrics.run;
SELECT * FROM differences();
INSERT INTO usage (tenant_id, feature, model, cost, tokens, at)
SELECT n % 3, 'f' || n % 5, 'm' || n % 2, n / 8.0, n, timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, 2000) AS n
WHERE n % 3 > 0;
SELECT * FROM differences();

-- A series counts events of one bucket together; here most rows of events are of several.
CALL tenant_metrics.compact('summed', full => true);
SET tenant_metrics.engine = aggregate;
CREATE TEMPORARY TABLE plain AS SELECT * FROM tenant_usage_series(NULL, bucket => 'week', source => 'summed', tz => 'Asia/Kathmandu');
SET tenant_metrics.engine = summaries;
CREATE TEMPORARY TABLE counted AS SELECT * FROM tenant_usage_series(NULL, bucket => 'week', source => 'summed', tz => 'Asia/Kathmandu');
SELECT last_engine FROM tenant_metrics.explain(source => 'summed');
SELECT count(*) AS differing, (SELECT count(*) FROM counted) AS buckets
FROM ((TABLE plain EXCEPT ALL TABLE counted) UNION ALL (TABLE counted EXCEPT ALL TABLE plain)) AS d;
DROP TABLE plain, counted;
-- Where that is expected to save time, parallel workers share the rows, beside what waits and inside of any window.
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE VIEW shared AS
SELECT 1 AS read, s.* FROM tenant_usage_series(NULL, bucket => 'day', source => 'summed', tz => 'Asia/Kathmandu') AS s
UNION ALL
SELECT 2, s.* FROM tenant_usage_series(1, '2026-01-20 11:30 UTC', '2026-02-03', bucket => 'hour', source => 'summed', measure => 'tokens') AS s
UNION ALL
SELECT 3, s.* FROM tenant_usage_series(2, NULL, '2026-02-03', bucket => 'month', scope => 'own', source => 'summed') AS s
UNION ALL
SELECT 4, s.* FROM tenant_usage_series(NULL, '2036-01-01', '2036-01-03', source => 'summed') AS s;
DO $$
BEGIN
    FOR change IN 1..3 LOOP
        CASE change
            WHEN 1 THEN NULL;
            WHEN 2 THEN INSERT INTO usage (tenant_id, feature, cost, at) VALUES (1, 'waits', 0.5, '2026-01-25 12:00 UTC'), (2, 'f1', 0.25, '2026-06-02');
            ELSE DELETE FROM usage WHERE tenant_id = 2 AND at < '2026-01-25';
        END CASE;
        SET LOCAL tenant_metrics.engine = aggregate;
        CREATE TEMPORARY TABLE plain AS TABLE shared;
        SET LOCAL tenant_metrics.engine = summaries;
        RAISE WARNING '% rows, of which % differ', (SELECT count(*) FROM plain),
            (SELECT count(*) FROM ((TABLE shared EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE shared)) AS d);
        DROP TABLE plain;
    END LOOP;
END $$;
ROLLBACK;

-- Totals of some tenants are looked up, with what waits of theirs. Where these do not say when a tenant's last event
-- was, its events are read.
BEGIN;
DELETE FROM usage WHERE tenant_id = 2 AND at = (SELECT max(at) FROM usage WHERE tenant_id = 2);
INSERT INTO usage (tenant_id, feature, cost, at) VALUES (1, 'new', 0.5, '2026-06-01'), (30, 'f1', 0.25, '2026-06-02');
SET LOCAL tenant_metrics.cache_limit = 0;
SELECT t.id, tenant_cost(t.id, source => 'summed') - coalesce(sum(u.cost), 0) AS cost, tenant_last_used(t.id, source => 'summed') = max(u.at) AS last,
    tenant_features_used(t.id, source => 'summed') - count(DISTINCT u.feature) AS features
FROM tenants AS t LEFT JOIN usage AS u ON u.tenant_id = t.id GROUP BY t.id ORDER BY t.id;
SELECT tenant_subtree_cost(1, source => 'summed') - (SELECT sum(cost) FROM usage WHERE tenant_id IS NOT NULL) AS subtree_cost;
SELECT last_engine, last_single, last_passes FROM tenant_metrics.explain(source => 'summed');
SELECT tenant_last_used(2, source => 'summed') = max(at) FROM usage WHERE tenant_id = 2;
SELECT last_engine, last_single, last_passes FROM tenant_metrics.explain(source => 'summed');
ROLLBACK;
-- Not in a serializable transaction, which would fail with a write of any other tenant's.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL tenant_metrics.cache_limit = 0;
SELECT tenant_events(1, source => 'summed');
SELECT last_engine, last_single FROM tenant_metrics.explain(source => 'summed');
SELECT count(*) AS locked FROM pg_locks WHERE mode = 'SIReadLock' AND relation = 'tenant_metrics.delta'::regclass;
COMMIT;

-- Two sources of one table: each trigger reads what the statement changed for itself.
SELECT tenant_metrics.setup('tenants', 'usage', 'second', usage_feature => NULL, usage_cost => 'cost', usage_time => 'at');
CALL tenant_metrics.enable_summaries('second');
INSERT INTO usage (tenant_id, cost, at) VALUES (1, 0.5, '2026-05-01'), (2, 0.25, '2026-05-02');
UPDATE usage SET cost = 0.75 WHERE at = '2026-05-02';
SELECT * FROM differences();
SELECT tenant_id, subtree_cost, (SELECT engine FROM tenant_metrics.explain(source => 'second')) AS engine
FROM tenant_subtree_costs(since => '2026-05-01', source => 'second') ORDER BY 1;
SELECT tenant_metrics.teardown('second');

-- A statement that is not at its end has fired no trigger yet.
CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'cost %, from SQL %, by %', (SELECT tenant_cost(30, source => 'summed')), (SELECT sum(cost) FROM usage WHERE tenant_id = 30),
        (SELECT ruled_out LIKE '%not at its end%' FROM tenant_metrics.explain(source => 'summed'));
    RETURN NULL;
END $$;
CREATE TRIGGER a_row AFTER INSERT ON usage FOR EACH ROW EXECUTE FUNCTION seen();
CREATE TRIGGER a_statement AFTER INSERT ON usage FOR EACH STATEMENT EXECUTE FUNCTION seen();
SET client_min_messages = notice;
INSERT INTO usage (tenant_id, cost) VALUES (30, 1), (30, 2);
SET client_min_messages = warning;
DROP TRIGGER a_row ON usage;
DROP TRIGGER a_statement ON usage;
SELECT * FROM differences();

-- What a transaction with one snapshot may not do.
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL tenant_metrics.compact('summed');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CALL tenant_metrics.enable_summaries('summed');
ROLLBACK;
BEGIN READ ONLY;
CALL tenant_metrics.compact('summed');
ROLLBACK;
CALL tenant_metrics.compact(NULL);
CALL tenant_metrics.compact('summed', NULL);
CALL tenant_metrics.compact('none');

-- What summaries cannot be made of.
CREATE TABLE parts (LIKE usage) PARTITION BY RANGE (at);
CREATE UNLOGGED TABLE fast_part PARTITION OF parts DEFAULT;
CREATE UNLOGGED TABLE fast (LIKE usage);
CREATE TEMPORARY TABLE mine (LIKE usage);
CREATE VIEW seen_usage AS SELECT * FROM usage;
CREATE MATERIALIZED VIEW kept_usage AS SELECT * FROM usage;
CREATE TABLE parent_usage (LIKE usage);
CREATE TABLE child_usage () INHERITS (parent_usage);
SELECT tenant_metrics.setup('tenants', t::regclass, t, usage_feature => 'feature', usage_cost => 'cost', usage_time => 'at',
    dimensions => '{model}')
FROM unnest('{parts,fast,mine,seen_usage,kept_usage,parent_usage,child_usage}'::text[]) AS t;
\set VERBOSITY terse
DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY '{parts,fast,mine,seen_usage,kept_usage,parent_usage,child_usage}'::text[] LOOP
        BEGIN
            EXECUTE format('CALL tenant_metrics.enable_summaries(%L)', relation);
            RAISE WARNING '% has summaries', relation;
        EXCEPTION WHEN feature_not_supported THEN
            RAISE WARNING '%', regexp_replace(SQLERRM, 'pg_temp_\d+', 'pg_temp');
        END;
    END LOOP;
END $$;
\set VERBOSITY default
CALL tenant_metrics.enable_summaries('parts');
DROP VIEW seen_usage;
DROP MATERIALIZED VIEW kept_usage;
SELECT tenant_metrics.teardown(t)
FROM unnest('{parts,fast,mine,parent_usage,child_usage}'::text[]) AS t;
SELECT tenant_metrics.teardown(t) FROM unnest('{seen_usage,kept_usage}'::text[]) AS t;

-- Whatever keeps the trigger from capturing, or the copy from being right, closes the way.
CREATE FUNCTION ways(OUT summaries text, OUT engine text) LANGUAGE sql AS $$
SELECT s.summaries, e.engine FROM tenant_metrics.status() AS s, tenant_metrics.explain(source => 'summed') AS e WHERE s.source = 'summed' $$;
SELECT * FROM ways();
BEGIN;
ALTER TABLE usage DISABLE TRIGGER USER;
SELECT * FROM ways();
ROLLBACK;
BEGIN;
ALTER TABLE usage ALTER cost TYPE numeric(20, 4);
SELECT * FROM ways();
INSERT INTO usage (tenant_id, cost) VALUES (1, 1);
ALTER TABLE usage ALTER cost TYPE numeric;
SELECT * FROM ways();
SELECT * FROM differences();
ROLLBACK;
BEGIN;
ALTER TABLE usage RENAME cost TO price;
ALTER TABLE usage RENAME tokens TO cost;
ALTER TABLE usage RENAME price TO tokens;
SELECT * FROM ways();
ROLLBACK;
-- Here the trigger met columns that it did not know, which nothing else tells where changes are not noted.
BEGIN;
ALTER EVENT TRIGGER tenant_metrics_note_changes DISABLE;
ALTER TABLE usage RENAME cost TO price;
INSERT INTO usage (tenant_id, price) VALUES (1, 1);
ALTER TABLE usage RENAME price TO cost;
SELECT * FROM ways();
SELECT * FROM differences();
CALL tenant_metrics.compact('summed');
CALL tenant_metrics.repair('summed');
SELECT * FROM differences();
ROLLBACK;
BEGIN;
ALTER TABLE usage SET UNLOGGED;
SELECT * FROM ways();
ROLLBACK;
BEGIN;
CREATE TABLE child () INHERITS (usage);
SELECT * FROM ways();
ROLLBACK;
BEGIN;
SELECT tenant_metrics.setup('tenants', 'usage', 'summed', usage_feature => 'model', usage_cost => 'cost', usage_time => 'at');
SELECT * FROM ways();
ROLLBACK;
SELECT * FROM ways();
SET session_replication_role = replica;
INSERT INTO usage (tenant_id, cost) VALUES (2, 1);
RESET session_replication_role;
SELECT * FROM differences();

-- Bytes that nobody wrote are an error, and no answer.
CALL tenant_metrics.compact('summed', full => true);
BEGIN;
UPDATE tenant_metrics.run SET cells = '\x0103020299' WHERE level = 8;
SELECT count(*) FROM dashboard;
ROLLBACK;
BEGIN;
UPDATE tenant_metrics.run SET cells = '\x09' WHERE level = 1;
SAVEPOINT s;
SELECT count(*) FROM tenant_usage_series(NULL, source => 'summed');
ROLLBACK TO s;
SET LOCAL parallel_setup_cost = 0;
\set VERBOSITY terse
SELECT count(*) FROM tenant_usage_series(NULL, source => 'summed');
\set VERBOSITY default
ROLLBACK;
BEGIN;
DELETE FROM tenant_metrics.run WHERE level = 17;
SELECT count(*) FROM dashboard;
ROLLBACK;

-- The function is for the triggers of registered tables alone.
CREATE TABLE other (LIKE usage);
CREATE TRIGGER tenant_metrics_1_insert AFTER INSERT ON other REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION tenant_metrics.capture();
INSERT INTO other (id, tenant_id) VALUES (1, 1);
DROP TABLE other;
CREATE TRIGGER mine AFTER INSERT ON usage REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION tenant_metrics.capture();
INSERT INTO usage (tenant_id) VALUES (1);
DROP TRIGGER mine ON usage;
SELECT tenant_metrics.capture();

-- Rights: summaries are for those who may read the events; policies are asked of the events.
CREATE ROLE summed_owner;
CREATE ROLE summed_reader;
GRANT USAGE ON SCHEMA summed TO summed_owner, summed_reader;
GRANT SELECT ON tenants, dashboard TO summed_reader;
GRANT SELECT (tenant_id, feature) ON usage TO summed_reader;
GRANT INSERT ON usage TO summed_reader;
GRANT USAGE ON SEQUENCE usage_id_seq TO summed_reader;
SET ROLE summed_reader;
SELECT count(*) FROM tenant_adoption_rates(source => 'summed');
SELECT count(*) FROM tenant_subtree_costs(source => 'summed');
INSERT INTO usage (tenant_id, cost) VALUES (1, 3);
SELECT count(*) FROM tenant_metrics.run;
CALL tenant_metrics.compact('summed');
RESET ROLE;
SELECT * FROM differences();
GRANT SELECT ON usage TO summed_reader;
CREATE POLICY one ON usage USING (tenant_id = 1);
ALTER TABLE usage ENABLE ROW LEVEL SECURITY;
SET ROLE summed_reader;
SELECT tenant_id, cost > 0 AS has_cost FROM tenant_subtree_costs(source => 'summed') AS s JOIN LATERAL tenant_cost(s.tenant_id, source => 'summed') AS cost ON true ORDER BY 1;
SELECT ruled_out FROM tenant_metrics.explain(source => 'summed');
RESET ROLE;
ALTER TABLE usage DISABLE ROW LEVEL SECURITY;

-- The owner of the usage table, to whom the procedures were granted.
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA tenant_metrics TO summed_owner, summed_reader;
GRANT CREATE ON SCHEMA summed TO summed_owner;
SET ROLE summed_reader;
CALL tenant_metrics.compact('summed');
CALL tenant_metrics.disable_summaries('summed');
RESET ROLE;
ALTER TABLE usage OWNER TO summed_owner;
SET ROLE summed_owner;
CALL tenant_metrics.compact('summed', full => true);
CALL tenant_metrics.disable_summaries('summed');
SELECT count(*) FROM tenant_metrics.explain(source => 'summed');
CALL tenant_metrics.enable_summaries('summed');
RESET ROLE;
SELECT * FROM differences();

-- Off: nothing stays. teardown() ends them too, and so it is where the table is gone.
CALL tenant_metrics.disable_summaries('summed');
SELECT count(*) AS stored, (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'usage'::regclass AND NOT tgisinternal) AS triggers
FROM tenant_metrics.run;
CALL tenant_metrics.enable_summaries('summed');
DROP TABLE usage CASCADE;
SELECT tenant_metrics.teardown('summed');
SELECT (SELECT count(*) FROM tenant_metrics.summary) + (SELECT count(*) FROM tenant_metrics.run) + (SELECT count(*) FROM tenant_metrics.delta) AS stored;

DROP OWNED BY summed_owner, summed_reader;
DROP ROLE summed_owner, summed_reader;
DROP SCHEMA summed CASCADE;
