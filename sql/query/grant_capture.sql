GRANT EXECUTE ON FUNCTION tenant_metrics.capture() TO {grantee}
