SELECT CAST(d.tenant_id AS text) AS id, t.name, CAST(d.parent_id AS text) AS parent_id,
       d.depth, d.descendants, d.events, d.subtree_events,
       d.features_used, d.subtree_features_used,
       d.adoption_rate, d.subtree_adoption_rate, d.cost, d.subtree_cost,
       CASE WHEN d.tenant_id = :root THEN (
           SELECT json_agg(json_build_array(CAST(a.tenant_id AS text), above.name)
                           ORDER BY a.distance DESC)
           FROM tenant_ancestors(:root) AS a
           JOIN tenants AS above ON above.id = a.tenant_id) END AS ancestors
FROM tenant_dashboard(
    :root, CAST(:since AS timestamp) AT TIME ZONE :tz,
    CAST(:until AS timestamp) AT TIME ZONE :tz) AS d
JOIN tenants AS t ON t.id = d.tenant_id
