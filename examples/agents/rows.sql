INSERT INTO spans (
    span_id, parent_span_id, session_id, name, kind, start_time, model, prompt_tokens, completion_tokens, cost)
VALUES
    ('a1', NULL, 's1', 'planner', 'agent', '2026-01-05 10:00:00+00', NULL, NULL, NULL, NULL),
    ('a2', 'a1', 's1', 'plan', 'llm', '2026-01-05 10:00:01+00', 'large', 900, 100, 0.0190),
    ('a3', 'a1', 's1', 'researcher', 'agent', '2026-01-05 10:00:05+00', NULL, NULL, NULL, NULL),
    ('a4', 'a3', 's1', 'search the web', 'tool', '2026-01-05 10:00:06+00', NULL, NULL, NULL, NULL),
    ('a5', 'a3', 's1', 'read', 'llm', '2026-01-05 10:00:09+00', 'small', 6000, 250, 0.0035),
    ('a6', 'a3', 's1', 'summarise', 'llm', '2026-01-05 10:00:14+00', 'small', 1200, 400, 0.0014),
    ('a7', 'a1', 's1', 'writer', 'agent', '2026-01-05 10:00:20+00', NULL, NULL, NULL, NULL),
    ('a8', 'a7', 's1', 'draft', 'llm', '2026-01-05 10:00:21+00', 'large', 2100, 1500, 0.0765),
    ('b1', NULL, 's2', 'planner', 'agent', '2026-01-05 11:00:00+00', NULL, NULL, NULL, NULL),
    ('b2', 'b1', 's2', 'plan', 'llm', '2026-01-05 11:00:01+00', 'new', 500, 80, NULL),
    -- The agent c1 has not arrived.
    ('c2', 'c1', 's3', 'researcher', 'agent', '2026-01-05 12:00:03+00', NULL, NULL, NULL, NULL),
    ('c3', 'c2', 's3', 'read', 'llm', '2026-01-05 12:00:04+00', 'small', 3000, 150, 0.0018),
    ('c4', 'c1', 's3', 'plan', 'llm', '2026-01-05 12:00:01+00', 'large', 700, 90, 0.0160);
