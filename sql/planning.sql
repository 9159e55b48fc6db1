-- What readers tell the planner, which also loads the library before it plans how to read them.

CREATE FUNCTION tenant_metrics.reader_support(internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
    AS 'MODULE_PATHNAME', 'reader_support';
COMMENT ON FUNCTION tenant_metrics.reader_support(internal) IS
    'Support function of the readers that list tenants: the planner asks it how many rows to '
    'expect.';
