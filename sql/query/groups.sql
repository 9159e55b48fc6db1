SELECT event.tenant,
       {feature_key},
       {bucket_key},
       {before_key},
       pg_catalog.count(*),
       {priced_events},
       {cost_sum},
       {first},
       {last},
       {first_finite},
       {start}{measure_sums}
FROM (SELECT {tenant} AS tenant, {feature} AS feature, {bucket} AS bucket, {before} AS is_before,
             {priced} AS priced, {time} AS at{measures}
      FROM {usage} AS u
      WHERE {condition}) AS event
GROUP BY {keys}
ORDER BY {order}
