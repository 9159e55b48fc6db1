-- Summaries of dimensions that are enums: a label that gets another name changes what rows say.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
CREATE SCHEMA labelled;
SET search_path = labelled, public;
CREATE TYPE size AS ENUM ('small', 'large');
CREATE DOMAIN some_size AS size;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants SELECT n, nullif(n / 2, 0) FROM generate_series(1, 5) AS n;
CREATE TABLE usage (tenant_id int, feature text, size size, other some_size, cost numeric);
INSERT INTO usage SELECT 1 + n % 5, 'f', CASE WHEN n % 3 > 0 THEN enum_first(NULL::size) WHEN n % 2 > 0 THEN enum_last(NULL::size) END, 'large', n
FROM generate_series(1, 100) AS n;
SELECT tenant_metrics.setup('tenants', 'usage', 'labelled', usage_feature => 'feature', usage_cost => 'cost', usage_time => NULL,
    dimensions => '{size,other}');
SET tenant_metrics.engine = summaries;
CREATE VIEW state AS
SELECT s.summaries, e.engine
FROM tenant_metrics.status() AS s, tenant_metrics.explain(source => 'labelled') AS e WHERE s.source = 'labelled';
CREATE VIEW sizes AS
SELECT b.size, b.events, u.events AS in_sql
FROM (
    SELECT feature AS size, sum(events) AS events
    FROM tenant_feature_matrix(source => 'labelled', dimension => 'size') GROUP BY feature) AS b
FULL JOIN (SELECT size::text, count(*) AS events FROM usage GROUP BY size) AS u ON coalesce(u.size, 'none') = coalesce(b.size, 'none');

CALL tenant_metrics.enable_summaries('labelled');
SELECT * FROM state;
INSERT INTO usage VALUES (1, 'f', 'large', 'small', 1000);
SELECT * FROM sizes ORDER BY size;
-- Another label changes no row that there is.
ALTER TYPE size ADD VALUE 'medium' BEFORE 'large';
INSERT INTO usage VALUES (1, 'f', 'medium', 'medium', 1000);
SELECT * FROM state;
SELECT * FROM sizes ORDER BY size;
-- Another name changes many.
BEGIN;
ALTER TYPE size RENAME VALUE 'small' TO 'tiny';
SELECT * FROM state;
SELECT * FROM sizes ORDER BY size;
CALL tenant_metrics.rebuild('labelled');
SELECT * FROM tenant_metrics.verify('labelled');
SELECT * FROM state;
SELECT * FROM sizes ORDER BY size;
ROLLBACK;
SELECT * FROM state;
-- Two that change places.
BEGIN;
ALTER TYPE size RENAME VALUE 'small' TO 'other';
ALTER TYPE size RENAME VALUE 'large' TO 'small';
ALTER TYPE size RENAME VALUE 'other' TO 'large';
SELECT * FROM state;
SELECT * FROM sizes ORDER BY size;
ROLLBACK;
-- One that has its name back, but had another while rows were written.
ALTER TYPE size RENAME VALUE 'small' TO 'tiny';
INSERT INTO usage VALUES (1, 'f', 'tiny', 'tiny', 1000);
ALTER TYPE size RENAME VALUE 'tiny' TO 'small';
SELECT summaries FROM state;
BEGIN;
SELECT * FROM sizes ORDER BY size;
CALL tenant_metrics.repair('labelled');
SELECT * FROM tenant_metrics.verify('labelled');
SELECT * FROM state;
SELECT * FROM sizes ORDER BY size;
ROLLBACK;
CALL tenant_metrics.rebuild('labelled');
SELECT * FROM tenant_metrics.verify('labelled');
SELECT * FROM state;
SELECT * FROM sizes ORDER BY size;
-- No event trigger has to tell.
SET client_min_messages = error;
ALTER EVENT TRIGGER tenant_metrics_note_changes DISABLE;
ALTER TYPE size RENAME VALUE 'small' TO 'tiny';
SELECT * FROM state;
ALTER EVENT TRIGGER tenant_metrics_note_changes ENABLE ALWAYS;

SELECT tenant_metrics.teardown('labelled');
DROP SCHEMA labelled CASCADE;
