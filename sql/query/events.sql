SELECT {tenant}, {feature}, {cost}, {time} FROM {usage} AS u WHERE {condition}
