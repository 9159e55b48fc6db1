-- The partitions and inheritance children of a table, at any depth.
WITH RECURSIVE part AS (
    SELECT i.inhrelid
    FROM pg_catalog.pg_inherits AS i
    WHERE i.inhparent OPERATOR(pg_catalog.=) $1
    UNION
    SELECT i.inhrelid
    FROM part AS p
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) p.inhrelid)
SELECT p.inhrelid FROM part AS p
