-- A unique index on the id column alone, for all rows.
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_attribute AS a
      ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid
     AND a.attnum OPERATOR(pg_catalog.=) i.indkey[0]
    WHERE i.indrelid OPERATOR(pg_catalog.=) $1
      AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name
      AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND i.indnkeyatts OPERATOR(pg_catalog.=) 1)
