-- Before every statement of this folder: the tenants of the scope, and their events of the period and the one before.
WITH given AS (
    SELECT %(root)s::bigint AS root, %(since)s::timestamptz AS since, %(until)s::timestamptz AS until
),
scope AS (
    SELECT DISTINCT b.id FROM given JOIN plain.below AS b ON given.root IS NULL OR b.top = given.root
),
event AS (
    SELECT e.*, e.at >= given.since AS now
    FROM given
    JOIN plain.event AS e ON e.at >= given.since - (given.until - given.since) AND e.at < given.until
    WHERE e.tenant IN (SELECT id FROM scope)
)
