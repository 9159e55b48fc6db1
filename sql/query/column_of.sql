SELECT t.{column} FROM {table} AS t
