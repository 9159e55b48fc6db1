SELECT {tenant} FROM {usage} AS u WHERE {condition}
