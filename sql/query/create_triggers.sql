CREATE TRIGGER {prefix}_insert AFTER INSERT ON {usage}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_metrics.capture();
CREATE TRIGGER {prefix}_update AFTER UPDATE ON {usage}
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_metrics.capture();
CREATE TRIGGER {prefix}_delete AFTER DELETE ON {usage}
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_metrics.capture();
CREATE TRIGGER {prefix}_truncate AFTER TRUNCATE ON {usage}
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_metrics.capture();
ALTER TABLE {usage}
    ENABLE ALWAYS TRIGGER {prefix}_insert,
    ENABLE ALWAYS TRIGGER {prefix}_update,
    ENABLE ALWAYS TRIGGER {prefix}_delete,
    ENABLE ALWAYS TRIGGER {prefix}_truncate
