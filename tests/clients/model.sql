-- The data that every client reads; the files in expected/ say what they must get.
--
--   acme (1)
--   ├── acme/europe (2)
--   │   ├── acme/europe/berlin (4)
--   │   └── acme/europe/lyon (5)
--   └── acme/america (3)
--       └── acme/america/boston (6)
--   globex (7)
--   └── globex/labs (8), never used
--   stray (9), whose parent 99 does not exist
--
-- The same forest and the same usage three times: with integer ids for the
-- source 'default', which needs no setup, and with uuid and text ids for
-- sources of their own.

CREATE TABLE tenants (
    id int PRIMARY KEY,
    name text NOT NULL,
    -- No foreign key, so that an orphan can exist.
    parent_id int
);

INSERT INTO tenants (id, name, parent_id) VALUES
    (1, 'acme', NULL),
    (2, 'acme/europe', 1),
    (3, 'acme/america', 1),
    (4, 'acme/europe/berlin', 2),
    (5, 'acme/europe/lyon', 2),
    (6, 'acme/america/boston', 3),
    (7, 'globex', NULL),
    (8, 'globex/labs', 7),
    (9, 'stray', 99);

CREATE TABLE ai_feature_usage (
    id bigserial PRIMARY KEY,
    tenant_id int NOT NULL,
    feature_name text,
    inference_cost float8 DEFAULT 0.0,
    created_at timestamp DEFAULT now()
);

-- Costs that floats cannot add (0.1 + 0.2), costs that are no numbers, events
-- on both edges of January, and a tenant 42 that does not exist.
INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at) VALUES
    (1, 'chat',      0.1,        '2025-12-31 23:59:59'),
    (1, 'chat',      0.2,        '2026-01-01 00:00:00'),
    (1, 'search',    0.3,        '2026-01-15 12:00:00'),
    (1, NULL,        1.5,        '2026-01-20 08:30:00'),
    (2, 'summary',   10.01,      '2025-11-05 10:00:00'),
    (2, 'summary',   10.02,      '2026-01-05 10:00:00'),
    (2, 'chat',      0.7,        '2026-01-06 11:15:00'),
    (2, 'translate', -3.25,      '2026-01-31 23:59:59'),
    (2, 'translate', 3.25,       '2026-02-01 00:00:00'),
    (3, 'vision',    100.125,    '2025-10-01 06:00:00'),
    (3, 'vision',    100.125,    '2026-01-10 06:00:00'),
    (3, 'search',    0.001,      '2026-01-11 07:45:00'),
    (3, 'search',    'NaN',      '2026-01-12 07:45:00'),
    (4, 'chat',      0.1,        '2026-01-02 09:00:00'),
    (4, 'chat',      0.1,        '2026-01-03 09:00:00'),
    (4, 'chat',      0.1,        '2026-01-04 09:00:00'),
    (4, 'summary',   2.5,        '2026-01-07 14:20:00'),
    (4, 'summary',   NULL,       '2026-01-08 14:20:00'),
    (4, 'translate', 4.75,       '2026-02-14 16:00:00'),
    (4, 'beta',      0.05,       '2026-02-15 16:00:00'),
    (5, 'search',    0.000001,   '2025-12-24 18:00:00'),
    (5, 'search',    1.000001,   '2026-01-24 18:00:00'),
    (5, 'vision',    25,         '2026-01-25 19:10:00'),
    (5, 'vision',    'Infinity', '2026-01-26 19:10:00'),
    (5, 'chat',      0.6,        '2026-03-01 00:00:00'),
    (6, 'chat',      1234567.89, '2026-01-09 13:00:00'),
    (6, 'search',    0.01,       '2026-01-09 13:00:01'),
    (6, 'summary',   0.02,       '2026-01-16 21:05:00'),
    (6, 'translate', 0.03,       '2026-01-17 21:05:00'),
    (6, 'vision',    0.04,       '2026-02-18 21:05:00'),
    (6, 'beta',      0.05,       '2026-02-19 21:05:00'),
    (6, NULL,        NULL,       '2026-02-20 21:05:00'),
    (7, 'chat',      0.7,        '2025-09-09 09:09:09'),
    (7, 'chat',      0.1,        '2026-01-18 03:30:00'),
    (7, 'search',    0,          '2026-01-19 03:30:00'),
    (9, 'beta',      9.99,       '2026-01-21 17:40:00'),
    (9, 'chat',      0.01,       '2026-02-22 17:40:00'),
    (9, 'chat',      -0.01,      '2026-02-23 17:40:00'),
    (42, 'chat',     7777,       '2026-01-13 10:00:00'),
    (42, 'vision',   8888,       '2026-01-14 10:00:00');

-- uuid ids, exact costs with 20 decimals, times with a zone, tokens beside the
-- costs, and a catalogue that is an array without 'vision' and 'beta'.
CREATE TABLE accounts (
    account uuid PRIMARY KEY,
    parent uuid
);

INSERT INTO accounts (account, parent)
SELECT ('00000000-0000-4000-8000-' || lpad(id::text, 12, '0'))::uuid,
       ('00000000-0000-4000-8000-' || lpad(parent_id::text, 12, '0'))::uuid
FROM tenants;

CREATE TABLE account_usage (
    account uuid NOT NULL,
    feature text,
    cost numeric,
    used_at timestamptz,
    tokens bigint
);

INSERT INTO account_usage (account, feature, cost, used_at, tokens)
SELECT ('00000000-0000-4000-8000-' || lpad(tenant_id::text, 12, '0'))::uuid,
       feature_name,
       inference_cost::numeric + 0.00000000000000000001,
       created_at AT TIME ZONE 'UTC',
       CASE WHEN feature_name <> 'vision' THEN id * 200000000000000001 END
FROM ai_feature_usage;

SELECT tenant_metrics.setup('accounts', 'account_usage', source => 'accounts',
    tenant_id => 'account', parent_id => 'parent',
    usage_tenant => 'account', usage_feature => 'feature', usage_cost => 'cost',
    usage_time => 'used_at',
    features => ARRAY['chat', 'search', 'summary', 'translate'],
    measures => '{tokens}');

-- text ids, costs in whole cents, days of Berlin, seconds beside the costs, and
-- a catalogue that is a table with a feature that nobody uses.
CREATE TABLE workspaces (
    slug text PRIMARY KEY,
    parent_slug text
);

INSERT INTO workspaces (slug, parent_slug)
SELECT t.name, coalesce(p.name, 'gone'::text)
FROM tenants t LEFT JOIN tenants p ON p.id = t.parent_id
WHERE t.parent_id IS NOT NULL
UNION ALL
SELECT name, NULL FROM tenants WHERE parent_id IS NULL;

CREATE TABLE workspace_usage (
    workspace text NOT NULL,
    feature varchar,
    cents int,
    day date,
    seconds real
);

INSERT INTO workspace_usage (workspace, feature, cents, day, seconds)
SELECT coalesce(t.name, 'nobody'),
       u.feature_name,
       CASE WHEN u.inference_cost < 'Infinity' THEN round(u.inference_cost::numeric * 100) END,
       u.created_at::date,
       CASE WHEN u.feature_name = 'beta' THEN 'NaN' ELSE u.id / 10.0 END
FROM ai_feature_usage u LEFT JOIN tenants t ON t.id = u.tenant_id;

CREATE TABLE features (name text PRIMARY KEY);

INSERT INTO features (name) VALUES
    ('chat'), ('search'), ('summary'), ('translate'), ('vision'), ('speech');

SELECT tenant_metrics.setup('workspaces', 'workspace_usage', source => 'workspaces',
    tenant_id => 'slug', parent_id => 'parent_slug',
    usage_tenant => 'workspace', usage_cost => 'cents', usage_feature => 'feature',
    usage_time => 'day', time_zone => 'Europe/Berlin',
    feature_table => 'features', measures => '{seconds}');
