-- Columns whose types are domains: whatever is asked, the answers are those over the types that the domains are over.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
LOAD 'tenant_metrics';
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA domains;
SET search_path = domains, public;

-- For each type of an id two pairs of tables with the same rows: of plain types, and of domains over these, one of them over
-- another domain.
CREATE TABLE kinds (name text PRIMARY KEY, id text, key text, feature text, cost text, at text, zone text);
INSERT INTO kinds VALUES
    ('i2', 'smallint', '%s', 'text', 'smallint', 'timestamptz', 'UTC'),
    ('i4', 'int', '%s', 'varchar(30)', 'int', 'timestamp', 'UTC'),
    ('i8', 'bigint', '%s', 'text', 'bigint', 'timestamp', 'Europe/Berlin'),
    ('u', 'uuid', '00000000-0000-0000-0000-%12s', 'varchar', 'real', 'date', 'UTC'),
    ('t', 'text', 't%sé', 'text', 'float8', 'date', 'America/New_York'),
    ('v', 'varchar(40)', 't%sé', 'text', 'numeric(12, 4)', 'timestamptz', 'UTC'),
    ('c', 'char(12)', 't%sé', 'text', 'float8', 'date', 'America/New_York');
CREATE FUNCTION make(kind kinds) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text;
    types text[] := ARRAY[kind.id, kind.id, kind.id, kind.feature, kind.cost, kind.at];
    domain text;
BEGIN
    FOREACH suffix IN ARRAY '{plain,domain}'::text[] LOOP
        IF suffix = 'domain' THEN
            EXECUTE format('CREATE DOMAIN %s_below AS %s', kind.name, kind.id);
            FOR n IN 1..6 LOOP
                domain := format('%s_%s', kind.name, n);
                EXECUTE format('CREATE DOMAIN %s AS %s CHECK (VALUE::text <> ''x'')', domain,
                               CASE n WHEN 3 THEN kind.name || '_below' ELSE types[n] END);
                types[n] := domain;
            END LOOP;
        END IF;
        EXECUTE format('CREATE TABLE %s_tenants_%s (id %s PRIMARY KEY, parent_id %s)', kind.name, suffix, types[1], types[2]);
        EXECUTE format('CREATE TABLE %s_usage_%s (tenant_id %s, feature_name %s, inference_cost %s, created_at %s)',
                       kind.name, suffix, types[3], types[4], types[5], types[6]);
        EXECUTE format('INSERT INTO %s_tenants_%s SELECT k.id::%s, nullif(p.id, %L)::%s FROM generate_series(1, 60) AS n,
                        replace(format(%L, n), '' '', ''0'') AS k (id), replace(format(%L, n / 3), '' '', ''0'') AS p (id)',
                       kind.name, suffix, types[1], replace(format(kind.key, 0), ' ', '0'), types[2], kind.key, kind.key);
        EXECUTE format('INSERT INTO %s_usage_%s SELECT nullif(k.id, %L)::%s, nullif(''f'' || n %% 11, ''f10''), nullif(n %% 7, 6),
                        timestamptz ''2024-03-29 00:00'' + n * interval ''47 minutes''
                        FROM generate_series(1, 1000) AS n, replace(format(%L, n %% 70), '' '', ''0'') AS k (id)',
                       kind.name, suffix, replace(format(kind.key, 0), ' ', '0'), types[3], kind.key);
        EXECUTE format('CREATE INDEX ON %s_tenants_%s (parent_id)', kind.name, suffix);
        EXECUTE format('CREATE INDEX ON %s_usage_%s (tenant_id)', kind.name, suffix);
        EXECUTE format('ANALYZE %1$s_tenants_%2$s, %1$s_usage_%2$s', kind.name, suffix);
        PERFORM tenant_metrics.setup(format('%s_tenants_%s', kind.name, suffix)::regclass,
            format('%s_usage_%s', kind.name, suffix)::regclass, format('%s %s', kind.name, suffix), time_zone => kind.zone);
    END LOOP;
END $$;
SELECT name, make(kinds) FROM kinds;
SELECT source, healthy, missing_indexes FROM tenant_metrics.status() WHERE NOT healthy OR missing_indexes IS NOT NULL;

-- What the readers of all families say of a source.
CREATE FUNCTION answers(source text) RETURNS TABLE (reader text, answer text) LANGUAGE sql AS $$
    WITH asked AS MATERIALIZED (SELECT array_agg(tenant_id) AS ids, min(tenant_id) AS root FROM tenant_dashboard_text(source => $1)),
    bounds (since, until) AS (VALUES (timestamptz '2024-04-10', timestamptz '2024-05-10'))
    SELECT 'dashboard', d::text FROM tenant_dashboard_text(source => $1) AS d
    UNION ALL SELECT 'window', d::text FROM bounds, tenant_dashboard_text(NULL, since, until, $1) AS d
    UNION ALL SELECT 'below', d::text FROM asked, tenant_dashboard_text(root, source => $1) AS d
    UNION ALL SELECT 'for', d::text FROM asked, tenant_dashboard_for_text(ids[5:8], source => $1) AS d
    UNION ALL SELECT 'rates', d::text FROM tenant_adoption_rates_text(source => $1) AS d
    UNION ALL SELECT 'json', tenant_tree_json_text(root, source => $1)::text FROM asked
    UNION ALL SELECT 'descendants', d::text FROM asked, unnest(ids) AS id, tenant_descendants_text(id, source => $1) AS d
    UNION ALL SELECT 'ancestors', d::text FROM asked, unnest(ids) AS id, tenant_ancestors_text(id, $1) AS d
    UNION ALL SELECT 'scalars', ARRAY[id, tenant_events_text(id, source => $1)::text, tenant_cost_text(id, source => $1)::text,
            tenant_subtree_cost_text(id, since, until, $1)::text, tenant_subtree_features_used_text(id, source => $1)::text,
            tenant_last_used_text(id, source => $1)::text, tenant_root_text(id, $1), tenant_path_text(id, $1)::text]::text
        FROM asked, bounds, unnest(ids) AS id
    UNION ALL SELECT 'series', d::text FROM asked, tenant_usage_series_text(root, bucket => 'month', source => $1) AS d
    UNION ALL SELECT 'series for', d::text FROM asked, tenant_usage_series_for_text(ids, bucket => 'month', source => $1) AS d
    UNION ALL SELECT 'activity', d::text FROM tenant_activity_text(at => '2024-05-01', source => $1) AS d
    UNION ALL SELECT 'breakdown', d::text FROM tenant_feature_breakdown_text(NULL, source => $1) AS d
    UNION ALL SELECT 'matrix', d::text FROM tenant_feature_matrix_text(source => $1) AS d
    UNION ALL SELECT 'adoption', d::text FROM bounds, tenant_feature_adoption_text(NULL, since, until, $1) AS d
    UNION ALL SELECT 'top', d::text FROM bounds, tenant_top_text(9, 'growth', NULL, NULL, since, until, $1) AS d
    UNION ALL SELECT 'compare', d::text FROM bounds, tenant_compare_text(NULL, since, until, $1) AS d
    UNION ALL SELECT 'integrity', d::text FROM tenant_metrics.integrity($1) AS d
$$;
CREATE FUNCTION differences(source text, other text) RETURNS bigint LANGUAGE sql AS $$
    WITH one AS MATERIALIZED (SELECT * FROM answers($1)), two AS MATERIALIZED (SELECT * FROM answers($2))
    SELECT count(*) FROM ((TABLE one EXCEPT ALL TABLE two) UNION ALL (TABLE two EXCEPT ALL TABLE one)) AS d
$$;
SELECT reader, count(*) FROM answers('i4 domain') GROUP BY reader ORDER BY reader;
SELECT name, differences(name || ' plain', name || ' domain') FROM kinds;
SET tenant_metrics.engine = 'portable';
SELECT name, differences(name || ' plain', name || ' domain') FROM kinds;
RESET tenant_metrics.engine;
SET tenant_metrics.enable_usage_scan = off;
SELECT name, differences(name || ' plain', name || ' domain') FROM kinds;
RESET tenant_metrics.enable_usage_scan;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT name, differences(name || ' plain', name || ' domain') FROM kinds;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- A char(n) id is the text that it is cast to.
SELECT differences('c domain', 't plain') AS char_and_text;

-- The dashboard of plain SQL.
SELECT count(*), count(*) FILTER (WHERE d.events = coalesce(u.events, 0) AND d.cost = coalesce(u.cost, 0)) AS same
FROM tenant_dashboard(source => 'i8 domain') AS d LEFT JOIN
    (SELECT tenant_id, count(*) AS events, sum(inference_cost) AS cost FROM i8_usage_domain GROUP BY 1) AS u USING (tenant_id);

-- Domains that an ALTER TABLE puts in place of types, and a constraint that fails for what is stored, are no matter.
CREATE DOMAIN late AS smallint;
ALTER TABLE i2_usage_plain ALTER tenant_id TYPE late, ALTER inference_cost TYPE late;
ALTER DOMAIN late ADD CHECK (VALUE < 0) NOT VALID;
SELECT differences('i2 plain', 'i2 domain');

-- The node that reads usage, with bounds on a time that it compares itself, and look-ups by indexes.
EXPLAIN (COSTS OFF)
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM i4_usage_domain WHERE created_at >= '2024-05-01';
CREATE FUNCTION scans(call text, index regclass) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    before bigint := pg_stat_get_xact_numscans(index);
BEGIN
    EXECUTE call;
    RETURN pg_stat_get_xact_numscans(index) > before;
END $$;
DO $$
DECLARE
    kind kinds;
BEGIN
    FOR kind IN TABLE kinds LOOP
        EXECUTE format('INSERT INTO %1$s_tenants_domain SELECT replace(format(%2$L, n), '' '', ''0'')::%1$s_1,
                        replace(format(%2$L, n / 3), '' '', ''0'')::%1$s_2 FROM generate_series(61, 20000) AS n', kind.name, kind.key);
        EXECUTE format('INSERT INTO %1$s_usage_domain SELECT replace(format(%2$L, n), '' '', ''0'')::%1$s_3, ''f'', 1, ''2024-07-01''
                        FROM generate_series(61, 20000) AS n', kind.name, kind.key);
        EXECUTE format('ANALYZE %1$s_tenants_domain, %1$s_usage_domain', kind.name);
    END LOOP;
END $$;
SELECT name, scans(format('SELECT tenant_cost_text(%L, source => %L)', wanted, name || ' domain'), (name || '_usage_domain_tenant_id_idx')::regclass) AS cost,
       scans(format('SELECT tenant_depth_text(%L, source => %L)', wanted, name || ' domain'), (name || '_tenants_domain_pkey')::regclass) AS depth
FROM kinds, replace(format(key, 19990), ' ', '0') AS wanted;
SELECT name, scans(format('SELECT tenant_subtree_cost_text(%L, source => %L)', wanted, name || ' domain'), (name || '_tenants_domain_parent_id_idx')::regclass) AS subtree
FROM kinds, replace(format(key, 5000), ' ', '0') AS wanted;
SELECT name, scans(format('SELECT * FROM tenant_dashboard_for_text(ARRAY[%L, %L], source => %L)', wanted, other, name || ' domain'), (name || '_usage_domain_tenant_id_idx')::regclass) AS dashboards
FROM kinds, replace(format(key, 5000), ' ', '0') AS wanted, replace(format(key, 6000), ' ', '0') AS other;
SELECT tenant_metrics.setup('c_tenants_domain', 'c_usage_domain', time_zone => 'America/New_York');
EXPLAIN (COSTS OFF) SELECT cost FROM tenant_metrics.dashboard_text WHERE tenant_id = 't19é'::c_1;
SELECT tenant_id, parent_id, events, cost FROM tenant_metrics.dashboard_text WHERE tenant_id = 't19é';
SELECT t.id, d.tenant_id, d.events, d.subtree_cost
FROM c_tenants_domain AS t JOIN tenant_metrics.dashboard_text AS d ON d.tenant_id = t.id WHERE t.id = 't19é   ';
SELECT tenant_metrics.teardown('default');

-- Domains over domains of what the aggregates take, called directly; what they do not take is named as it is declared.
SELECT tenant_metrics.usage_state(id::i4_3, 'f'::i4_4, 1::u_5, now()::i2_6)
     = tenant_metrics.usage_state(id, 'f'::text, 1::float4, now()) AS usage,
       tenant_metrics.feature_state(id::t_3, 'f'::i2_4, 1::v_5, now()::i4_6) IS NOT NULL AS feature,
       tenant_metrics.adoption_state(id::c_3, 'f'::i2_4, now()::i2_6, now()) IS NOT NULL AS adoption
FROM (VALUES (1), (2)) AS events (id);
CREATE DOMAIN number AS numeric;
SELECT expect_error('SELECT tenant_metrics.usage_state(1::number, ''f''::text, 1, now())');

-- A view over a domain, cast to a text or not, is shared as one over the type is.
CREATE VIEW viewed AS SELECT tenant_id::text, feature_name::text, inference_cost, created_at FROM i4_usage_domain;
CREATE TABLE named (id text PRIMARY KEY, parent_id text);
SET client_min_messages = notice;
SELECT tenant_metrics.setup('named', 'viewed', 'viewed');
SET client_min_messages = warning;

-- Messages name the domain.
CREATE DOMAIN moment AS time;
CREATE DOMAIN amount AS money;
CREATE TABLE odd (tenant_id number, feature_name i2_5, inference_cost amount, created_at moment, id int);
SELECT expect_error($$SELECT tenant_metrics.setup('i4_tenants_domain', 'odd', 'odd')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('i4_tenants_domain', 'odd', 'odd', usage_tenant => 'id')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('i4_tenants_domain', 'i4_usage_domain', 'odd', usage_tenant => 'feature_name')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('i4_tenants_domain', 'odd', 'odd', usage_tenant => 'id', usage_feature => 'id')$$);
ALTER TABLE odd ALTER feature_name TYPE i2_4;
SELECT expect_error($$SELECT tenant_metrics.setup('i4_tenants_domain', 'odd', 'odd', usage_tenant => 'id')$$);
ALTER TABLE odd ALTER inference_cost TYPE i2_5 USING 1;
SELECT expect_error($$SELECT tenant_metrics.setup('i4_tenants_domain', 'odd', 'odd', usage_tenant => 'id')$$);

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status();
DROP SCHEMA domains CASCADE;
