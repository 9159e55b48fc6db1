-- Tenants that a page is most easily wrong about: names and features that are markup, an id that
-- no double holds, costs that are none, a credit, an orphan, a cycle, tenants without usage.
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL, parent_id bigint);
CREATE TABLE ai_feature_usage (
    id bigserial PRIMARY KEY, tenant_id bigint NOT NULL, feature_name text,
    inference_cost float8, created_at timestamp NOT NULL);
INSERT INTO tenants VALUES
    (1, '<img src="nowhere" onerror="window.injected = 1">', NULL),
    (2, '</title><script>window.injected = 2</script>', 1),
    (9007199254740993, 'beyond a double', 1),
    (3, 'with a credit', 1),
    (4, 'an orphan', 77),
    (5, 'one of a cycle', 6),
    (6, 'the other of it', 5),
    (7, 'below the cycle', 5),
    (8, 'idle', NULL);
INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at) VALUES
    (1, 'chat', 10, '2026-03-27 12:00'),
    (2, '<b onmouseover="window.injected = 3">bold</b>', 2.5, '2026-03-28 23:30'),
    (2, NULL, 0.25, '2026-03-29 12:00'),
    (2, 'chat', 'NaN', '2026-03-29 12:00'),
    (9007199254740993, 'chat', 4, '2026-03-29 21:59:59.999999'),
    (9007199254740993, 'chat', 1, '2026-03-29 22:00'),
    (3, 'chat', -3, '2026-03-30 01:00'),
    (3, 'search', NULL, '2026-03-30 01:00'),
    (4, 'search', 7, '2026-03-29 08:00'),
    (5, 'chat', 100, '2026-03-29 08:00'),
    (7, 'chat', 'Infinity', '2026-03-29 08:00');
