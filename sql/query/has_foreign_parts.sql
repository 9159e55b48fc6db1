-- Whether a partition or inheritance child at any depth is no local table.
WITH RECURSIVE part AS (
    SELECT i.inhrelid
    FROM pg_catalog.pg_inherits AS i
    WHERE i.inhparent OPERATOR(pg_catalog.=) $1
    UNION
    SELECT i.inhrelid
    FROM part AS p
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) p.inhrelid)
SELECT EXISTS (
    SELECT
    FROM part AS p
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.inhrelid
    WHERE c.relkind OPERATOR(pg_catalog.=) 'f')
