SELECT
    EXISTS (
        SELECT FROM pg_catalog.pg_inherits AS i
        WHERE i.inhrelid OPERATOR(pg_catalog.=) $1 OR i.inhparent OPERATOR(pg_catalog.=) $1),
    EXISTS (
        SELECT FROM pg_catalog.pg_subscription_rel AS s WHERE s.srrelid OPERATOR(pg_catalog.=) $1)
