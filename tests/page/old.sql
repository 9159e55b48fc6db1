-- Takes away what versions before summaries did not tell, for the page on a database that has not been updated.
ALTER EXTENSION tenant_metrics DROP FUNCTION tenant_metrics.status;
ALTER EXTENSION tenant_metrics DROP FUNCTION tenant_metrics.explain;
DROP FUNCTION tenant_metrics.status, tenant_metrics.explain;
CREATE FUNCTION tenant_metrics.status(OUT source text, OUT usage regclass) RETURNS SETOF record
    LANGUAGE sql AS $$ SELECT 'default', CAST('ai_feature_usage' AS regclass) $$;
CREATE FUNCTION tenant_metrics.explain(
    root bigint DEFAULT NULL, since timestamptz DEFAULT NULL, OUT engine text) RETURNS SETOF text
    LANGUAGE sql AS $$ SELECT 'aggregate' $$;
