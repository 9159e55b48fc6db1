SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_timezone_names AS z
    WHERE pg_catalog.lower(z.name) OPERATOR(pg_catalog.=) pg_catalog.lower($1))
