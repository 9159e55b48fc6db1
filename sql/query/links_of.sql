SELECT t.{id}, t.{parent} FROM {tenants} AS t WHERE t.{key} OPERATOR(pg_catalog.=) {wanted}
