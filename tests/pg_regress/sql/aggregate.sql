-- The aggregate under the readers, called directly: it takes what it can count and never harms the server.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA aggregate;
SET search_path = aggregate, public;

CREATE TABLE events (
    i2 smallint, i4 int, i8 bigint, u uuid, t text, v varchar, feature text, f4 real, f8 float8, n numeric,
    at timestamptz, naive timestamp, day date, c char(3), j jsonb, b boolean);
INSERT INTO events SELECT i, i, i, lpad(i::text, 32, '0')::uuid, i, i, 'f' || i % 5, i, i / 3.0, i / 7.0,
    '2024-01-01'::timestamptz + i * interval '1 hour', '2024-01-01', '2024-01-01', 'x', '{}', true FROM generate_series(1, 1000) AS i;
ANALYZE events;

-- The value is opaque and not empty; over no rows it is NULL.
SELECT tenant_metrics.usage_state(i4, feature, f8, at) IS NOT NULL AS state, pg_typeof(tenant_metrics.usage_state(i4, feature, f8, at)) FROM events;
SELECT tenant_metrics.usage_state(i4, feature, f8, at) IS NULL AS empty FROM events WHERE false;
SELECT tenant_metrics.usage_state(NULL::int, NULL::text, NULL::numeric, NULL::timestamptz) IS NOT NULL AS nulls FROM generate_series(1, 3);

-- Every accepted type.
SELECT count(*) FROM (
    SELECT tenant_metrics.usage_state(i2, feature, f4, at), tenant_metrics.usage_state(i4, feature, f8, naive),
           tenant_metrics.usage_state(i8, feature, n, at), tenant_metrics.usage_state(u, feature, i2, at),
           tenant_metrics.usage_state(t, v, i4, at), tenant_metrics.usage_state(v, feature, i8, at),
           tenant_metrics.usage_state(c, feature, f8, at) FROM events) AS s;
-- Other types are errors that name the argument.
SELECT arguments, expect_error(format('SELECT tenant_metrics.usage_state(%s) FROM events', arguments)) FROM unnest(ARRAY[
    'n, feature, f8, at', 'i4, c, f8, at', 'i4, i4, f8, at', 'i4, feature, t, at', 'i4, feature, b, at',
    'i4, feature, f8, day', 'i4, feature, f8, t', 'j, j, j, j', '''1'', feature, f8, at', 'NULL, feature, f8, at', 'i4, NULL, f8, at']) AS arguments;
SELECT expect_error('SELECT tenant_metrics.usage_state(i4, feature, f8) FROM events');
SELECT expect_error('SELECT tenant_metrics.usage_state(*) FROM events');
SELECT expect_error('SELECT tenant_metrics.usage_state(''x'', feature, f8, at) FROM events WHERE false');

-- The state is that of the rows it was given, however they are grouped, filtered, made distinct, ordered or framed.
CREATE FUNCTION fingerprint(state bytea) RETURNS text LANGUAGE sql IMMUTABLE RETURN md5(state);
SELECT i4 % 3 AS "group", tenant_metrics.usage_state(i4, feature, f8, at) IS NOT NULL AS state, count(*) FROM events GROUP BY 1 ORDER BY 1;
SELECT count(DISTINCT state) FROM (SELECT tenant_metrics.usage_state(i4, feature, f8, at) AS state FROM events GROUP BY i4) AS s;
SELECT fingerprint(tenant_metrics.usage_state(i4, feature, f8, at) FILTER (WHERE i4 <= 10))
     = (SELECT fingerprint(tenant_metrics.usage_state(i4, feature, f8, at)) FROM events WHERE i4 <= 10) AS filter,
       tenant_metrics.usage_state(i4, feature, f8, at) FILTER (WHERE false) IS NULL AS filter_none
FROM events;
SELECT fingerprint(tenant_metrics.usage_state(DISTINCT i4, feature, f8, at))
     = (SELECT fingerprint(tenant_metrics.usage_state(i4, feature, f8, at))
         FROM (SELECT DISTINCT i4, feature, f8, at FROM events ORDER BY 1, 2, 3, 4) AS e) AS "distinct"
FROM (TABLE events UNION ALL TABLE events) AS twice;
SELECT tenant_metrics.usage_state(i4, feature, f8, at ORDER BY i4 DESC) IS NOT NULL AS ordered FROM events;
SELECT count(*), count(state), count(DISTINCT state) FROM (
    SELECT tenant_metrics.usage_state(i4, feature, f8, at) OVER (ORDER BY i4 ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS state FROM events WHERE i4 < 50) AS w;
SELECT count(state), count(DISTINCT state) FROM (
    SELECT tenant_metrics.usage_state(i4, feature, f8, at) OVER (ORDER BY i4) AS state FROM events WHERE i4 < 50) AS running;
SELECT "group", count(*) FROM (
    SELECT GROUPING(i4, feature) AS "group", tenant_metrics.usage_state(i4, feature, f8, at) FROM events WHERE i4 <= 10 GROUP BY ROLLUP (feature, i4)) AS r
GROUP BY 1 ORDER BY 1;

-- Parallel plans, with and without work to merge.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- As many workers on every machine.
ALTER TABLE events SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT tenant_metrics.usage_state(i4, feature, f8, at) FROM events;
SELECT tenant_metrics.usage_state(i4, feature, f8, at) IS NOT NULL FROM events;
SELECT tenant_metrics.usage_state(i4, feature, f8, at) IS NULL FROM events WHERE i4 < 0;
SELECT count(*) FROM (SELECT tenant_metrics.usage_state(i4, feature, f8, at) FROM events GROUP BY feature) AS s;
SELECT arguments, expect_error(format('SELECT tenant_metrics.usage_state(%s) FROM events', arguments))
FROM unnest(ARRAY['n, feature, f8, at', 'i4, feature, f8, day']) AS arguments;
SET enable_partitionwise_aggregate = on;
CREATE TABLE parts (LIKE events) PARTITION BY HASH (i4);
CREATE TABLE part_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts TABLE events;
SELECT tenant_metrics.usage_state(i4, feature, f8, at) IS NOT NULL AS state FROM parts;

-- Past the memory limit the state gives up, here and in parallel plans, without an error.
SET tenant_metrics.memory_limit = '64kB';
SELECT tenant_metrics.usage_state(i4, 'f' || i4, f8, at) FROM events;
RESET max_parallel_workers_per_gather;
SET max_parallel_workers_per_gather = 0;
SELECT tenant_metrics.usage_state(i4, 'f' || i4, f8, at) FROM events;
RESET tenant_metrics.memory_limit;

-- A value begins with the version of its format, the number of its aggregate, and whether it counted.
SELECT substr(tenant_metrics.usage_state(i4, feature, f8, at), 1, 3) AS usage,
       substr(tenant_metrics.period_state(i4, feature, f8, at, now()), 1, 3) AS period,
       substr(tenant_metrics.feature_state(i4, feature, f8, at), 1, 3) AS feature,
       substr(tenant_metrics.adoption_state(i4, feature, at, now()), 1, 3) AS adoption,
       substr(tenant_metrics.audit_state(i4, feature, f8, at, now()), 1, 3) AS audit FROM events;

-- The support functions cannot be called, and cannot be made into another aggregate by anyone else.
SELECT call, (SELECT * FROM expect_error('SELECT tenant_metrics.' || call) LIMIT 1) <> 'no error' AS refused FROM unnest(ARRAY[
    'usage_state_final(NULL)', 'usage_state_serialize(''x''::internal)', 'usage_state_deserialize(''\x01ff'', NULL)',
    'usage_state_combine(NULL, NULL)', 'usage_state_transition(NULL, 1, ''a''::text, 1, now())']) AS call;
CREATE ROLE regress_aggregate;
GRANT ALL ON SCHEMA aggregate TO regress_aggregate;
SET ROLE regress_aggregate;
SELECT expect_error($$CREATE AGGREGATE aggregate.mine (bytea, internal) (
    SFUNC = tenant_metrics.usage_state_combine, STYPE = internal, FINALFUNC = tenant_metrics.usage_state_final)$$);
SELECT expect_error($$CREATE AGGREGATE aggregate.mine ("any", "any", "any", "any") (
    SFUNC = tenant_metrics.usage_state_transition, STYPE = internal, FINALFUNC = tenant_metrics.usage_state_final)$$);
RESET ROLE;
DROP OWNED BY regress_aggregate;
DROP ROLE regress_aggregate;

DROP SCHEMA aggregate CASCADE;
