DROP TRIGGER IF EXISTS {prefix}_insert ON {usage};
DROP TRIGGER IF EXISTS {prefix}_update ON {usage};
DROP TRIGGER IF EXISTS {prefix}_delete ON {usage};
DROP TRIGGER IF EXISTS {prefix}_truncate ON {usage}
