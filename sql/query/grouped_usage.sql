SELECT event.tenant,
       event.feature COLLATE pg_catalog."C",
       pg_catalog.count(*),
       pg_catalog.count(event.priced),
       pg_catalog.sum(event.priced::pg_catalog.numeric),
       pg_catalog.max(event.at)
FROM (SELECT {tenant} AS tenant, {feature} AS feature, {priced} AS priced, {time} AS at
      FROM {usage} AS u
      WHERE {condition}) AS event
GROUP BY 1, 2
ORDER BY 2
