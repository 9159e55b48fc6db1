-- Windows of time are half-open, and naive times are read in the source's time zone.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA windows;
SET search_path = windows, public;

CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1);

-- One event per label: on the edges of March 2024, far away, at both ends of time, and without one.
CREATE TABLE moments (feature_name text, tenant_id int, created_at timestamptz);
INSERT INTO moments VALUES
    ('before', 1, '2024-02-29 23:59:59.999999+00'), ('first', 1, '2024-03-01 00:00+00'),
    ('middle', 2, '2024-03-15 12:00+00'), ('last', 2, '2024-03-31 23:59:59.999999+00'),
    ('after', 2, '2024-04-01 00:00+00'), ('ancient', 1, '4000-01-01 BC'),
    ('never', 1, '-infinity'), ('always', 2, 'infinity'), ('unknown', 2, NULL);
CREATE TABLE zoned AS SELECT *, 1::numeric AS inference_cost FROM moments;
CREATE TABLE naive AS
SELECT feature_name, tenant_id, created_at AT TIME ZONE 'UTC' AS created_at, inference_cost FROM zoned;
SELECT tenant_metrics.setup('tenants', 'zoned', 'zoned', time_zone => 'Asia/Tokyo'),
       tenant_metrics.setup('tenants', 'naive', 'naive');

CREATE TABLE windows (n serial, since timestamptz, until timestamptz);
INSERT INTO windows (since, until) VALUES
    (NULL, NULL), ('2024-03-01', '2024-04-01'), ('2024-03-01', NULL), (NULL, '2024-03-01'),
    ('2024-03-15', '2024-03-15'), ('2024-03-15 12:00', '2024-03-15 12:00:00.000001'),
    ('-infinity', NULL), (NULL, 'infinity'), ('-infinity', 'infinity'), ('infinity', NULL),
    (NULL, '-infinity'), ('infinity', 'infinity'), ('-infinity', '-infinity');

-- Events of the whole tree: both sources give what plain SQL counts.
SELECT w.since, w.until, count(*) FILTER (WHERE (w.since IS NULL AND w.until IS NULL)
                                          OR (w.since IS NULL OR m.created_at >= w.since)
                                         AND (w.until IS NULL OR m.created_at < w.until)
                                         AND m.created_at IS NOT NULL) AS plain,
       tenant_subtree_events(1, w.since, w.until, 'zoned') AS zoned,
       tenant_subtree_events(1, w.since, w.until, 'naive') AS naive
FROM windows AS w, moments AS m GROUP BY w.n, w.since, w.until ORDER BY w.n;

-- Every reader takes the window.
\set march '''2024-03-01'', ''2024-04-01'''
SELECT tenant_id, events, subtree_events, features_used, subtree_cost, last_used, subtree_last_used
FROM tenant_dashboard(NULL, :march, 'zoned');
SELECT tenant_id, events, subtree_events FROM tenant_dashboard_for('{2}', :march, 'zoned');
SELECT * FROM tenant_adoption_rates(NULL, :march, 'zoned');
SELECT * FROM tenant_subtree_costs(NULL, :march, 'zoned');
SELECT tenant_events(1, :march, 'zoned'), tenant_cost(1, :march, 'zoned'),
       tenant_features_used(1, :march, 'zoned'), tenant_last_used(1, :march, 'zoned'),
       round(tenant_adoption_rate(1, :march, 'zoned')::numeric, 4) AS rate;
SELECT tenant_subtree_events(1, :march, 'zoned'), tenant_subtree_cost(1, :march, 'zoned'),
       tenant_subtree_features_used(1, :march, 'zoned'), tenant_subtree_last_used(1, :march, 'zoned'),
       round(tenant_subtree_adoption_rate(1, :march, 'zoned')::numeric, 4) AS rate;
SELECT tenant_tree_json(2, :march, 'zoned') -> 'events' AS events;

-- The ends of time are times like others, and an event without a time was never used last.
SELECT tenant_last_used(1, NULL, '2000-01-01', 'zoned') AS ancient,
       tenant_last_used(1, NULL, '4500-01-01 BC', 'zoned') AS never,
       tenant_last_used(2, NULL, NULL, 'zoned') AS always,
       tenant_last_used(1, '2030-01-01', NULL, 'zoned') AS nothing;

-- A window that ends before it begins is an error of every reader that takes one, NULL id or not.
SELECT expect_error($$SELECT tenant_cost(1, '2024-02-01', '2024-01-01', 'zoned')$$);
SELECT expect_error($$SELECT tenant_cost(NULL, 'infinity', '-infinity', 'zoned')$$);
SELECT call, expect_error('SELECT ' || replace(call, 'W', '''2024-02-01'', ''2024-01-31 23:59:59.999999+00'', ''zoned'''))
FROM unnest(ARRAY['tenant_adoption_rate(1, W)', 'tenant_subtree_last_used(1, W)',
                  'tenant_dashboard(1, W)', 'tenant_dashboard_for(NULL, W)', 'tenant_adoption_rates(1, W)',
                  'tenant_subtree_costs(1, W)', 'tenant_tree_json(1, W)']) AS call;
SELECT * FROM tenant_metrics.explain(1, '2024-01-01', '2024-01-01', 'zoned') \gset e_
\echo :e_engine
SELECT expect_error($$SELECT tenant_metrics.explain(1, '2024-01-02', '2024-01-01', 'zoned')$$);

-- The source's time zone decides what a naive time means, the session's never does.
-- In Berlin clocks were set from 02:00 to 03:00 on 2024-03-31, and from 03:00 to 02:00 on 2024-10-27.
CREATE TABLE berlin (tenant_id int, feature_name text, inference_cost int, created_at timestamp);
INSERT INTO berlin
SELECT 1, 'hour', 1, day + hour * interval '30 minutes'
FROM unnest(ARRAY['2024-03-31'::timestamp, '2024-10-27', '2024-06-01']) AS day, generate_series(0, 47) AS hour;
CREATE INDEX ON berlin (created_at);
CREATE TABLE days AS SELECT tenant_id, feature_name, inference_cost, created_at::date AS created_at FROM berlin;
SELECT tenant_metrics.setup('tenants', 'berlin', 'berlin', time_zone => 'Europe/Berlin'),
       tenant_metrics.setup('tenants', 'days', 'days', time_zone => 'Europe/Berlin');
CREATE VIEW hours AS
SELECT h AS since, h + interval '1 hour' AS until
FROM generate_series('2024-03-30 20:00+00'::timestamptz, '2024-04-01', '1 hour') AS h
UNION ALL
SELECT h, h + interval '1 hour'
FROM generate_series('2024-10-26 20:00+00'::timestamptz, '2024-10-28', '1 hour') AS h;
SELECT since, tenant_events(1, since, until, 'berlin'), plain
FROM hours, LATERAL (SELECT count(*) FROM berlin WHERE created_at AT TIME ZONE 'Europe/Berlin' >= since
                     AND created_at AT TIME ZONE 'Europe/Berlin' < until) AS p (plain)
WHERE plain <> 2 OR tenant_events(1, since, until, 'berlin') <> 2 ORDER BY since;
SELECT tenant_last_used(1, NULL, '2024-03-31 02:30+00', 'berlin') AS spring,
       tenant_last_used(1, NULL, '2024-10-27 02:30+00', 'berlin') AS autumn,
       tenant_last_used(1, source => 'days') AS midnight_in_berlin;
SELECT tenant_events(1, '2024-05-31 22:00+00', '2024-05-31 22:00:00.000001+00', 'days') AS at_midnight,
       tenant_events(1, '2024-05-31 22:00:00.000001+00', '2024-10-26 22:00+00', 'days') AS later,
       tenant_events(1, '2024-10-26 22:00+00', NULL, 'days') AS in_october;
CREATE TABLE answers AS
SELECT d::text FROM tenant_dashboard(NULL, '2024-03-31 00:30+00', '2024-10-27 00:30+00', 'berlin') AS d
UNION ALL
SELECT d::text FROM tenant_dashboard(NULL, '2024-03-31 00:30+00', '2024-10-27 00:30+00', 'days') AS d;
SET TimeZone = 'Pacific/Auckland';
SELECT tenant_last_used(1, NULL, '2024-03-31 02:30+00', 'berlin') AT TIME ZONE 'UTC' AS spring,
       tenant_events(1, '2024-06-01 00:00+02', '2024-06-02 00:00+02', 'berlin') AS june;
SET TimeZone = 'UTC';
SET tenant_metrics.engine = 'portable';
SELECT d::text FROM tenant_dashboard(NULL, '2024-03-31 00:30+00', '2024-10-27 00:30+00', 'berlin') AS d
UNION ALL
SELECT d::text FROM tenant_dashboard(NULL, '2024-03-31 00:30+00', '2024-10-27 00:30+00', 'days') AS d
EXCEPT SELECT * FROM answers;
RESET tenant_metrics.engine;

SELECT tenant_metrics.teardown(source) FROM tenant_metrics.status();
DROP SCHEMA windows CASCADE;
