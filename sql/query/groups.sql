SELECT grouped.tenant,
       grouped.feature,
       grouped.bucket,
       grouped.is_before,
       grouped.events,
       grouped.priced,
       grouped.cost,
       grouped.first,
       grouped.last,
       grouped.first_finite,
       {start}
FROM (SELECT event.tenant,
             event.feature COLLATE pg_catalog."C" AS feature,
             event.bucket,
             event.is_before,
             pg_catalog.count(*) AS events,
             pg_catalog.count(event.priced) AS priced,
             pg_catalog.sum(event.priced::pg_catalog.numeric) AS cost,
             {first} AS first,
             pg_catalog.max(event.at) AS last,
             {first_finite} AS first_finite
      FROM (SELECT {tenant} AS tenant, {feature} AS feature, {bucket} AS bucket, {before} AS is_before,
                   {priced} AS priced, {time} AS at
            FROM {usage} AS u
            WHERE {condition}) AS event
      GROUP BY 1, 2, 3, 4) AS grouped
ORDER BY {order}
