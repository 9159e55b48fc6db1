-- The rows of the heat map: the root and its children, or without a root all roots.
SELECT CAST(tenant_id AS text) AS id, feature, events, cost
FROM tenant_feature_matrix(
    :root, CAST(:since AS timestamp) AT TIME ZONE :tz,
    CAST(:until AS timestamp) AT TIME ZONE :tz,
    max_depth => CASE WHEN CAST(:root AS bigint) IS NULL THEN 0 ELSE 1 END,
    scope => 'subtree')
