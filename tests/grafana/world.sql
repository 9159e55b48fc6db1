-- What the dashboard is tested with:
--
--   acme (1)
--   ├── eu (2)
--   │   ├── berlin (4)
--   │   │   └── platform (15)
--   │   └── lyon (5), used only before 2026-01-10
--   └── us (3)
--       └── boston (6), used only from 2026-01-20
--   globex (7), a root without children right before another root
--   initech (8)
--   ├── berlin (9), a name that exists twice
--   └── o'hara "quoted" (14), never used
--   stray (10), whose parent 99 does not exist
--   loop a (11) and loop b (12), parents of each other, and tail (13) below them

CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, parent_id int);

INSERT INTO tenants (id, name, parent_id) VALUES
    (1, 'acme', NULL), (2, 'eu', 1), (3, 'us', 1), (4, 'berlin', 2), (5, 'lyon', 2), (6, 'boston', 3),
    (7, 'globex', NULL), (8, 'initech', NULL), (9, 'berlin', 8), (10, 'stray', 99),
    (11, 'loop a', 12), (12, 'loop b', 11), (13, 'tail', 11), (14, 'o''hara "quoted"', 8), (15, 'platform', 4);

CREATE TABLE ai_feature_usage (
    id bigserial PRIMARY KEY,
    tenant_id int NOT NULL,
    feature_name text,
    inference_cost float8 DEFAULT 0.0,
    created_at timestamp DEFAULT now()
);
CREATE INDEX ON tenants (parent_id);
CREATE INDEX ON ai_feature_usage (tenant_id);

-- From December to February: costs that floats cannot add, credits, costs that
-- are no numbers, events without a feature, and usage of a tenant 0 that does not exist.
INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at)
SELECT tenant, feature, cost, at
FROM (
    SELECT i * 7 % 16 AS tenant,
           (ARRAY['chat', 'embed', 'search', 'summary', 'translate', NULL])[1 + i * i % 23 % 6] AS feature,
           CASE WHEN i % 97 = 0 THEN NULL
                WHEN i % 101 = 0 THEN 'NaN'
                WHEN i % 103 = 0 THEN 'Infinity'
                WHEN i % 41 = 0 THEN -0.35
                ELSE (i * 37 % 1000) / 100.0 END::float8 AS cost,
           timestamp '2025-12-01' + i * interval '77 minutes' AS at
    FROM generate_series(1, 1600) AS i
) AS event
WHERE tenant <> 14
  AND (tenant <> 5 OR at < '2026-01-10')
  AND (tenant <> 6 OR at >= '2026-01-20')
  AND (tenant <> 15 OR NOT at BETWEEN '2025-12-10' AND '2026-01-25');

-- What the expected answers are made of. They share nothing with the extension.
CREATE SCHEMA plain;

-- Each tenant with itself and all that can be reached from it by child links.
CREATE VIEW plain.below AS
WITH RECURSIVE below (top, id) AS (
    SELECT id, id FROM tenants
    UNION
    SELECT below.top, t.id FROM below JOIN tenants AS t ON t.parent_id = below.id
)
SELECT top, id FROM below;

-- Tenants on and below cycles.
CREATE VIEW plain.cyclic AS
SELECT DISTINCT b.id
FROM tenants AS t
JOIN plain.below AS loop ON loop.top = t.id AND loop.id = t.parent_id
JOIN plain.below AS b ON b.top = t.id;

-- The tenants of the forest, with the way from their root.
CREATE VIEW plain.forest AS
WITH RECURSIVE forest (id, parent_id, depth, path) AS (
    SELECT t.id, t.parent_id, 0, ARRAY[t.id]
    FROM tenants AS t
    WHERE NOT EXISTS (SELECT FROM tenants AS p WHERE p.id = t.parent_id)
    UNION ALL
    SELECT t.id, t.parent_id, f.depth + 1, f.path || t.id FROM forest AS f JOIN tenants AS t ON t.parent_id = f.id
)
SELECT id, parent_id, depth, path FROM forest;

-- Events of tenants, with a cost where it is a number.
CREATE VIEW plain.event AS
SELECT tenant_id AS tenant, feature_name AS feature,
       CASE WHEN inference_cost < 'Infinity' AND inference_cost > '-Infinity' THEN inference_cost::numeric END AS cost,
       created_at AT TIME ZONE 'UTC' AS at
FROM ai_feature_usage
WHERE tenant_id IN (SELECT id FROM tenants);

CREATE VIEW plain.label AS
SELECT id, CASE WHEN name = 'berlin' THEN 'berlin (' || id || ')' ELSE name END AS label FROM tenants;
