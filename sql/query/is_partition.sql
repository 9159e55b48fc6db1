-- Whether a table is a partition of another, at any depth.
WITH RECURSIVE ancestor AS (
    SELECT $1 AS relation
    UNION ALL
    SELECT i.inhparent
    FROM ancestor AS a
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid OPERATOR(pg_catalog.=) a.relation)
SELECT FROM ancestor AS a WHERE a.relation OPERATOR(pg_catalog.=) $2
