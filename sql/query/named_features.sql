SELECT u.{feature}::pg_catalog.text COLLATE pg_catalog."C", pg_catalog.count(*)
FROM {usage} AS u
WHERE u.{feature} IS NOT NULL
GROUP BY 1
ORDER BY 1
