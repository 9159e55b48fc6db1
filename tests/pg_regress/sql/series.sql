-- Usage by bucket of time, in zones that make it hard; and tenants by when they were active.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA series;
SET search_path = series, public;

-- A tree with an orphan (6) and a cycle (7, 8) with a tenant below (9); events of nobody and of a stranger.
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 2), (4, 1), (5, NULL), (6, 99), (7, 8), (8, 7), (9, 8);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamptz);
INSERT INTO ai_feature_usage
SELECT nullif(n % 12, 11), nullif('f' || n % 3, 'f2'),
       CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE n / 4.0 END,
       '2024-01-30'::timestamptz + n * interval '5 hours 7 minutes'
FROM generate_series(1, 60) AS n;

SELECT * FROM tenant_usage_series(1, '2024-02-01', '2024-02-08');
-- The first and the last bucket hold only what is inside the window; a week begins on Monday.
SELECT bucket_start, bucket_local, events, active_tenants
FROM tenant_usage_series(NULL, '2024-02-01 10:00', '2024-02-09', 'week', 'Asia/Kolkata');
SELECT * FROM tenant_usage_series(3, '2024-02-01', '2024-02-08', 'month', scope => 'own');
-- A missing or an infinite bound is the bucket of the first or the last event.
SELECT min(bucket_start), max(bucket_start), count(*), sum(events) FROM tenant_usage_series(3, bucket => 'hour');
SELECT min(bucket_start), max(bucket_start), count(*), sum(events)
FROM tenant_usage_series(3, '-infinity', 'infinity', 'hour');
SELECT min(bucket_start), max(bucket_start), count(*), sum(events) FROM tenant_usage_series(3, '2024-02-01 07:00', bucket => 'hour');
SELECT min(bucket_start), max(bucket_start), count(*), sum(events) FROM tenant_usage_series(3, NULL, '2024-02-20', 'hour');
SELECT bucket_start, events FROM tenant_usage_series(3, '2024-02-08 12:00', bucket => 'year');
SELECT bucket_start, events FROM tenant_usage_series(3, NULL, '2024-02-02 12:00', 'quarter');
SELECT count(*) FROM tenant_usage_series(3, '2025-01-01', NULL);
SELECT * FROM tenant_usage_series(3, '2025-01-01 12:00', '2025-01-02 12:00');
SELECT count(*) FROM tenant_usage_series(3, '2024-02-01', '2024-02-01');
-- Several tenants: each once, in the order given, whatever is part of what.
SELECT tenant_id, bucket_start, events, cost, unpriced_events, features_used, active_tenants
FROM tenant_usage_series_for('{3,1,NULL,77,6,2,1}', '2024-02-01', '2024-02-15', 'week');
SELECT tenant_id, bucket_start, events, active_tenants
FROM tenant_usage_series_for('{8,5,1}', NULL, '2024-02-03', 'week', scope => 'own');
SELECT count(*) FROM tenant_usage_series_for(NULL) UNION ALL SELECT count(*) FROM tenant_usage_series_for('{}')
UNION ALL SELECT count(*) FROM tenant_usage_series_for('{77}', '2024-01-01', '2025-01-01');

-- Unknown ids give no rows, cycles an error where there is no subtree; wrong words are errors.
SELECT count(*) FROM tenant_usage_series(77, '2024-01-01', '2025-01-01') UNION ALL SELECT count(*) FROM tenant_activity(77);
SELECT call, expect_error('SELECT ' || call) FROM unnest(ARRAY[
    'tenant_usage_series(7)', 'tenant_usage_series(9, scope => ''own'')', 'tenant_usage_series_for(''{1,9}'')',
    'tenant_usage_series(1, bucket => ''minute'')', 'tenant_usage_series(1, bucket => ''Day'')',
    'tenant_usage_series(1, bucket => NULL)', 'tenant_usage_series(1, tz => NULL)', 'tenant_usage_series(1, tz => ''Mars/Phobos'')',
    'tenant_usage_series(1, tz => '''')', 'tenant_usage_series(1, scope => ''all'')', 'tenant_usage_series_for(''{1}'', scope => NULL)',
    'tenant_usage_series(1, source => NULL)', 'tenant_usage_series(1, source => ''x'')',
    'tenant_usage_series(1, ''2024-02-01'', ''2024-01-01'')', 'tenant_usage_series_uuid(NULL)', 'tenant_usage_series_text(''one'')',
    'tenant_activity(at => NULL)', 'tenant_activity(at => ''infinity'')', 'tenant_activity(at => ''-infinity'')',
    'tenant_activity(tz => NULL)', 'tenant_activity(tz => ''Mars/Phobos'')', 'tenant_activity(source => NULL)']) AS call;

-- Where clocks are changed: at midnight, by half an hour, over a day, a minute past midnight, by a
-- quarter of a minute; zones without a name of their own. Events every eleven minutes.
CREATE TABLE changes (zone text, since timestamptz, until timestamptz);
INSERT INTO changes VALUES
    ('America/Havana', '2024-11-01 12:00', '2024-11-05'), ('America/Havana', '2024-03-09 12:00', '2024-03-12'),
    ('Australia/Lord_Howe', '2024-04-05 22:00', '2024-04-08'), ('Australia/Lord_Howe', '2024-10-05', '2024-10-07'),
    ('Pacific/Apia', '2011-12-28', '2012-01-02'), ('America/St_Johns', '2006-10-28', '2006-10-31'),
    ('America/St_Johns', '2006-10-29 02:31', '2006-10-29 02:31:30'), ('America/St_Johns', '2006-10-29 03:00', '2006-10-29 03:29'),
    ('America/Juneau', '1867-10-16', '1867-10-21'), ('America/Toronto', '1919-03-29', '1919-04-01'),
    ('Africa/Monrovia', '1972-01-06', '1972-01-08'), ('Europe/Berlin', '2024-03-30', '2024-04-01'),
    ('Pacific/Kwajalein', '1993-08-19', '1993-08-23'), ('MSK', '2011-03-26', '2011-03-29'), ('EST', '2024-03-09', '2024-03-12'),
    ('XYZ-3:17', '2024-12-30', '2025-01-02'), ('+05:45', '2023-12-30', '2024-01-02'), ('utc', '2024-06-30', '2024-07-02');
CREATE TABLE clockwork AS
SELECT 1 + (n % 6)::int AS tenant_id, 'f' || n % 4 AS feature_name, n / 8.0 AS inference_cost,
       at AS created_at, at AT TIME ZONE 'UTC' AS naive
FROM (SELECT DISTINCT since, until FROM changes) AS c,
     generate_series(since - interval '1 day', until + interval '1 day', '11 minutes') WITH ORDINALITY AS e (at, n);
INSERT INTO clockwork VALUES (1, 'a', 1, 'infinity', 'infinity'), (1, 'a', 1, '-infinity', '-infinity'), (1, 'a', 1, NULL, NULL);
SELECT tenant_metrics.setup('tenants', 'clockwork', 'zoned'),
       tenant_metrics.setup('tenants', 'clockwork', 'naive', usage_time => 'naive');

CREATE FUNCTION plain_series(id int, since timestamptz, until timestamptz, unit text, zone text)
RETURNS SETOF tenant_metrics.usage_series_row LANGUAGE sql STABLE AS $$
    WITH RECURSIVE member AS (
        SELECT plain_series.id UNION ALL SELECT t.id FROM tenants AS t JOIN member AS m ON t.parent_id = m.id),
    bucket AS (
        SELECT DISTINCT date_trunc(unit, at, zone) AS start
        FROM (SELECT generate_series(since, until - interval '1 microsecond', '1 minute')
              UNION ALL SELECT until - interval '1 microsecond') AS instant (at))
    SELECT b.start, b.start AT TIME ZONE zone, count(tenant_id), coalesce(sum(inference_cost), 0),
           count(*) FILTER (WHERE tenant_id IS NOT NULL AND inference_cost IS NULL),
           count(DISTINCT feature_name)::int, count(DISTINCT tenant_id)
    FROM bucket AS b
    LEFT JOIN (SELECT * FROM clockwork WHERE created_at >= since AND created_at < until
               AND tenant_id IN (SELECT m.id FROM member AS m)) AS u ON date_trunc(unit, created_at, zone) = b.start
    GROUP BY b.start ORDER BY b.start $$;
-- How many rows differ from plain SQL; their order counts.
CREATE FUNCTION differences(unit text) RETURNS TABLE (buckets bigint, wrong bigint) LANGUAGE sql VOLATILE AS $$
    WITH plain AS (
        SELECT c, id, array_agg(s::text) AS rows
        FROM changes AS c, unnest('{1,2,4}'::int[]) AS id, plain_series(id, since, until, unit, zone) AS s GROUP BY c, id),
    ours AS (
        SELECT c, id, source, array_agg(s::text) AS rows
        FROM changes AS c, unnest('{1,2,4}'::int[]) AS id, unnest('{zoned,naive}'::text[]) AS source,
             tenant_usage_series(id, since, until, unit, zone, 'subtree', source) AS s GROUP BY c, id, source
        UNION ALL
        SELECT c, tenant_id, 'together',
               array_agg((bucket_start, bucket_local, events, cost, unpriced_events, features_used, active_tenants)::text)
        FROM changes AS c, tenant_usage_series_for('{4,2,1}', since, until, unit, zone, 'subtree', 'zoned') GROUP BY c, tenant_id)
    SELECT (SELECT sum(cardinality(rows)) FROM plain), (SELECT count(*) * 3 FROM plain) - count(*)
    FROM plain AS p JOIN ours AS o ON (p.c, p.id, p.rows) = (o.c, o.id, o.rows) $$;
CREATE FUNCTION differences() RETURNS TABLE (unit text, buckets bigint, wrong bigint) LANGUAGE sql VOLATILE AS $$
    SELECT unit, d.* FROM unnest('{hour,day,week,month,quarter,year}'::text[]) AS unit, differences(unit) AS d $$;
SELECT * FROM differences();
SET tenant_metrics.engine = 'portable';
SELECT * FROM differences() WHERE wrong > 0;
RESET tenant_metrics.engine;
-- Clocks went back to the day before a minute after midnight: its buckets are whole all the same.
SELECT bucket_start, bucket_local, events
FROM tenant_usage_series(NULL, '2006-10-28 02:30', '2006-10-31 03:30', 'day', 'America/St_Johns', source => 'zoned');
SELECT bucket_local, events FROM tenant_usage_series(NULL, '2011-12-29', '2012-01-01', 'day', 'Pacific/Apia', source => 'zoned');
-- Events at no time or at the ends of time are in no bucket.
SELECT count(*), min(bucket_start), max(bucket_start), sum(events) FROM tenant_usage_series(NULL, bucket => 'year', source => 'zoned');

-- The sum of the buckets is the range, in every zone and of every length.
SELECT count(*), bool_and((s.events, s.cost, s.unpriced) = (d.events, d.cost, d.unpriced)) AS same
FROM changes AS c, unnest('{hour,day,week,month,quarter,year}'::text[]) AS unit,
     LATERAL (SELECT sum(events), sum(cost), sum(unpriced_events)
              FROM tenant_usage_series(NULL, since, until, unit, zone, source => 'zoned')) AS s (events, cost, unpriced),
     LATERAL (SELECT sum(events), sum(cost), sum(unpriced_events)
              FROM tenant_dashboard(NULL, since, until, 'zoned')) AS d (events, cost, unpriced);

-- Naive times and dates are read in the zone of their source.
CREATE TABLE dates AS SELECT tenant_id, feature_name, inference_cost, created_at::date AS created_at FROM ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'dates', 'dates', time_zone => 'America/New_York');
SELECT bucket_start, events FROM tenant_usage_series(1, '2024-02-01', '2024-02-04', tz => 'America/New_York', source => 'dates')
EXCEPT ALL
SELECT created_at::timestamp AT TIME ZONE 'America/New_York', count(*) FROM dates
WHERE tenant_id IN (1, 2, 3, 4) AND created_at BETWEEN '2024-02-01' AND '2024-02-03' GROUP BY 1;

-- The portable engine, by choice or for want of memory, gives the same rows.
CREATE TABLE many AS
SELECT 1 + n % 6 AS tenant_id, 'feature ' || n % 90 AS feature_name, n / 3.0::float8 AS inference_cost,
       '2023-01-01'::timestamptz + n * interval '97 minutes' AS created_at
FROM generate_series(1, 8000) AS n;
SELECT tenant_metrics.setup('tenants', 'many', 'many', features => ARRAY['feature 1', 'feature 80', 'x']);
CREATE TABLE answers AS
SELECT s::text FROM tenant_usage_series_for('{2,1,6}', bucket => 'hour', tz => 'Europe/Berlin', source => 'many') AS s
UNION ALL SELECT a::text FROM tenant_activity(1, '2023-06-01', source => 'many') AS a;
SELECT count(*) FROM answers;
CREATE FUNCTION more_answers() RETURNS SETOF text LANGUAGE sql VOLATILE AS $$
    SELECT s::text FROM tenant_usage_series_for('{2,1,6}', bucket => 'hour', tz => 'Europe/Berlin', source => 'many') AS s
    UNION ALL SELECT a::text FROM tenant_activity(1, '2023-06-01', source => 'many') AS a
    EXCEPT ALL TABLE answers $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT * FROM more_answers();
SET tenant_metrics.memory_limit = '64kB';
SELECT * FROM more_answers();
SET max_parallel_workers_per_gather = 0;
SELECT * FROM more_answers();
SET tenant_metrics.engine = 'aggregate';
SELECT expect_error('SELECT tenant_usage_series(NULL, bucket => ''hour'', source => ''many'')');
SET tenant_metrics.engine = 'portable';
RESET tenant_metrics.memory_limit;
SELECT * FROM more_answers();
RESET tenant_metrics.engine;

-- Activity: a tenant for each way to be active; day 0 is 2024-06-30 in Havana.
CREATE TABLE visits (tenant_id int, feature_name text, inference_cost int, created_at timestamptz);
CREATE TABLE visitors (id int PRIMARY KEY, parent_id int);
INSERT INTO visitors SELECT n, CASE WHEN n > 1 THEN 1 END FROM generate_series(1, 12) AS n;
INSERT INTO visits SELECT tenant, 'f', 1, ('2024-06-30'::date - ago + time '23:59:59') AT TIME ZONE 'America/Havana'
FROM (VALUES (1, 0), (2, 6), (2, 59), (3, 7), (4, 29), (4, 60), (5, 30), (6, 30), (6, 0), (7, 59), (8, 60), (9, -1), (99, 0)) AS v (tenant, ago);
INSERT INTO visits VALUES (10, 'f', 1, NULL), (11, 'f', 1, '-infinity'), (11, 'f', 1, '2024-06-15'), (12, 'f', 1, 'infinity');
SELECT tenant_metrics.setup('visitors', 'visits', 'visits');
SELECT * FROM tenant_activity(NULL, '2024-06-30 12:00-04', 'America/Havana', 'visits');
SELECT * FROM tenant_activity(NULL, '2024-07-01 03:59:59.999999+00', 'America/Havana', 'visits');
SELECT * FROM tenant_activity(4, '2024-06-30 12:00-04', 'America/Havana', 'visits');
SELECT * FROM tenant_activity(4, '2020-01-01', source => 'visits');
SELECT tenants, day = current_date AS today FROM tenant_activity(9);
SET tenant_metrics.engine = 'portable';
SELECT * FROM tenant_activity(NULL, '2024-06-30 12:00-04', 'America/Havana', 'visits');
RESET tenant_metrics.engine;
-- Days around those on which clocks were changed, and for two months after, against plain SQL.
CREATE FUNCTION activity_differences() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH at AS (
        SELECT zone, at, (at AT TIME ZONE zone)::date AS day
        FROM changes AS c, generate_series(since - interval '1 day', until + interval '70 days', '22 hours') AS at
        WHERE until - since < interval '10 days'),
    seen AS (
        SELECT zone, at, day, t.id,
               coalesce(bool_or(ago = 0), false) AS day_0, coalesce(bool_or(ago BETWEEN 0 AND 6), false) AS week,
               coalesce(bool_or(ago BETWEEN 0 AND 29), false) AS month,
               coalesce(bool_or(ago BETWEEN 30 AND 59), false) AS before, coalesce(bool_or(ago >= 60), false) AS earlier
        FROM at, tenants AS t
        LEFT JOIN LATERAL (
            SELECT CASE WHEN created_at = '-infinity' THEN 1000 ELSE day - (created_at AT TIME ZONE zone)::date END AS ago
            FROM clockwork WHERE tenant_id = t.id AND created_at < at + interval '2 days') AS v ON true
        GROUP BY zone, at, day, t.id),
    plain AS (
        SELECT zone, at, (day, count(*), count(*) FILTER (WHERE day_0), count(*) FILTER (WHERE week), count(*) FILTER (WHERE month),
               count(*) FILTER (WHERE day_0)::float8 / nullif(count(*) FILTER (WHERE month), 0),
               count(*) FILTER (WHERE month AND NOT before AND NOT earlier),
               count(*) FILTER (WHERE month AND NOT before AND earlier),
               count(*) FILTER (WHERE before AND NOT month))::text AS row
        FROM seen GROUP BY zone, at, day)
    SELECT count(*) FROM plain, tenant_activity(NULL, at, zone, 'zoned') AS a WHERE a::text IS DISTINCT FROM row $$;
DELETE FROM clockwork WHERE extract(minute FROM created_at) <> 0 AND isfinite(created_at);
DELETE FROM changes WHERE zone NOT IN ('Pacific/Apia', 'America/St_Johns', 'America/Juneau') OR until - since < interval '1 day';
SELECT activity_differences();
SET tenant_metrics.engine = 'portable';
SELECT activity_differences();
RESET tenant_metrics.engine;

-- Each reader needs the columns that it reads, and no more.
CREATE ROLE regress_series;
GRANT USAGE ON SCHEMA series TO regress_series;
GRANT SELECT (id, parent_id) ON tenants TO regress_series;
GRANT SELECT (tenant_id, created_at) ON ai_feature_usage TO regress_series;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA series TO regress_series;
SET ROLE regress_series;
SELECT call, first_line('SELECT ' || call) FROM unnest(ARRAY[
    'tenant_activity(1)', 'tenant_usage_series(1)', 'tenant_usage_series(77)', 'tenant_usage_series_for(''{1}'')']) AS call;
RESET ROLE;
REVOKE SELECT (created_at) ON ai_feature_usage FROM regress_series;
GRANT SELECT (feature_name, inference_cost) ON ai_feature_usage TO regress_series;
SET ROLE regress_series;
SELECT call, first_line('SELECT ' || call) FROM unnest(ARRAY['tenant_activity(1)', 'tenant_usage_series(1)']) AS call;
RESET ROLE;
GRANT SELECT ON ai_feature_usage TO regress_series;
SET ROLE regress_series;
SELECT count(*) FROM tenant_usage_series(1);
RESET ROLE;
REVOKE ALL ON tenants, ai_feature_usage FROM regress_series;
REVOKE ALL ON SCHEMA series FROM regress_series;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA series FROM regress_series;
DROP ROLE regress_series;

-- The twins for uuid and text.
CREATE TABLE uuid_tenants AS
SELECT lpad(id::text, 32, '0')::uuid AS id, lpad(parent_id::text, 32, '0')::uuid AS parent_id FROM tenants;
CREATE TABLE uuid_usage AS
SELECT lpad(tenant_id::text, 32, '0')::uuid AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
CREATE UNIQUE INDEX ON uuid_tenants (id);
SELECT tenant_metrics.setup('uuid_tenants', 'uuid_usage', 'u');
SELECT s FROM tenant_usage_series(1) AS s
EXCEPT ALL SELECT s FROM tenant_usage_series_uuid('00000000-0000-0000-0000-000000000001', source => 'u') AS s;
SELECT s FROM tenant_usage_series(1) AS s EXCEPT ALL SELECT s FROM tenant_usage_series_text('1') AS s;
SELECT tenant_id, bucket_start, events FROM tenant_usage_series_for_uuid(
    '{00000000-0000-0000-0000-000000000003}', '2024-02-01', '2024-02-04', source => 'u');
SELECT tenant_id, bucket_start, events FROM tenant_usage_series_for_text('{3, 5}', '2024-02-01', '2024-02-02');
SELECT a FROM tenant_activity(NULL, '2024-02-05') AS a
EXCEPT ALL SELECT a FROM tenant_activity_uuid(NULL, '2024-02-05', source => 'u') AS a
EXCEPT ALL SELECT a FROM tenant_activity_text(NULL, '2024-02-05') AS a;
SELECT expect_error('SELECT tenant_activity(1, source => ''u'')');

-- The aggregate takes frames of the readers only.
SELECT expect_error('SELECT tenant_metrics.series_state(tenant_id, feature_name, inference_cost, created_at, ''x'') FROM ai_feature_usage');
SELECT expect_error('SELECT tenant_metrics.series_state(tenant_id, feature_name, inference_cost, created_at, NULL) FROM ai_feature_usage');
-- What a frame says is not believed: hashes of ids, numbers of what follows.
CREATE FUNCTION frame(ids text) RETURNS text LANGUAGE sql RETURN
    ids || '00000000000000000000000000000000' || '0700000000000000' -- an id and its hash
    || '010000000000000000000000' -- its group
    || '010000000000000000' -- the group is part of none
    || '01' || '0300000000000000555443' || '00'; -- days in UTC
SELECT seed_and_number, expect_error(format('SELECT tenant_metrics.series_state(tenant_id, feature_name, inference_cost, created_at, %L) FROM ai_feature_usage',
    '\x' || frame('01' || seed_and_number))) FROM unnest(ARRAY[
    '01' || '0500000000000000' || '0100000000000000', '01' || '0500000000000000' || 'ffffffffffffff7f',
    '01' || '0500000000000000' || '0000000001000000', '02' || '0500000000000000' || '0100000000000000']) AS seed_and_number;
DROP FUNCTION frame;
SELECT expect_error('SELECT tenant_metrics.series_state(tenant_id, tenant_id, inference_cost, created_at, ''x'') FROM ai_feature_usage');

SELECT tenant_metrics.teardown(source) FROM tenant_metrics.status() WHERE source <> 'default';
DROP SCHEMA series CASCADE;
