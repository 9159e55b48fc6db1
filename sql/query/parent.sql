SELECT t.{parent} FROM {tenants} AS t WHERE t.{id} OPERATOR(pg_catalog.=) $1
