SELECT {states}
FROM {usage} AS u
WHERE {condition}
