-- What \d+ shows of the columns of row types and views.

COMMENT ON COLUMN tenant_metrics.dashboard_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.depth IS 'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.height IS 'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.tree_status IS 'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.descendants IS 'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_events IS 'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.features_used IS 'Number of distinct features of its own events in the window; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_features_used IS 'Number of distinct features of the events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.adoption_rate IS 'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_adoption_rate IS 'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.unpriced_events IS 'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.last_used IS 'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row.subtree_last_used IS 'Time of the latest event of it and its descendants in the window; NULL without one, and on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.depth IS 'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.height IS 'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.tree_status IS 'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.descendants IS 'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.subtree_events IS 'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.features_used IS 'Number of distinct features of its own events in the window; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.subtree_features_used IS 'Number of distinct features of the events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.adoption_rate IS 'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.subtree_adoption_rate IS 'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.unpriced_events IS 'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.last_used IS 'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_uuid.subtree_last_used IS 'Time of the latest event of it and its descendants in the window; NULL without one, and on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.dashboard_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.depth IS 'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.height IS 'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.tree_status IS 'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.descendants IS 'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_events IS 'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.features_used IS 'Number of distinct features of its own events in the window; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_features_used IS 'Number of distinct features of the events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.adoption_rate IS 'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_adoption_rate IS 'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.unpriced_events IS 'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.last_used IS 'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_row_text.subtree_last_used IS 'Time of the latest event of it and its descendants in the window; NULL without one, and on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.adoption_rate_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row.adoption_rate IS 'Distinct features of its own events in the window, divided by the size of the catalogue; NULL if that is empty.';

COMMENT ON COLUMN tenant_metrics.adoption_rate_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row_uuid.adoption_rate IS 'Distinct features of its own events in the window, divided by the size of the catalogue; NULL if that is empty.';

COMMENT ON COLUMN tenant_metrics.adoption_rate_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.adoption_rate_row_text.adoption_rate IS 'Distinct features of its own events in the window, divided by the size of the catalogue; NULL if that is empty.';

COMMENT ON COLUMN tenant_metrics.subtree_cost_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.subtree_cost_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row_uuid.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.subtree_cost_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.subtree_cost_row_text.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.relative_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.relative_row.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row.depth IS 'Links up to its root; 0 for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row.distance IS 'Links between it and the tenant that was asked for.';

COMMENT ON COLUMN tenant_metrics.relative_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.relative_row_uuid.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row_uuid.depth IS 'Links up to its root; 0 for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row_uuid.distance IS 'Links between it and the tenant that was asked for.';

COMMENT ON COLUMN tenant_metrics.relative_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.depth IS 'Links up to its root; 0 for a root.';
COMMENT ON COLUMN tenant_metrics.relative_row_text.distance IS 'Links between it and the tenant that was asked for.';

COMMENT ON COLUMN tenant_metrics.usage_series_row.bucket_start IS 'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_row.bucket_local IS 'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.events IS 'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.unpriced_events IS 'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.features_used IS 'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_row.active_tenants IS 'Number of distinct tenants of these events.';

COMMENT ON COLUMN tenant_metrics.usage_series_for_row.tenant_id IS 'Id of the tenant whose series it is.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.bucket_start IS 'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.bucket_local IS 'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.events IS 'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.unpriced_events IS 'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.features_used IS 'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row.active_tenants IS 'Number of distinct tenants of these events.';

COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.tenant_id IS 'Id of the tenant whose series it is.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.bucket_start IS 'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.bucket_local IS 'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.events IS 'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.unpriced_events IS 'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.features_used IS 'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_uuid.active_tenants IS 'Number of distinct tenants of these events.';

COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.tenant_id IS 'Id of the tenant whose series it is.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.bucket_start IS 'Start of the bucket: date_trunc(bucket, time, tz).';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.bucket_local IS 'Start of the bucket in the time zone tz.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.events IS 'Number of the scope''s events in the bucket.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.unpriced_events IS 'Number of these events whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.features_used IS 'Number of distinct features of these events; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.usage_series_for_row_text.active_tenants IS 'Number of distinct tenants of these events.';

COMMENT ON COLUMN tenant_metrics.activity_row.day IS 'Local date of the argument at, the last day of each period.';
COMMENT ON COLUMN tenant_metrics.activity_row.tenants IS 'Number of tenants in the scope.';
COMMENT ON COLUMN tenant_metrics.activity_row.active_day IS 'Tenants with an event on that day.';
COMMENT ON COLUMN tenant_metrics.activity_row.active_week IS 'Tenants with an event in the 7 days that end with it.';
COMMENT ON COLUMN tenant_metrics.activity_row.active_month IS 'Tenants with an event in the 30 days that end with it.';
COMMENT ON COLUMN tenant_metrics.activity_row.day_over_month IS 'active_day divided by active_month; NULL if that is 0.';
COMMENT ON COLUMN tenant_metrics.activity_row.new_tenants IS 'Tenants active in these 30 days and never before.';
COMMENT ON COLUMN tenant_metrics.activity_row.recovered_tenants IS 'Tenants active in these 30 days, not in the 30 before, but earlier.';
COMMENT ON COLUMN tenant_metrics.activity_row.lapsed_tenants IS 'Tenants active in the 30 days before, and not in these 30.';

COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.feature IS 'Name of the feature; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.in_catalogue IS 'Whether the catalogue has the name; NULL where the catalogue is only a number.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.events IS 'Number of the scope''s events of the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.cost_share IS 'Share of cost in the cost of all the scope''s events in the window; NULL if that is 0.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.tenants_using IS 'Number of distinct tenants of these events.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.tenants_in_scope IS 'Number of tenants in the scope.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.breadth IS 'tenants_using divided by tenants_in_scope; NULL without tenants.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.first_used IS 'Time of the earliest of these events; NULL without one.';
COMMENT ON COLUMN tenant_metrics.feature_breakdown_row.last_used IS 'Time of the latest of these events; NULL without one.';

COMMENT ON COLUMN tenant_metrics.feature_matrix_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.feature IS 'Name of the feature; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.events IS 'Number of events of the tenant, or of its subtree, that name the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';

COMMENT ON COLUMN tenant_metrics.feature_matrix_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_uuid.feature IS 'Name of the feature; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_uuid.events IS 'Number of events of the tenant, or of its subtree, that name the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_uuid.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';

COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.feature IS 'Name of the feature; NULL for events without one.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.events IS 'Number of events of the tenant, or of its subtree, that name the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_matrix_row_text.cost IS 'Exact sum of their costs, without those that are NULL, NaN or infinite.';

COMMENT ON COLUMN tenant_metrics.feature_adoption_row.feature IS 'Name of the feature.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.adopters IS 'Tenants of the scope with own events of the feature in the window.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.eligible IS 'Number of tenants in the scope.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.adoption_rate IS 'adopters divided by eligible; NULL without tenants.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.new_adopters IS 'Adopters without such an event in the period before; NULL where there is no period before.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.lapsed_adopters IS 'Tenants with such an event in the period before and none in the window; NULL where there is no period before.';
COMMENT ON COLUMN tenant_metrics.feature_adoption_row.median_time_to_adopt IS 'Median over the adopters of the time from the first event in the window to the first of the feature; NULL without any.';

COMMENT ON COLUMN tenant_metrics.top_row.rank IS '1, 2, 3 and so on, the greatest first, ties by id.';
COMMENT ON COLUMN tenant_metrics.top_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.top_row.value IS 'What the argument by names, in the window; for growth the subtree''s cost.';
COMMENT ON COLUMN tenant_metrics.top_row.share IS 'Share of value in the cost, or for events in the events, of the whole scope; NULL for adoption_rate, and if the whole is 0.';
COMMENT ON COLUMN tenant_metrics.top_row.prior_value IS 'value in the period before; NULL where there is none.';
COMMENT ON COLUMN tenant_metrics.top_row.change IS 'value minus prior_value.';

COMMENT ON COLUMN tenant_metrics.top_row_uuid.rank IS '1, 2, 3 and so on, the greatest first, ties by id.';
COMMENT ON COLUMN tenant_metrics.top_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.top_row_uuid.value IS 'What the argument by names, in the window; for growth the subtree''s cost.';
COMMENT ON COLUMN tenant_metrics.top_row_uuid.share IS 'Share of value in the cost, or for events in the events, of the whole scope; NULL for adoption_rate, and if the whole is 0.';
COMMENT ON COLUMN tenant_metrics.top_row_uuid.prior_value IS 'value in the period before; NULL where there is none.';
COMMENT ON COLUMN tenant_metrics.top_row_uuid.change IS 'value minus prior_value.';

COMMENT ON COLUMN tenant_metrics.top_row_text.rank IS '1, 2, 3 and so on, the greatest first, ties by id.';
COMMENT ON COLUMN tenant_metrics.top_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.top_row_text.value IS 'What the argument by names, in the window; for growth the subtree''s cost.';
COMMENT ON COLUMN tenant_metrics.top_row_text.share IS 'Share of value in the cost, or for events in the events, of the whole scope; NULL for adoption_rate, and if the whole is 0.';
COMMENT ON COLUMN tenant_metrics.top_row_text.prior_value IS 'value in the period before; NULL where there is none.';
COMMENT ON COLUMN tenant_metrics.top_row_text.change IS 'value minus prior_value.';

COMMENT ON COLUMN tenant_metrics.compare_row.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.compare_row.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.cost_change IS 'cost minus prior_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_subtree_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.subtree_cost_change IS 'subtree_cost minus prior_subtree_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.compare_row.prior_events IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row.events_change IS 'events minus prior_events.';
COMMENT ON COLUMN tenant_metrics.compare_row.features_gained IS 'Features of its own events in the window and of none in the period before, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row.features_lost IS 'Features of its own events in the period before and of none in the window, sorted.';

COMMENT ON COLUMN tenant_metrics.compare_row_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.prior_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.cost_change IS 'cost minus prior_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.prior_subtree_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.subtree_cost_change IS 'subtree_cost minus prior_subtree_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.prior_events IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.events_change IS 'events minus prior_events.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.features_gained IS 'Features of its own events in the window and of none in the period before, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row_uuid.features_lost IS 'Features of its own events in the period before and of none in the window, sorted.';

COMMENT ON COLUMN tenant_metrics.compare_row_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.cost_change IS 'cost minus prior_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_subtree_cost IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.subtree_cost_change IS 'subtree_cost minus prior_subtree_cost.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.prior_events IS 'The same in the period before.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.events_change IS 'events minus prior_events.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.features_gained IS 'Features of its own events in the window and of none in the period before, sorted.';
COMMENT ON COLUMN tenant_metrics.compare_row_text.features_lost IS 'Features of its own events in the period before and of none in the window, sorted.';

COMMENT ON COLUMN tenant_metrics.status_row.source IS 'Name of the source.';
COMMENT ON COLUMN tenant_metrics.status_row.tenants IS 'Its tenants table.';
COMMENT ON COLUMN tenant_metrics.status_row.usage IS 'Its usage table.';
COMMENT ON COLUMN tenant_metrics.status_row.catalogue IS 'Its catalogue of features: a number, 9 (default) where none was given, the number of names, or the table that has them.';
COMMENT ON COLUMN tenant_metrics.status_row.estimated_tenants IS 'Rows of the tenants table as of its last VACUUM or ANALYZE; NULL before one, and to a caller who may not read all rows.';
COMMENT ON COLUMN tenant_metrics.status_row.estimated_events IS 'Rows of the usage table as of its last VACUUM or ANALYZE; NULL before one, for a view, and to a caller who may not read all rows.';
COMMENT ON COLUMN tenant_metrics.status_row.mode IS 'How it is answered: direct, from the tables themselves.';
COMMENT ON COLUMN tenant_metrics.status_row.pending IS 'Events that are not summarised yet; 0, because there are no summaries.';
COMMENT ON COLUMN tenant_metrics.status_row.healthy IS 'Whether its tables and columns are as they were set up, and the caller may read them.';
COMMENT ON COLUMN tenant_metrics.status_row.problem IS 'What is wrong, as the error of a reader would say it; NULL if nothing is.';
COMMENT ON COLUMN tenant_metrics.status_row.hint IS 'What to do about the problem.';
COMMENT ON COLUMN tenant_metrics.status_row.missing_indexes IS 'Commands that create the indexes that single answers lack, a line each; NULL if none is missing.';

COMMENT ON COLUMN tenant_metrics.integrity_row.kind IS 'cycle, orphan, unattributed_usage, unknown_feature, unused_feature, feature_count_too_small, unpriced or future_event.';
COMMENT ON COLUMN tenant_metrics.integrity_row.tenant_id IS 'Id of the tenant, as text; NULL where there is none.';
COMMENT ON COLUMN tenant_metrics.integrity_row.detail IS 'What is wrong in words; for unknown_feature and unused_feature the name.';
COMMENT ON COLUMN tenant_metrics.integrity_row.n IS 'Number of events; for cycle its length, for orphan 1, for feature_count_too_small the number of names.';

COMMENT ON COLUMN tenant_metrics.explain_row.engine IS 'aggregate, one pass over the events, or portable, plain SQL that groups them.';
COMMENT ON COLUMN tenant_metrics.explain_row.reason IS 'Why this engine.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_from_summaries IS 'Rows of summaries that the call would read; 0, because there are no summaries.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_from_events IS 'Events that the planner expects the call to read, as EXPLAIN would say; NULL to a caller who may not read the columns.';
COMMENT ON COLUMN tenant_metrics.explain_row.rows_pending IS 'Events that are not summarised yet; 0, because there are no summaries.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_single IS 'Scalar calls of the last statement with any that were answered by statements of their own.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_passes IS 'Passes over usage that this statement made.';
COMMENT ON COLUMN tenant_metrics.explain_row.last_cached IS 'Scalar calls of this statement that were answered from a pass that was there.';
COMMENT ON COLUMN tenant_metrics.explain_row.missing_indexes IS 'Commands that create the indexes that single answers lack, a line each; NULL if none is missing.';

COMMENT ON COLUMN tenant_metrics.dashboard.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard.depth IS 'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.height IS 'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.tree_status IS 'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard.descendants IS 'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_events IS 'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.features_used IS 'Number of distinct features of its own events in the window; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_features_used IS 'Number of distinct features of the events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.adoption_rate IS 'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_adoption_rate IS 'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard.unpriced_events IS 'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard.last_used IS 'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard.subtree_last_used IS 'Time of the latest event of it and its descendants in the window; NULL without one, and on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.dashboard_uuid.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.depth IS 'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.height IS 'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.tree_status IS 'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.descendants IS 'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.subtree_events IS 'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.features_used IS 'Number of distinct features of its own events in the window; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.subtree_features_used IS 'Number of distinct features of the events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.adoption_rate IS 'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.subtree_adoption_rate IS 'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.unpriced_events IS 'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.last_used IS 'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_uuid.subtree_last_used IS 'Time of the latest event of it and its descendants in the window; NULL without one, and on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.dashboard_text.tenant_id IS 'Id of the tenant.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.parent_id IS 'Id of its parent as it is stored; NULL for a root.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.depth IS 'Links up to its root; 0 for a root, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.height IS 'Links down to its farthest leaf; 0 for a leaf, NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.tree_status IS 'ok; orphan, a root whose parent is missing or invisible to the caller; or cycle, on or below a cycle of parent links.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.descendants IS 'Number of all tenants below it; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.events IS 'Number of its own events in the window.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_events IS 'Number of events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.features_used IS 'Number of distinct features of its own events in the window; only names of the catalogue where there is one.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_features_used IS 'Number of distinct features of the events of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.adoption_rate IS 'features_used divided by the size of the catalogue; NULL if that is empty.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_adoption_rate IS 'subtree_features_used divided by the size of the catalogue; NULL if that is empty, and on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.cost IS 'Exact sum of the costs of its own events in the window, without those that are NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_cost IS 'Exact sum of the costs of it and its descendants in the window; NULL on or below a cycle.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.unpriced_events IS 'Number of its own events in the window whose cost is NULL, NaN or infinite.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.last_used IS 'Time of its own latest event in the window; NULL without one.';
COMMENT ON COLUMN tenant_metrics.dashboard_text.subtree_last_used IS 'Time of the latest event of it and its descendants in the window; NULL without one, and on or below a cycle.';

COMMENT ON COLUMN tenant_metrics.source_name.name IS 'Name of the source.';
COMMENT ON COLUMN tenant_metrics.source.name IS 'Name of the source.';
COMMENT ON COLUMN tenant_metrics.source.tenants IS 'The tenants table.';
COMMENT ON COLUMN tenant_metrics.source.usage IS 'The usage table.';
COMMENT ON COLUMN tenant_metrics.source.tenant_id IS 'Column of the tenants table: id.';
COMMENT ON COLUMN tenant_metrics.source.parent_id IS 'Column of the tenants table: id of the parent.';
COMMENT ON COLUMN tenant_metrics.source.usage_tenant IS 'Column of the usage table: id of the tenant.';
COMMENT ON COLUMN tenant_metrics.source.usage_feature IS 'Column of the usage table: name of the feature.';
COMMENT ON COLUMN tenant_metrics.source.usage_cost IS 'Column of the usage table: cost.';
COMMENT ON COLUMN tenant_metrics.source.usage_time IS 'Column of the usage table: time.';
COMMENT ON COLUMN tenant_metrics.source.time_zone IS 'Zone of times without one.';
COMMENT ON COLUMN tenant_metrics.source.feature_count IS 'Number of features of the catalogue, if it is given as a number.';
COMMENT ON COLUMN tenant_metrics.source.features IS 'Names of the catalogue, if they are given.';
COMMENT ON COLUMN tenant_metrics.source.feature_table IS 'Table of the names of the catalogue, if it is given.';
COMMENT ON COLUMN tenant_metrics.source.feature_column IS 'Column of feature_table: name of the feature.';
