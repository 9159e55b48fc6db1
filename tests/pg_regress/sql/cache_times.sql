-- What is kept is never given to a session that reads times differently: each setting that times depend on.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA cache_times;
SET search_path = cache_times, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
CREATE INDEX ON tenants (parent_id);
CREATE INDEX ON ai_feature_usage (tenant_id);
INSERT INTO tenants SELECT n, NULL FROM generate_series(1, 200) AS n;
INSERT INTO ai_feature_usage SELECT n, 'f', 1, '2024-01-01' FROM generate_series(1, 200) AS n;
ANALYZE tenants, ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_times est', time_zone => 'EST');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_times berlin', time_zone => 'Europe/Berlin');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'cache_times utc', time_zone => 'UTC');
-- The readers beside plain SQL, for each source; a statement of its own, whose answers are kept for the next.
CREATE FUNCTION compared() RETURNS TABLE (zone text, last_used text, readers_agree boolean) LANGUAGE plpgsql AS $$
DECLARE
    source text;
BEGIN
    FOR zone, source IN VALUES ('EST', 'cache_times est'), ('Europe/Berlin', 'cache_times berlin'), ('UTC', 'cache_times utc') LOOP
        last_used := timezone(zone, timestamp '2024-01-01')::text;
        readers_agree := count(*) = 200
            AND bool_and(tenant_last_used(id, source => source) = timezone(zone, timestamp '2024-01-01'))
            AND bool_and(tenant_last_used(id, source => source)::text = last_used)
            AND bool_and(tenant_events(id, '2024-01-01 05:00+00', '2024-01-01 05:00:01+00', source)
                = (timezone(zone, timestamp '2024-01-01') = '2024-01-01 05:00+00')::int)
            AND bool_and((tenant_tree_json(id, source => source)) ->> 'last_used'
                = to_jsonb(timezone(zone, timestamp '2024-01-01')) #>> '{}')
            FROM tenants;
        RETURN NEXT;
    END LOOP;
END $$;

-- timezone_abbreviations: what EST means. Kept under one meaning, asked under the other, in one transaction.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM compared();
SET LOCAL timezone_abbreviations = 'Australia';
SELECT * FROM compared();
SET LOCAL timezone_abbreviations = 'Default';
SELECT * FROM compared();
SAVEPOINT s;
SET LOCAL timezone_abbreviations = 'Australia';
SELECT * FROM compared();
ROLLBACK TO s;
SELECT * FROM compared();
-- The passes were kept wherever they could be.
SELECT last_passes > 0 AS made, last_cached > 100 AS kept FROM tenant_metrics.explain(source => 'cache_times est');
COMMIT;

-- TimeZone: how times are printed, and nothing else.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM compared();
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT * FROM compared();
SET LOCAL TimeZone = 'UTC';
-- DateStyle, IntervalStyle and lc_time: the same.
SET LOCAL DateStyle = 'German, DMY';
SELECT * FROM compared();
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL lc_time = 'POSIX';
SELECT * FROM compared();
COMMIT;

-- A function with settings of its own, in one statement with a kept answer.
CREATE FUNCTION in_australia(id int) RETURNS timestamptz LANGUAGE sql STABLE SET timezone_abbreviations = 'Australia'
    AS $$SELECT tenant_last_used(id, source => 'cache_times est')$$;
SELECT count(DISTINCT here) AS here, count(DISTINCT there) AS there, min(here) AS here_at, min(there) AS there_at
FROM (SELECT tenant_last_used(id, source => 'cache_times est') AS here, in_australia(id) AS there FROM tenants) AS x;

SELECT tenant_metrics.teardown('cache_times ' || name) FROM unnest('{est,berlin,utc}'::text[]) AS name;
SET client_min_messages = warning;
DROP SCHEMA cache_times CASCADE;
