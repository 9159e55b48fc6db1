-- The days of the last two months on which tenants have events; NULL stands for all earlier ones.
SELECT CASE WHEN {time} OPERATOR(pg_catalog.>=) {begin} THEN pg_catalog.date_trunc('day', {time}, {zone}) END,
       {tenant}
FROM {usage} AS u
WHERE {condition}
GROUP BY 1, 2
