-- The data that every example reads; expected.json says what it must print.
--
--   acme (1)
--   ├── acme/europe (2)
--   │   ├── acme/europe/berlin (4)
--   │   └── acme/europe/lyon (5), never used
--   └── acme/america (3)
--   globex (6)
--   └── globex/labs (7)
--   stray (8), whose parent 99 does not exist
--
-- As doubles the subtrees of acme and globex cost the same, and so do those of
-- acme/america and globex/labs, of which only the second costs more than 10.

CREATE TABLE tenants (
    id int PRIMARY KEY,
    name text NOT NULL,
    -- No foreign key, so that an orphan can exist.
    parent_id int
);

CREATE TABLE ai_feature_usage (
    id bigserial PRIMARY KEY,
    tenant_id int NOT NULL REFERENCES tenants (id),
    feature_name text NOT NULL,
    inference_cost numeric DEFAULT 0.0,
    created_at timestamp DEFAULT now()
);

INSERT INTO tenants (id, name, parent_id) VALUES
    (1, 'acme', NULL),
    (2, 'acme/europe', 1),
    (3, 'acme/america', 1),
    (4, 'acme/europe/berlin', 2),
    (5, 'acme/europe/lyon', 2),
    (6, 'globex', NULL),
    (7, 'globex/labs', 6),
    (8, 'stray', 99);

INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at) VALUES
    (1, 'chat',      9007199254740993.000000000000000000001, '2026-01-05 10:00:00'),
    (1, 'search',    0.5,                                    '2026-01-06 11:00:00'),
    (2, 'chat',      7.140000000000000000001,                '2026-01-07 12:00:00'),
    (2, 'translate', 5.2,                                    '2026-01-08 13:00:00'),
    (3, 'summary',   10,                                     '2026-01-09 14:00:00'),
    (4, 'chat',      6.5,                                    '2026-01-10 15:00:00'),
    (4, 'vision',    -2.499999999999999999998,               '2026-01-11 16:00:00'),
    (4, 'search',    NULL,                                   '2026-01-12 17:00:00'),
    (6, 'embed',     9007199254741009.84,                    '2026-01-13 18:00:00'),
    (7, 'chat',      10.000000000000000000005,               '2026-01-14 19:00:00'),
    (8, 'chat',      3.25,                                   '2026-01-15 20:00:00');
