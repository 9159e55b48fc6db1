SELECT pg_catalog.count(DISTINCT u.{feature} COLLATE pg_catalog."C") FROM {usage} AS u
