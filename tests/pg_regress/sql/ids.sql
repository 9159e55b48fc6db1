-- Ids of every type: which twin serves which source, text conversions, ranges, byte order and blanks.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE SCHEMA ids;
SET search_path = ids, public;

-- Sources with ids of all six types. Text ids follow each other in byte order, not in a language's.
CREATE TABLE t2 (id smallint PRIMARY KEY, parent_id smallint);
CREATE TABLE t4 (id int PRIMARY KEY, parent_id bigint);
CREATE TABLE t8 (id bigint PRIMARY KEY, parent_id int);
CREATE TABLE tu (id uuid PRIMARY KEY, parent_id uuid);
CREATE TABLE tt (id text PRIMARY KEY, parent_id text);
CREATE TABLE tv (id varchar(40) PRIMARY KEY, parent_id text);
INSERT INTO t2 VALUES (1, NULL), (32767, 1), (-32768, 1);
INSERT INTO t4 VALUES (1, NULL), (2147483647, 1), (-2147483648, 1), (7, 9223372036854775807);
INSERT INTO t8 VALUES (1, NULL), (9223372036854775807, 1), (-9223372036854775808, 1);
INSERT INTO tu VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', NULL),
    ('00000000-0000-0000-0000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    ('0123ABCD-0123-4567-89ab-cdef01234567', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
INSERT INTO tt VALUES ('root', NULL), ('a', 'root'), ('B', 'root'), ('é', 'root'), ('', 'root'), (' a', 'root'),
    ('ab', 'root'), ('日本', 'a'), ('Z"''\', 'a');
INSERT INTO tv SELECT * FROM tt;
CREATE TABLE u8 (tenant_id bigint, feature_name varchar(20), inference_cost int, created_at date);
CREATE TABLE u4 (tenant_id int, feature_name text, inference_cost real, created_at timestamptz);
CREATE TABLE uu (tenant_id uuid, feature_name text, inference_cost numeric, created_at timestamptz);
CREATE TABLE ut (tenant_id varchar, feature_name text, inference_cost bigint, created_at timestamptz);
INSERT INTO u8 SELECT id, 'x', 2, date '2024-01-01' FROM t8 UNION ALL SELECT id, 'y', 3, '2024-01-02' FROM t4;
INSERT INTO u4 SELECT id, 'x', 0.1, timestamptz '2024-01-01' FROM t4 UNION ALL SELECT id, 'y', 0.2, '2024-01-02' FROM t2;
INSERT INTO uu SELECT id, 'x', 1.50, '2024-01-01' FROM tu;
INSERT INTO ut SELECT id, 'x', 5, '2024-01-01' FROM tt;
SELECT name, tenant_metrics.setup(tenants, usage, name)
FROM (VALUES ('i2', 't2'::regclass, 'u4'::regclass), ('i4', 't4', 'u8'), ('i8', 't8', 'u4'), ('u', 'tu', 'uu'),
             ('t', 'tt', 'ut'), ('v', 'tv', 'ut')) AS sources (name, tenants, usage);

-- Integers of different widths in the two tables and in the two columns go together.
SELECT tenant_id, parent_id, tree_status, events, cost, subtree_cost FROM tenant_dashboard(source => 'i2');
SELECT tenant_id, parent_id, tree_status, events, cost, subtree_cost FROM tenant_dashboard(source => 'i4');
SELECT tenant_id, parent_id, tree_status, events, cost, subtree_cost FROM tenant_dashboard(source => 'i8');
SELECT tenant_id, parent_id, subtree_cost FROM tenant_dashboard_uuid(source => 'u');
SELECT tenant_id, parent_id, subtree_cost FROM tenant_dashboard_text(source => 't');
SELECT d::text FROM tenant_dashboard_text(source => 't') AS d EXCEPT SELECT d::text FROM tenant_dashboard_text(source => 'v') AS d;
SELECT array_agg(t.id ORDER BY id COLLATE "C") = array_agg(d.tenant_id ORDER BY d.n) AS bytewise
FROM tt AS t JOIN (SELECT tenant_id, row_number() OVER () AS n FROM tenant_descendants_text('root', 1, 't')) AS d
  ON t.id = d.tenant_id;

-- The sums of the sources, in plain SQL.
SELECT tenant_subtree_cost(1, source => 'i2') = (SELECT sum(inference_cost::numeric) FROM u4 JOIN t2 ON id = tenant_id) AS i2,
       tenant_subtree_cost(1, source => 'i4') = (SELECT sum(inference_cost) FROM u8 JOIN t4 ON id = tenant_id WHERE id <> 7) AS i4,
       tenant_subtree_cost(1, source => 'i8') = (SELECT sum(inference_cost::numeric) FROM u4 JOIN t8 ON id = tenant_id) AS i8,
       tenant_subtree_cost_uuid('ffffffff-ffff-ffff-ffff-ffffffffffff', source => 'u') = (SELECT sum(inference_cost) FROM uu) AS u,
       tenant_subtree_cost_text('root', source => 't') = (SELECT sum(inference_cost) FROM ut) AS t;

-- An id beyond the column's range is no tenant's.
SELECT tenant_cost(32768, source => 'i2'), tenant_depth(-2147483649, 'i4'), tenant_subtree_cost(2147483648, source => 'i4'),
       tenant_cost(9223372036854775807, source => 'i4'), tenant_cost(9223372036854775807, source => 'i8');
SELECT tenant_id FROM tenant_dashboard_for(ARRAY[99999999999, 1, -2147483648], source => 'i4');

-- The wrong twin names the right one.
SELECT expect_error($$SELECT tenant_cost(1, source => 'u')$$);
SELECT expect_error($$SELECT tenant_dashboard_for('{1}', source => 't')$$);
SELECT expect_error($$SELECT tenant_path_uuid(gen_random_uuid(), 'i2')$$);
SELECT expect_error($$SELECT tenant_tree_json_uuid(source => 'v')$$);
SELECT expect_error($$SELECT * FROM tenant_descendants(NULL, source => 'u')$$);
SELECT expect_error($$SELECT * FROM tenant_metrics.explain(source => 'u')$$);
SELECT expect_error('SELECT * FROM tenant_metrics.dashboard');

-- Texts become ids as the type's own input would read them.
SELECT text, tenant_cost_text(text, source => 'i8'), text::bigint AS "as PostgreSQL reads it"
FROM unnest(ARRAY['1', ' 1 ', '+1', '-9223372036854775808', '0001', E'\t1\n', '9223372036854775807']) AS text;
SELECT text, tenant_cost_text(text, source => 'u'), text::uuid AS "as PostgreSQL reads it"
FROM unnest(ARRAY['0123abcd-0123-4567-89ab-cdef01234567', '0123ABCD0123456789ABCDEF01234567',
                  '{0123abcd-0123-4567-89ab-cdef01234567}', '0123-abcd-0123-4567-89ab-cdef-0123-4567']) AS text;
SELECT text, error AS "error of the reader", (SELECT * FROM expect_error(format('SELECT %L::int8', text)) LIMIT 1) AS "of the type"
FROM unnest(ARRAY['', ' ', 'x', '1.0', '1e3', '--1', '+', '1 2', '9223372036854775808', '-9223372036854775809']) AS text,
     LATERAL expect_error(format('SELECT tenant_cost_text(%L, source => ''i8'')', text)) AS error;
SELECT text, error AS "error of the reader", (SELECT * FROM expect_error(format('SELECT %L::uuid', text)) LIMIT 1) AS "of the type"
FROM unnest(ARRAY['', 'root', '0123abcd-0123-4567-89ab-cdef0123456', '0123abcd-0123-4567-89ab-cdef012345678',
                  '{0123abcd-0123-4567-89ab-cdef01234567', '0-123abcd-0123-4567-89ab-cdef01234567', 'é']) AS text,
     LATERAL expect_error(format('SELECT tenant_cost_text(%L, source => ''u'')', text)) AS error;
SELECT expect_error($$SELECT * FROM tenant_dashboard_for_text('{1,two}', source => 'i4')$$);
SELECT expect_error($$SELECT tenant_is_descendant_text('1', 'x', 'i4')$$);
SELECT tenant_cost_text('2147483648', source => 'i4') AS beyond_integer, tenant_depth_text('root ', 't') AS other_text;

-- Text and JSON answers give ids back as the type prints them.
SELECT tenant_root_text('0123ABCD0123456789ABCDEF01234567', 'u'), tenant_path_text(' 7', 'i4'),
       tenant_path_text('日本', 't'), tenant_path_uuid('0123ABCD0123456789ABCDEF01234567', 'u');
SELECT node ->> 'id' AS id, jsonb_typeof(node -> 'id') AS type
FROM unnest(ARRAY[tenant_tree_json(-32768, source => 'i2'), tenant_tree_json_text('-32768', source => 'i2'),
                  tenant_tree_json(9223372036854775807, source => 'i8'),
                  tenant_tree_json_uuid('0123ABCD0123456789ABCDEF01234567', source => 'u'),
                  tenant_tree_json_text('Z"''\', source => 't'), tenant_tree_json_text('', source => 't')]) AS node;

-- Parameters of any kind of integer, and untyped ones, find the one function of the name.
PREPARE untyped AS SELECT tenant_cost($1, source => 'i4');
EXECUTE untyped(1);
PREPARE typed (smallint) AS SELECT tenant_cost($1, source => 'i4');
EXECUTE typed(1);
SELECT tenant_cost('1', source => 'i4') AS literal, tenant_cost_uuid('00000000-0000-0000-0000-000000000001', source => 'u');
SELECT tenant_dashboard_for(ARRAY[]::bigint[], source => 'i4');
SELECT tenant_id FROM tenant_dashboard_for('{{1,7},{2147483647,1}}', source => 'i4');
SELECT tenant_id FROM tenant_dashboard_for('[5:6]={7,1}', source => 'i4');
SELECT tenant_id FROM tenant_dashboard_for_text(ARRAY['日本', NULL, 'none', 'é'], source => 't');

-- A char(n) id is the text without the blanks at its end, as id::text is; a text or varchar keeps its own.
CREATE TABLE tc (id char(6) PRIMARY KEY, parent_id char(9));
CREATE TABLE tct (id char(6) PRIMARY KEY, parent_id text);
CREATE TABLE tb (id text PRIMARY KEY, parent_id char(6));
INSERT INTO tc SELECT * FROM tt;
INSERT INTO tct SELECT * FROM tt UNION ALL SELECT 'blank', 'root ';
INSERT INTO tb SELECT * FROM tt UNION ALL SELECT 'a ', 'root';
CREATE TABLE uc (tenant_id char(7), feature_name text, inference_cost int, created_at timestamptz);
CREATE TABLE ub (tenant_id text, feature_name text, inference_cost int, created_at timestamptz);
INSERT INTO ub SELECT id || blanks, 'x', n, '2024-01-01'
FROM tt, (VALUES ('', 1), (' ', 10), ('  ', 100)) AS suffixes (blanks, n);
INSERT INTO uc TABLE ub;
CREATE INDEX ON uc (tenant_id);
CREATE INDEX ON ub (tenant_id);
SELECT name, tenant_metrics.setup(tenants, usage, name)
FROM (VALUES ('cc', 'tc'::regclass, 'uc'::regclass), ('cb', 'tct', 'ub'), ('bc', 'tb', 'uc'), ('ct', 'tc', 'ut')) AS sources (name, tenants, usage);
SELECT tenant_id || '|' AS tenant_id, parent_id || '|' AS parent_id, tree_status, events, cost, subtree_cost FROM tenant_dashboard_text(source => 'cc');
SELECT tenant_id || '|' AS tenant_id, parent_id || '|' AS parent_id, tree_status, events, cost, subtree_cost FROM tenant_dashboard_text(source => 'cb');
SELECT tenant_id || '|' AS tenant_id, parent_id || '|' AS parent_id, tree_status, events, cost, subtree_cost FROM tenant_dashboard_text(source => 'bc');
SELECT d::text FROM tenant_dashboard_text(source => 't') AS d EXCEPT SELECT d::text FROM tenant_dashboard_text(source => 'ct') AS d;
-- As in plain SQL, in each way.
CREATE FUNCTION own(source text, setting text, value text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    tenants regclass := (SELECT s.tenants FROM tenant_metrics.status() AS s WHERE s.source = $1);
    usage regclass := (SELECT s.usage FROM tenant_metrics.status() AS s WHERE s.source = $1);
    wrong bigint;
BEGIN
    PERFORM set_config(setting, value, true);
    EXECUTE format('SELECT count(*) FROM (SELECT t.id::text, count(u.*), coalesce(sum(inference_cost), 0) AS cost FROM %s AS t
        LEFT JOIN %s AS u ON u.tenant_id::text = t.id::text GROUP BY 1) AS plain (id, events, cost)
        FULL JOIN tenant_dashboard_text(source => $1) AS d ON d.tenant_id = plain.id
        WHERE (d.events, d.cost, tenant_cost_text(id, source => $1), (SELECT o.cost FROM tenant_dashboard_for_text(ARRAY[id], source => $1) AS o))
              IS DISTINCT FROM (plain.events, plain.cost, plain.cost, plain.cost)', tenants, usage) INTO wrong USING source;
    RETURN wrong;
END $$;
SELECT source, setting, value, own(source, setting, value) AS wrong
FROM unnest(ARRAY['cc', 'cb', 'bc', 'ct']) AS source,
     (VALUES ('tenant_metrics.engine', 'aggregate'), ('tenant_metrics.engine', 'portable'), ('tenant_metrics.enable_usage_scan', 'off'),
             ('tenant_metrics.cache_limit', '0'), ('enable_seqscan', 'off')) AS settings (setting, value);
-- A tenant whose id no char(n) can have has no children and no events, also where these are looked up.
CREATE INDEX ON tb (parent_id);
INSERT INTO tb SELECT 'leaf ' || n, 'B' FROM generate_series(1, 3000) AS n;
ANALYZE tb, uc;
SELECT tenant_subtree_cost_text('a ', source => 'bc') AS nothing;
SELECT tenant_subtree_events_text('a', source => 'bc') AS nine;
SET seq_page_cost = 100000;
SELECT id || '|' AS id, tenant_subtree_cost_text(id, source => 'bc'), tenant_height_text(id, 'bc'), tenant_events_text(id, source => 'bc'),
       (SELECT count(*) FROM tenant_descendants_text(id, source => 'bc')) AS descendants,
       (SELECT subtree_events FROM tenant_dashboard_for_text(ARRAY[id], source => 'bc')),
       (SELECT array_agg(tenant_id ORDER BY tenant_id COLLATE "C") FROM tenant_dashboard_text(id, source => 'bc'))
FROM unnest(ARRAY['a', 'a ']) AS id;
SELECT tenant_id, subtree_events FROM tenant_dashboard_for_text(ARRAY['a ', 'B', 'a'], source => 'bc');
RESET seq_page_cost;
-- A text becomes a char(n) id as any does, with blanks at its end or without; what a reader shows has none.
SELECT text || '|' AS text, tenant_cost_text(text, source => 'cc') AS char, tenant_cost_text(text, source => 't') AS text,
       (SELECT sum(inference_cost) FROM uc WHERE tenant_id = text::char(9)) AS plain,
       tenant_root_text(text, 'cc') || '|' AS root, tenant_path_text(text, 'cc') AS path
FROM unnest(ARRAY['a', 'a   ', 'a                 ', ' a', '', '   ', E'a\t', 'abcdefghij']) AS text;
SELECT tenant_id, events FROM tenant_dashboard_for_text(ARRAY['a ', 'a', 'ab  ', 'none '], source => 'cc');
SELECT tenant_is_descendant_text('a ', 'root  ', 'cc') AS below, tenant_tree_json_text('a  ', source => 'cc') ->> 'id' || '|' AS id;
SELECT tenant_id, cost FROM tenant_dashboard_text(source => 'cc') WHERE tenant_id = 'a';
SELECT tenant_id, cost FROM tenant_dashboard_text(source => 'cc') WHERE tenant_id IN ('a ', 'ab', 'ab ');
SELECT expect_error($$SELECT tenant_cost(1, source => 'cc')$$);
SELECT * FROM tenant_metrics.integrity('cb', '{orphan,unattributed_usage}');
SELECT tenant_metrics.usage_state(id::char(3), 'f'::text, 1, now()) = tenant_metrics.usage_state(id::char(8), 'f'::text, 1, now()) AS widths,
       tenant_metrics.usage_state(id::char(3), 'f'::text, 1, now()) = tenant_metrics.usage_state(id, 'f'::text, 1, now()) AS text,
       tenant_metrics.usage_state(id || '  ', 'f'::text, 1, now()) = tenant_metrics.usage_state(id, 'f'::text, 1, now()) AS blanks
FROM (VALUES ('a')) AS ids (id);

-- Other types are refused, and domains over them.
CREATE DOMAIN tenant_number AS numeric;
CREATE TABLE other (id numeric PRIMARY KEY, parent_id numeric, c char(3) UNIQUE, d date UNIQUE, i int UNIQUE, n tenant_number UNIQUE, b name UNIQUE);
SELECT expect_error($$SELECT tenant_metrics.setup('other', 'u4', 'x')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('other', 'u4', 'x', tenant_id => 'n')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('other', 'u4', 'x', tenant_id => 'b')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('other', 'ut', 'x', tenant_id => 'c', parent_id => 'i')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('other', 'ut', 'x', tenant_id => 'i', parent_id => 'd')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('tu', 'ut', 'x')$$);
SELECT expect_error($$SELECT tenant_metrics.setup('other', 'ut', 'x', tenant_id => 'i', parent_id => 'i')$$);

-- Texts that are equal where their bytes are not are refused, and the hint says how to make others of them.
CREATE EXTENSION citext SCHEMA ids;
CREATE DOMAIN email AS citext;
CREATE TABLE folded ("Id" citext PRIMARY KEY, "Parent" email);
CREATE TABLE folded_usage (tenant_id email, "Feature" citext, inference_cost int, created_at timestamptz);
INSERT INTO folded VALUES ('Root', NULL), ('A', 'ROOT');
INSERT INTO folded_usage VALUES ('a', 'Chat', 1, '2024-01-01'), ('A', 'chat', 2, '2024-01-01');
SELECT expect_error($$SELECT tenant_metrics.setup('folded', 'folded_usage', 'x', 'Id', 'Parent')$$);
ALTER TABLE folded ADD id text GENERATED ALWAYS AS (lower("Id")::text) STORED UNIQUE;
SELECT expect_error($$SELECT tenant_metrics.setup('folded', 'folded_usage', 'x', 'id', 'Parent')$$);
ALTER TABLE folded ADD parent_id text GENERATED ALWAYS AS (lower("Parent")::text) STORED;
SELECT expect_error($$SELECT tenant_metrics.setup('folded', 'folded_usage', 'x', usage_feature => 'Feature')$$);
CREATE VIEW folded_view AS SELECT lower(tenant_id)::text AS tenant_id, "Feature", inference_cost, created_at FROM folded_usage;
SELECT expect_error($$SELECT tenant_metrics.setup('folded', 'folded_view', 'x', usage_feature => 'Feature')$$);
CREATE OR REPLACE VIEW folded_view AS
SELECT lower(tenant_id)::text AS tenant_id, "Feature", inference_cost, created_at, lower("Feature")::text AS feature_name FROM folded_usage;
SELECT expect_error($$SELECT tenant_metrics.setup('folded', 'folded_view', 'x', feature_table => 'folded_usage', feature_column => 'Feature')$$);
SELECT tenant_metrics.setup('folded', 'folded_view', 'x');
SELECT tenant_id, parent_id, events, features_used, subtree_cost FROM tenant_dashboard_text(source => 'x');
-- So are those of a collation that is not deterministic; one that passes for such serves where PostgreSQL has no ICU.
CREATE COLLATION folding (provider = libc, locale = 'C');
CREATE DOMAIN folding AS text COLLATE folding;
CREATE TABLE collated ("Id" text COLLATE folding PRIMARY KEY, parent_id folding);
CREATE TABLE collated_usage ("Tenant" char(5) COLLATE folding, feature_name folding, inference_cost int, created_at timestamptz);
INSERT INTO collated VALUES ('Root', NULL), ('A', 'ROOT');
INSERT INTO collated_usage VALUES ('a', 'Chat', 1, '2024-01-01'), ('A', 'chat', 2, '2024-01-01');
UPDATE pg_collation SET collisdeterministic = false WHERE collname = 'folding' AND collnamespace = 'ids'::regnamespace;
SELECT expect_error($$SELECT tenant_metrics.setup('collated', 'collated_usage', 'y', 'Id', usage_tenant => 'Tenant')$$);
ALTER TABLE collated ADD id text COLLATE "C" GENERATED ALWAYS AS (lower("Id") COLLATE "C") STORED UNIQUE;
SELECT expect_error($$SELECT tenant_metrics.setup('collated', 'collated_usage', 'y', usage_tenant => 'Tenant')$$);
ALTER TABLE collated ADD parent text COLLATE "C" GENERATED ALWAYS AS (lower(parent_id) COLLATE "C") STORED;
SELECT expect_error($$SELECT tenant_metrics.setup('collated', 'collated_usage', 'y', parent_id => 'parent', usage_tenant => 'Tenant')$$);
CREATE VIEW collated_view AS SELECT lower("Tenant") COLLATE "C" AS tenant_id, feature_name, inference_cost, created_at FROM collated_usage;
-- Features are compared byte for byte whatever their collation is.
SELECT tenant_metrics.setup('collated', 'collated_view', 'y', parent_id => 'parent');
SELECT tenant_id, parent_id, events, features_used, subtree_cost FROM tenant_dashboard_text(source => 'y');
SET tenant_metrics.engine = 'portable';
SELECT tenant_id, parent_id, events, features_used, subtree_cost FROM tenant_dashboard_text(source => 'y');
RESET tenant_metrics.engine;
-- The tables of the built-in source are no exception, wherever the extension's schema is.
CREATE TABLE tenants (id citext PRIMARY KEY, parent_id citext);
CREATE TABLE ai_feature_usage (tenant_id text, feature_name text, inference_cost int, created_at timestamptz);
CREATE SCHEMA elsewhere;
ALTER EXTENSION citext SET SCHEMA elsewhere;
SELECT expect_error($$SELECT tenant_cost_text('a')$$);
DROP TABLE tenants, ai_feature_usage;

SELECT count(*) FILTER (WHERE tenant_metrics.teardown(source) IS NULL) AS torn_down FROM tenant_metrics.status();
DROP SCHEMA ids, elsewhere CASCADE;
