SELECT t.{id} FROM {tenants} AS t WHERE t.{parent} OPERATOR(pg_catalog.=) $1
