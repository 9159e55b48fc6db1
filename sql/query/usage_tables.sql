-- A usage table and its partitions at any depth, the table first: what each is, the file that has its
-- rows, and the triggers that it has of the source of this number. A partition that is being detached
-- concurrently counts no more.
WITH RECURSIVE usage_table AS (
    SELECT $1 AS relation, 0 AS depth
    UNION ALL
    SELECT i.inhrelid, m.depth OPERATOR(pg_catalog.+) 1
    FROM usage_table AS m
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.relation
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) m.relation
    WHERE c.relkind OPERATOR(pg_catalog.=) 'p' AND NOT i.inhdetachpending)
SELECT
    c.oid,
    c.relkind OPERATOR(pg_catalog.=) 'r',
    c.relkind OPERATOR(pg_catalog.=) 'p',
    c.relpersistence OPERATOR(pg_catalog.=) 'p',
    c.relfilenode::int8,
    t.firing OPERATOR(pg_catalog.=) 4,
    t.named OPERATOR(pg_catalog.>) 0,
    EXISTS (
        SELECT FROM pg_catalog.pg_subscription_rel AS s WHERE s.srrelid OPERATOR(pg_catalog.=) c.oid),
    m.depth OPERATOR(pg_catalog.=) 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_inherits AS i
        WHERE i.inhrelid OPERATOR(pg_catalog.=) c.oid
            OR i.inhparent OPERATOR(pg_catalog.=) c.oid AND c.relkind OPERATOR(pg_catalog.<>) 'p')
FROM usage_table AS m
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.relation
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.count(*) AS named,
        pg_catalog.count(*) FILTER (
            WHERE t.tgenabled OPERATOR(pg_catalog.=) 'A' AND t.tgtype OPERATOR(pg_catalog.=) k.fires
                AND p.proname OPERATOR(pg_catalog.=) 'capture' AND n.nspname OPERATOR(pg_catalog.=) 'tenant_metrics'
        ) AS firing
    FROM (VALUES ('insert', 4), ('delete', 8), ('update', 16), ('truncate', 32)) AS k (kind, fires)
    JOIN pg_catalog.pg_trigger AS t
        ON t.tgrelid OPERATOR(pg_catalog.=) c.oid
        AND t.tgname OPERATOR(pg_catalog.=) pg_catalog.concat('tenant_metrics_', $2, '_', k.kind)
    JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace) AS t
ORDER BY m.depth, c.oid
