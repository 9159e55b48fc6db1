SELECT {tenant}, {feature}, {cost}, {time}{measures} FROM {usage} AS u WHERE {condition}
