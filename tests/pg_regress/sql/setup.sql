-- What the tests share. It runs first, and the functions are in public, where every test finds them.
-- The error of a statement, with everything that a client sees of it.
CREATE FUNCTION public.expect_error(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    RETURN QUERY SELECT 'DETAIL: ' || detail WHERE detail <> '' UNION ALL SELECT 'HINT: ' || hint WHERE hint <> '';
END $$;
CREATE FUNCTION public.first_line(statement text) RETURNS text LANGUAGE sql AS 'SELECT * FROM public.expect_error(statement) LIMIT 1';

-- A statement that works, one without details, and one with all.
SELECT * FROM expect_error('SELECT 1');
SELECT * FROM expect_error('SELECT 1 / 0');
SELECT * FROM expect_error($$DO 'BEGIN RAISE ''m'' USING ERRCODE = ''22023'', DETAIL = ''D.'', HINT = ''H.''; END'$$);
SELECT first_line('SELECT 1 / 0');
