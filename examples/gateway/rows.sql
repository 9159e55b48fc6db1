INSERT INTO organizations VALUES ('acme', 'Acme'), ('globex', 'Globex');
INSERT INTO teams VALUES ('search', 'Search', 'acme'), ('support', 'Support', 'acme'), ('labs', 'Labs', 'globex');
INSERT INTO projects VALUES
    ('ranking', 'Ranking', 'search'), ('answers', 'Answers', 'support'), ('mails', 'Mails', 'support'),
    ('trial', 'Trial', 'labs');
INSERT INTO keys VALUES
    ('0a51', 'ranking', 'ranking'), ('3f7e', 'answers', 'answers'), ('58c2', 'mails', 'mails'),
    ('91bd', 'mails at night', 'mails'), ('e604', 'trial', 'trial');
INSERT INTO "SpendLogs" (
    request_id, api_key, call_type, model, provider, prompt_tokens, completion_tokens, total_tokens, spend,
    "startTime", "endTime", status)
VALUES
    ('r1', '0a51', 'embedding', 'small', 'north', 9000, 0, 9000, 0.0009, '2026-01-05 08:00', '2026-01-05 08:01', 'success'),
    ('r2', '0a51', 'completion', 'small', 'north', 1200, 300, 1500, 0.0030, '2026-01-05 09:00', '2026-01-05 09:01', 'success'),
    ('r3', '3f7e', 'completion', 'large', 'south', 4000, 1000, 5000, 0.0900, '2026-01-06 10:00', '2026-01-06 10:02', 'success'),
    ('r4', '3f7e', 'completion', 'large', 'south', 2000, 0, 2000, 0, '2026-01-06 11:00', '2026-01-06 11:01', 'failure'),
    ('r5', '58c2', 'completion', 'small', 'north', 800, 200, 1000, 0.0020, '2026-01-07 12:00', '2026-01-07 12:01', 'success'),
    ('r6', '91bd', 'completion', 'small', 'north', 2400, 100, 2500, 0.0050, '2026-01-08 01:00', '2026-01-08 01:01', 'success'),
    ('r7', 'e604', 'completion', 'large', 'south', 1500, 500, 2000, 0.0400, '2026-01-09 15:00', '2026-01-09 15:02', 'success');
