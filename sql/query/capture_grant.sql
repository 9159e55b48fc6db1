-- The function that triggers of summaries call, and whether it is granted to a role.
SELECT p.oid, EXISTS (
    SELECT FROM pg_catalog.aclexplode(p.proacl) AS a
    WHERE a.grantee OPERATOR(pg_catalog.=) $1 AND a.privilege_type OPERATOR(pg_catalog.=) 'EXECUTE')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
WHERE p.proname OPERATOR(pg_catalog.=) 'capture' AND n.nspname OPERATOR(pg_catalog.=) 'tenant_metrics'
