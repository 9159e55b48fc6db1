SELECT t.{id}, t.{parent} FROM {tenants} AS t
