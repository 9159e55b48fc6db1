-- Everything was executable by PUBLIC when it was created. What takes an internal argument or a
-- serialised state, or changes anything, must not stay so.
REVOKE ALL ON FUNCTION
    tenant_metrics.usage_state_transition(internal, "any", "any", "any", "any"),
    tenant_metrics.usage_state_combine(internal, internal),
    tenant_metrics.usage_state_serialize(internal),
    tenant_metrics.usage_state_deserialize(bytea, internal),
    tenant_metrics.usage_state_final(internal)
FROM PUBLIC;

REVOKE ALL ON FUNCTION
    tenant_metrics.setup(regclass, regclass, text, name, name, name, name, name, name, text, int, text[], regclass, name),
    tenant_metrics.teardown(text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    tenant_metrics.setup(regclass, regclass, text, name, name, name, name, name, name, text, int, text[], regclass, name),
    tenant_metrics.teardown(text)
TO @extowner@ WITH GRANT OPTION;

-- For pg_dump and pg_restore by the owners of the extension and of the database, who need not be
-- superusers. Readers look at the tables by themselves and check what they find there.
GRANT SELECT, INSERT ON tenant_metrics.source_name, tenant_metrics.source
TO @extowner@, pg_database_owner;
GRANT USAGE ON SCHEMA tenant_metrics TO PUBLIC;
GRANT SELECT ON tenant_metrics.dashboard, tenant_metrics.dashboard_uuid, tenant_metrics.dashboard_text TO PUBLIC;

REVOKE ALL ON FUNCTION
    tenant_metrics.series_state_transition(internal, "any", "any", "any", "any", bytea),
    tenant_metrics.series_state_combine(internal, internal),
    tenant_metrics.series_state_serialize(internal),
    tenant_metrics.series_state_deserialize(bytea, internal),
    tenant_metrics.series_state_final(internal)
FROM PUBLIC;

REVOKE ALL ON FUNCTION
    tenant_metrics.feature_state_transition(internal, "any", "any", "any", "any"),
    tenant_metrics.feature_state_combine(internal, internal),
    tenant_metrics.feature_state_serialize(internal),
    tenant_metrics.feature_state_deserialize(bytea, internal),
    tenant_metrics.feature_state_final(internal),
    tenant_metrics.adoption_state_transition(internal, "any", "any", "any", "any"),
    tenant_metrics.adoption_state_combine(internal, internal),
    tenant_metrics.adoption_state_serialize(internal),
    tenant_metrics.adoption_state_deserialize(bytea, internal),
    tenant_metrics.adoption_state_final(internal),
    tenant_metrics.period_state_transition(internal, "any", "any", "any", "any", "any"),
    tenant_metrics.period_state_combine(internal, internal),
    tenant_metrics.period_state_serialize(internal),
    tenant_metrics.period_state_deserialize(bytea, internal),
    tenant_metrics.period_state_final(internal)
FROM PUBLIC;
