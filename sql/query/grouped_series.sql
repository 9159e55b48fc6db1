SELECT event.bucket,
       event.tenant,
       event.feature COLLATE pg_catalog."C",
       pg_catalog.count(*),
       pg_catalog.count(event.priced),
       pg_catalog.sum(event.priced::pg_catalog.numeric),
       pg_catalog.min(event.at),
       pg_catalog.max(event.at)
FROM (SELECT pg_catalog.date_trunc({unit}, {time}, {zone}) AS bucket,
             {time} AS at,
             {tenant} AS tenant,
             {feature} AS feature,
             {priced} AS priced
      FROM {usage} AS u
      WHERE {condition} AND pg_catalog.isfinite({time})) AS event
GROUP BY 1, 2, 3
ORDER BY 1
