-- In the schema tenant_metrics, which this script has made, nobody may call what is not granted
-- here: support functions take internal arguments or serialised states. The readers are in a schema
-- that may hold other functions, and keep the server's default, which is EXECUTE for PUBLIC.
REVOKE ALL ON ALL ROUTINES IN SCHEMA tenant_metrics FROM PUBLIC;

GRANT USAGE ON SCHEMA tenant_metrics TO PUBLIC;
GRANT SELECT ON
    tenant_metrics.dashboard, tenant_metrics.dashboard_uuid, tenant_metrics.dashboard_text
TO PUBLIC;
GRANT EXECUTE ON FUNCTION
    tenant_metrics.status,
    tenant_metrics.integrity,
    tenant_metrics.explain, tenant_metrics.explain_uuid, tenant_metrics.explain_text,
    -- The readers' statements run as their callers, and have these in them.
    tenant_metrics.usage_state,
    tenant_metrics.feature_state,
    tenant_metrics.adoption_state,
    tenant_metrics.period_state("any", "any", "any", "any", "any"),
    tenant_metrics.period_state("any", "any", "any", "any", "any", "any"),
    tenant_metrics.series_state("any", "any", "any", "any", bytea),
    tenant_metrics.series_state("any", "any", "any", "any", bytea, "any"),
    tenant_metrics.audit_state,
    tenant_metrics.measured_state,
    tenant_metrics.measured_feature_state
TO PUBLIC;

GRANT EXECUTE ON FUNCTION tenant_metrics.setup, tenant_metrics.teardown, tenant_metrics.verify
TO @extowner@ WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE
    tenant_metrics.enable_summaries, tenant_metrics.disable_summaries, tenant_metrics.compact,
    tenant_metrics.rebuild, tenant_metrics.repair, tenant_metrics.pause, tenant_metrics.resume
TO @extowner@ WITH GRANT OPTION;
-- Whoever restores a table with summaries makes its triggers. They write for that table alone.
GRANT EXECUTE ON FUNCTION tenant_metrics.capture TO @extowner@ WITH GRANT OPTION;

-- For pg_dump and pg_restore by the owners of the extension and of the database, who need not be
-- superusers. Readers look at the tables by themselves and check what they find there.
GRANT SELECT, INSERT ON
    tenant_metrics.source_name, tenant_metrics.source,
    tenant_metrics.summary, tenant_metrics.delta, tenant_metrics.run
TO @extowner@, pg_database_owner;
