SELECT period.tenant,
       period.feature,
       period.is_before,
       period.events,
       period.priced,
       period.cost,
       period.first,
       period.last,
       period.first_finite,
       {start}
FROM (SELECT event.tenant,
             event.feature COLLATE pg_catalog."C" AS feature,
             event.is_before,
             pg_catalog.count(*) AS events,
             pg_catalog.count(event.priced) AS priced,
             pg_catalog.sum(event.priced::pg_catalog.numeric) AS cost,
             pg_catalog.min(event.at) AS first,
             pg_catalog.max(event.at) AS last,
             pg_catalog.min(event.at) FILTER (WHERE pg_catalog.isfinite(event.at)) AS first_finite
      FROM (SELECT {tenant} AS tenant, {feature} AS feature, {priced} AS priced, {time} AS at,
                   {before} AS is_before
            FROM {usage} AS u
            WHERE {condition}) AS event
      GROUP BY 1, 2, 3) AS period
ORDER BY 2
