-- What a dashboard from :since on would be read from, and what the session's last answer was.
SELECT to_jsonb(e) AS explained
FROM tenant_metrics.explain(since => CAST(:since AS timestamptz)) AS e
