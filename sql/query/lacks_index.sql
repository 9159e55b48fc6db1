-- Whether a table that could have an index with this first column, or a unique one of it alone, has
-- none for all its rows.
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
    WHERE c.oid OPERATOR(pg_catalog.=) $1
      AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name
      AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m}'::pg_catalog."char"[])
      AND NOT EXISTS (
          SELECT
          FROM pg_catalog.pg_index AS i
          WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid
            AND i.indkey[0] OPERATOR(pg_catalog.=) a.attnum
            AND i.indisvalid AND i.indpred IS NULL
            AND (NOT $3 OR i.indisunique AND i.indnkeyatts OPERATOR(pg_catalog.=) 1)))
