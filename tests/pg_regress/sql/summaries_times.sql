-- Summaries of dates, and of times that are stored without a zone.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
CREATE SCHEMA clocks;
SET search_path = clocks, public;
SET DateStyle = 'ISO';
SET TimeZone = 'UTC';
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
-- A tenant for each zone and type, whose events have their own tables.
CREATE TABLE zones (id int PRIMARY KEY, zone text, of text, name text GENERATED ALWAYS AS (of || ' in ' || zone) STORED);
INSERT INTO zones
SELECT row_number() OVER (ORDER BY z, t), z, t
FROM unnest('{UTC,Europe/Berlin,America/St_Johns,Australia/Lord_Howe,Africa/Casablanca,Pacific/Apia,Asia/Kathmandu}'::text[]) AS z,
    unnest('{date,timestamp}'::text[]) AS t;
INSERT INTO tenants SELECT n, nullif(n / 2, 0) FROM generate_series(1, 20) AS n;
-- Days on which clocks were or will be changed, the one that Samoa left out, and times long ago, at which offsets have seconds.
CREATE TABLE times AS
SELECT day + n * interval '15 minutes' AS at
FROM unnest('{2011-03-13,2011-03-27,2011-03-31,2011-04-02,2011-04-03,2011-07-31,2011-08-29,2011-09-24,2011-10-02,2011-10-30,2011-11-06,2011-12-30,
    2030-03-10,2030-03-31,2030-04-07,2090-10-01,2090-10-29,2090-11-05}'::timestamp[]) AS day, generate_series(-4, 28 * 4) AS n
UNION ALL SELECT at FROM generate_series(timestamp '1880-01-01', '1950-01-01', interval '461 hours 7.000001 seconds') AS at
UNION ALL SELECT unnest('{infinity,-infinity,NULL,4000-07-01,0300-01-01 BC}'::timestamp[]);
DO $$
DECLARE
    source zones;
BEGIN
    FOR source IN SELECT * FROM zones LOOP
        EXECUTE format('CREATE TABLE %I (tenant_id int, feature text, cost numeric, at %s)', source.name, source.of);
        EXECUTE format('INSERT INTO %I SELECT 1 + row_number() OVER () %% 20, ''f'', 1, at FROM times', source.name);
        PERFORM tenant_metrics.setup('tenants', quote_ident(source.name)::regclass, source.name,
            usage_feature => 'feature', usage_cost => 'cost', usage_time => 'at', time_zone => source.zone);
        EXECUTE format('CALL tenant_metrics.enable_summaries(%L)', source.name);
        -- Those of a statement are read by the trigger, and those before by the build.
        EXECUTE format('INSERT INTO %I SELECT 1 + row_number() OVER () %% 7, ''g'', 2, at FROM times', source.name);
        EXECUTE format('DELETE FROM %I WHERE tenant_id = 3', source.name);
    END LOOP;
END $$;
SET tenant_metrics.engine = summaries;
SELECT DISTINCT s.summaries, e.engine
FROM zones AS z JOIN tenant_metrics.status() AS s ON s.source = z.name, tenant_metrics.explain(source => z.name) AS e;
-- By the hour, or long ago by the day, and the last use of each tenant, beside plain SQL.
CREATE FUNCTION differences(source zones, OUT buckets bigint, OUT differing bigint, OUT last_differing bigint) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$
        WITH windows (bucket, since, until) AS (VALUES
            ('day', '1879-12-31 UTC'::timestamptz, '1950-02-01 UTC'::timestamptz),
            ('hour', '2011-03-12 22:30 UTC', '2012-01-01 01:30 UTC'), ('hour', '2030-03-09 UTC', '2030-04-09 UTC'),
            ('hour', '2090-09-30 UTC', '2090-11-07 UTC')
        ), read AS MATERIALIZED (
            SELECT w.since AS of, s.bucket_start, s.events, s.cost
            FROM windows AS w, tenant_usage_series(NULL, w.since, w.until, w.bucket, source => %1$L) AS s WHERE s.events > 0
        ), plain AS MATERIALIZED (
            SELECT w.since AS of, date_trunc(w.bucket, moment, 'UTC') AS bucket_start, count(*) AS events, sum(cost) AS cost
            FROM (SELECT at::timestamp AT TIME ZONE %2$L AS moment, cost FROM %1$I) AS m
            JOIN windows AS w ON m.moment >= w.since AND m.moment < w.until GROUP BY 1, 2
        )
        SELECT (SELECT count(*) FROM read),
            (SELECT count(*) FROM (TABLE read EXCEPT TABLE plain) AS d) + (SELECT count(*) FROM (TABLE plain EXCEPT TABLE read) AS d),
            (SELECT count(*) FROM (
                SELECT tenant_id, last_used FROM tenant_dashboard(source => %1$L) WHERE events > 0
                EXCEPT SELECT tenant_id, max(at::timestamp AT TIME ZONE %2$L) FROM %1$I GROUP BY tenant_id) AS d)$q$, source.name, source.zone)
    INTO buckets, differing, last_differing;
END $$;
SELECT z.name, d.buckets > 1300 AS has_many, d.differing, d.last_differing FROM zones AS z, differences(z) AS d ORDER BY z.id;
SELECT z.name, v.* FROM zones AS z, tenant_metrics.verify(z.name) AS v;
CALL tenant_metrics.compact('timestamp in Europe/Berlin', full => true);
SELECT d.differing, d.last_differing FROM zones AS z, differences(z) AS d WHERE z.name = 'timestamp in Europe/Berlin';

-- A time that is out of range: no statement fails for it, and readers say of it what SQL says.
CREATE VIEW states AS
SELECT s.source, s.summaries FROM tenant_metrics.status() AS s
WHERE s.source IN ('timestamp in America/St_Johns', 'date in America/St_Johns', 'timestamp in Asia/Kathmandu');
INSERT INTO "timestamp in America/St_Johns" VALUES (1, 'f', 1, '294276-12-31 23:59:59');
INSERT INTO "timestamp in Asia/Kathmandu" VALUES (1, 'f', 1, '4714-11-24 00:00:00 BC');
INSERT INTO "date in America/St_Johns" VALUES (1, 'f', 1, '5874897-12-31');
SELECT * FROM states ORDER BY source;
SELECT count(*) FROM tenant_dashboard(source => 'timestamp in America/St_Johns');
SELECT sum(cost) FROM (SELECT tenant_cost(id, source => 'date in America/St_Johns') AS cost FROM tenants) AS t;
CALL tenant_metrics.rebuild('timestamp in America/St_Johns');
SELECT * FROM tenant_metrics.verify('date in America/St_Johns');
DELETE FROM "timestamp in America/St_Johns" WHERE at > '200000-01-01' AND at < 'infinity';
DELETE FROM "timestamp in Asia/Kathmandu" WHERE at < '4000-01-01 BC' AND at > '-infinity';
DELETE FROM "date in America/St_Johns" WHERE at > '200000-01-01' AND at < 'infinity';
DO $$
DECLARE
    source text;
BEGIN
    FOR source IN SELECT s.source FROM states AS s LOOP
        EXECUTE format('CALL tenant_metrics.repair(%L)', source);
    END LOOP;
END $$;
SELECT * FROM states ORDER BY source;
SELECT z.name, d.differing, d.last_differing FROM zones AS z, differences(z) AS d WHERE z.name IN (SELECT source FROM states) ORDER BY z.id;

-- Another zone of the source.
BEGIN;
SELECT tenant_metrics.setup('tenants', '"timestamp in UTC"', 'timestamp in UTC', usage_feature => 'feature', usage_cost => 'cost',
    usage_time => 'at', time_zone => 'Asia/Tokyo');
SELECT s.summaries FROM tenant_metrics.status() AS s WHERE s.source = 'timestamp in UTC';
CALL tenant_metrics.rebuild('timestamp in UTC');
SELECT s.summaries FROM tenant_metrics.status() AS s WHERE s.source = 'timestamp in UTC';
SELECT d.differing, d.last_differing FROM differences(ROW(0, 'Asia/Tokyo', 'timestamp', 'timestamp in UTC')) AS d;
ROLLBACK;

-- Other rules of the zone than those by which the summaries were made, as after a new release of the time zones.
SELECT columns ~ E'\nzone [0-9a-f]+$' AS has_rules FROM tenant_metrics.summary WHERE source = 'timestamp in Europe/Berlin';
SELECT columns AS before FROM tenant_metrics.summary WHERE source = 'timestamp in Europe/Berlin' \gset
UPDATE tenant_metrics.summary SET columns = regexp_replace(columns, 'zone .*', 'zone 1') WHERE source = 'timestamp in Europe/Berlin';
SELECT s.summaries FROM tenant_metrics.status() AS s WHERE s.source = 'timestamp in Europe/Berlin';
INSERT INTO "timestamp in Europe/Berlin" VALUES (1, 'f', 1, '2026-07-01');
SELECT d.differing, d.last_differing FROM zones AS z, differences(z) AS d WHERE z.name = 'timestamp in Europe/Berlin';
CALL tenant_metrics.repair('timestamp in Europe/Berlin');
-- The insert was captured by other rules, whichever are there afterwards.
UPDATE tenant_metrics.summary SET columns = :'before' WHERE source = 'timestamp in Europe/Berlin';
SELECT s.summaries FROM tenant_metrics.status() AS s WHERE s.source = 'timestamp in Europe/Berlin';
CALL tenant_metrics.rebuild('timestamp in Europe/Berlin');
SELECT s.summaries FROM tenant_metrics.status() AS s WHERE s.source = 'timestamp in Europe/Berlin';

-- Names that a session can read in its own way.
SELECT tenant_metrics.setup('tenants', '"timestamp in UTC"', 'abbreviated', usage_feature => 'feature', usage_cost => 'cost',
    usage_time => 'at', time_zone => 'CET');
CALL tenant_metrics.enable_summaries('abbreviated');
SELECT tenant_metrics.teardown('abbreviated');
SELECT tenant_metrics.teardown(name) FROM zones;
DROP SCHEMA clocks CASCADE;
