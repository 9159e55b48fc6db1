-- What \df+ and \dx+ show of every public object.

COMMENT ON SCHEMA tenant_metrics IS 'Operations, row types and views of the extension tenant_metrics.';
COMMENT ON TABLE tenant_metrics.source_name IS 'The names of all sources, for which a restore may lack the description in tenant_metrics.source.';
COMMENT ON TABLE tenant_metrics.source IS 'What tenant_metrics.setup() stored of each source; read it with tenant_metrics.status().';
COMMENT ON AGGREGATE tenant_metrics.usage_state("any", "any", "any", "any") IS
    'Accumulates usage by tenant over (tenant, feature, cost, time); the value is an opaque state that the readers use.';
COMMENT ON FUNCTION tenant_metrics.setup(regclass, regclass, text, name, name, name, name, name, name, text, int, text[], regclass, name) IS
    'Describes a source: a tenants table, a usage table, their columns, the time zone of naive times and the catalogue of features (9 if none is given). Replaces the source of that name. The caller must own both tables. A NOTICE lists names of the catalogue that no event has, where usage is a table that can be read in a moment.';
COMMENT ON FUNCTION tenant_metrics.teardown(text) IS
    'Forgets a source; its tables are not touched.';
COMMENT ON FUNCTION tenant_metrics.status() IS
    'A row for each source: its tables and catalogue, estimated rows, what keeps the caller from asking it, if anything, what to do about that, and the commands that create missing indexes. Looks at catalogs only.';
COMMENT ON FUNCTION tenant_metrics.integrity(text) IS
    'What is wrong with a source''s data: cycle, orphan, unattributed_usage, unknown_feature, unused_feature, feature_count_too_small, unpriced, future_event.';
COMMENT ON TYPE tenant_metrics.status_row IS 'Row of tenant_metrics.status().';
COMMENT ON TYPE tenant_metrics.integrity_row IS 'Row of tenant_metrics.integrity().';
COMMENT ON TYPE tenant_metrics.explain_row IS 'Row of tenant_metrics.explain().';
COMMENT ON FUNCTION tenant_metrics.explain(bigint, timestamptz, timestamptz, text) IS
    'How tenant_dashboard with these arguments would be answered: the engine and why, how many events it is expected to read (NULL to a caller who may not read them) and which indexes are missing; and how many scalar calls of the last statement that had any were answered by statements of their own (last_single), how many passes it made (last_passes), and how many calls were answered from a pass that was there (last_cached).';
COMMENT ON FUNCTION tenant_metrics.explain_uuid(uuid, timestamptz, timestamptz, text) IS
    'How tenant_dashboard with these arguments would be answered: the engine and why, how many events it is expected to read (NULL to a caller who may not read them) and which indexes are missing; and how many scalar calls of the last statement that had any were answered by statements of their own (last_single), how many passes it made (last_passes), and how many calls were answered from a pass that was there (last_cached). Twin of explain for uuid ids.';
COMMENT ON FUNCTION tenant_metrics.explain_text(text, timestamptz, timestamptz, text) IS
    'How tenant_dashboard with these arguments would be answered: the engine and why, how many events it is expected to read (NULL to a caller who may not read them) and which indexes are missing; and how many scalar calls of the last statement that had any were answered by statements of their own (last_single), how many passes it made (last_passes), and how many calls were answered from a pass that was there (last_cached). Twin of explain for ids as text, of every source.';
COMMENT ON FUNCTION tenant_metrics.usage_state_transition(internal, "any", "any", "any", "any") IS 'Support function of tenant_metrics.usage_state.';
COMMENT ON FUNCTION tenant_metrics.usage_state_combine(internal, internal) IS 'Support function of tenant_metrics.usage_state.';
COMMENT ON FUNCTION tenant_metrics.usage_state_serialize(internal) IS 'Support function of tenant_metrics.usage_state.';
COMMENT ON FUNCTION tenant_metrics.usage_state_deserialize(bytea, internal) IS 'Support function of tenant_metrics.usage_state.';
COMMENT ON FUNCTION tenant_metrics.usage_state_final(internal) IS 'Support function of tenant_metrics.usage_state.';

COMMENT ON FUNCTION @extschema@.tenant_adoption_rate(bigint, timestamptz, timestamptz, text) IS
    'Features that the tenant itself used, divided by the size of the source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rate_uuid(uuid, timestamptz, timestamptz, text) IS
    'Features that the tenant itself used, divided by the size of the source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_adoption_rate for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rate_text(text, timestamptz, timestamptz, text) IS
    'Features that the tenant itself used, divided by the size of the source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_adoption_rate for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_adoption_rate(bigint, timestamptz, timestamptz, text) IS
    'Features that the tenant and its descendants used (the union), divided by the size of the source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_adoption_rate_uuid(uuid, timestamptz, timestamptz, text) IS
    'Features that the tenant and its descendants used (the union), divided by the size of the source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_adoption_rate for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_adoption_rate_text(text, timestamptz, timestamptz, text) IS
    'Features that the tenant and its descendants used (the union), divided by the size of the source''s catalogue; events in [since, until). NULL with an empty catalogue. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_adoption_rate for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_features_used(bigint, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant itself used in [since, until). NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_features_used_uuid(uuid, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant itself used in [since, until). NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_features_used for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_features_used_text(text, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant itself used in [since, until). NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_features_used for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_features_used(bigint, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant and its descendants used in [since, until). NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_features_used_uuid(uuid, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant and its descendants used in [since, until). NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_features_used for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_features_used_text(text, timestamptz, timestamptz, text) IS
    'Number of distinct features that the tenant and its descendants used in [since, until). NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_features_used for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_cost(bigint, timestamptz, timestamptz, text) IS
    'Exact sum of the tenant''s own costs in [since, until), in the unit of the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_cost_uuid(uuid, timestamptz, timestamptz, text) IS
    'Exact sum of the tenant''s own costs in [since, until), in the unit of the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_cost for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_cost_text(text, timestamptz, timestamptz, text) IS
    'Exact sum of the tenant''s own costs in [since, until), in the unit of the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_cost for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_cost(bigint, timestamptz, timestamptz, text) IS
    'Exact sum of the costs of the tenant and its descendants in [since, until), in the unit of the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_cost_uuid(uuid, timestamptz, timestamptz, text) IS
    'Exact sum of the costs of the tenant and its descendants in [since, until), in the unit of the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_cost for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_cost_text(text, timestamptz, timestamptz, text) IS
    'Exact sum of the costs of the tenant and its descendants in [since, until), in the unit of the cost column; NULL, NaN and infinite costs are left out, no priced event gives 0. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_cost for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_events(bigint, timestamptz, timestamptz, text) IS
    'Number of the tenant''s own events in [since, until). NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_events_uuid(uuid, timestamptz, timestamptz, text) IS
    'Number of the tenant''s own events in [since, until). NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_events for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_events_text(text, timestamptz, timestamptz, text) IS
    'Number of the tenant''s own events in [since, until). NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_events for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_events(bigint, timestamptz, timestamptz, text) IS
    'Number of events of the tenant and its descendants in [since, until). NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_events_uuid(uuid, timestamptz, timestamptz, text) IS
    'Number of events of the tenant and its descendants in [since, until). NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_events for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_events_text(text, timestamptz, timestamptz, text) IS
    'Number of events of the tenant and its descendants in [since, until). NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_events for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_last_used(bigint, timestamptz, timestamptz, text) IS
    'Time of the tenant''s own latest event in [since, until); NULL without one. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_last_used_uuid(uuid, timestamptz, timestamptz, text) IS
    'Time of the tenant''s own latest event in [since, until); NULL without one. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_last_used for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_last_used_text(text, timestamptz, timestamptz, text) IS
    'Time of the tenant''s own latest event in [since, until); NULL without one. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_last_used for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_last_used(bigint, timestamptz, timestamptz, text) IS
    'Time of the latest event of the tenant and its descendants in [since, until); NULL without one. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_last_used_uuid(uuid, timestamptz, timestamptz, text) IS
    'Time of the latest event of the tenant and its descendants in [since, until); NULL without one. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_last_used for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_last_used_text(text, timestamptz, timestamptz, text) IS
    'Time of the latest event of the tenant and its descendants in [since, until); NULL without one. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_subtree_last_used for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_depth(bigint, text) IS
    'Number of parent links from the tenant up to its root, which has depth 0. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_depth_uuid(uuid, text) IS
    'Number of parent links from the tenant up to its root, which has depth 0. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_depth for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_depth_text(text, text) IS
    'Number of parent links from the tenant up to its root, which has depth 0. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_depth for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_height(bigint, text) IS
    'Number of parent links from the tenant down to its farthest leaf; 0 for a leaf. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_height_uuid(uuid, text) IS
    'Number of parent links from the tenant down to its farthest leaf; 0 for a leaf. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_height for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_height_text(text, text) IS
    'Number of parent links from the tenant down to its farthest leaf; 0 for a leaf. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_height for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_root(bigint, text) IS
    'The root that the tenant is below, or the tenant itself. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_root_uuid(uuid, text) IS
    'The root that the tenant is below, or the tenant itself. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_root for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_root_text(text, text) IS
    'The root that the tenant is below, or the tenant itself. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_root for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_path(bigint, text) IS
    'The ids from the root to the tenant, both included. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_path_uuid(uuid, text) IS
    'The ids from the root to the tenant, both included. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_path for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_path_text(text, text) IS
    'The ids from the root to the tenant, both included. NULL on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_path for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_is_descendant(bigint, bigint, text) IS
    'Whether the tenant is below the ancestor, at any depth; a tenant is not its own descendant. NULL if either is on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller.';
COMMENT ON FUNCTION @extschema@.tenant_is_descendant_uuid(uuid, uuid, text) IS
    'Whether the tenant is below the ancestor, at any depth; a tenant is not its own descendant. NULL if either is on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_is_descendant for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_is_descendant_text(text, text, text) IS
    'Whether the tenant is below the ancestor, at any depth; a tenant is not its own descendant. NULL if either is on or below a cycle, or error 42P19 where tenant_metrics.on_cycle is error. NULL for an id that is NULL, unknown or invisible to the caller. Twin of tenant_is_descendant for ids as text, of every source.';
COMMENT ON TYPE tenant_metrics.dashboard_row IS 'Row of tenant_dashboard and tenant_dashboard_for: a tenant with its place in the tree, its own totals and its subtree''s.';
COMMENT ON TYPE tenant_metrics.dashboard_row_uuid IS 'Row of tenant_dashboard and tenant_dashboard_for: a tenant with its place in the tree, its own totals and its subtree''s.';
COMMENT ON TYPE tenant_metrics.dashboard_row_text IS 'Row of tenant_dashboard and tenant_dashboard_for: a tenant with its place in the tree, its own totals and its subtree''s.';
COMMENT ON TYPE tenant_metrics.adoption_rate_row IS 'Row of tenant_adoption_rates.';
COMMENT ON TYPE tenant_metrics.adoption_rate_row_uuid IS 'Row of tenant_adoption_rates.';
COMMENT ON TYPE tenant_metrics.adoption_rate_row_text IS 'Row of tenant_adoption_rates.';
COMMENT ON TYPE tenant_metrics.subtree_cost_row IS 'Row of tenant_subtree_costs.';
COMMENT ON TYPE tenant_metrics.subtree_cost_row_uuid IS 'Row of tenant_subtree_costs.';
COMMENT ON TYPE tenant_metrics.subtree_cost_row_text IS 'Row of tenant_subtree_costs.';
COMMENT ON TYPE tenant_metrics.relative_row IS 'Row of tenant_descendants and tenant_ancestors; distance counts links from the tenant that was asked for.';
COMMENT ON TYPE tenant_metrics.relative_row_uuid IS 'Row of tenant_descendants and tenant_ancestors; distance counts links from the tenant that was asked for.';
COMMENT ON TYPE tenant_metrics.relative_row_text IS 'Row of tenant_descendants and tenant_ancestors; distance counts links from the tenant that was asked for.';
COMMENT ON FUNCTION @extschema@.tenant_dashboard(bigint, timestamptz, timestamptz, text, int) IS
    'Every tenant with its own and subtree totals of [since, until), depth-first, siblings by id; of the whole forest, or of one root and what is below it. max_depth is the number of levels shown below the starting points. No rows for an unknown root.';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_uuid(uuid, timestamptz, timestamptz, text, int) IS
    'Every tenant with its own and subtree totals of [since, until), depth-first, siblings by id; of the whole forest, or of one root and what is below it. max_depth is the number of levels shown below the starting points. No rows for an unknown root. Twin of tenant_dashboard for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_text(text, timestamptz, timestamptz, text, int) IS
    'Every tenant with its own and subtree totals of [since, until), depth-first, siblings by id; of the whole forest, or of one root and what is below it. max_depth is the number of levels shown below the starting points. No rows for an unknown root. Twin of tenant_dashboard for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_for(bigint[], timestamptz, timestamptz, text) IS
    'The rows of tenant_dashboard for these tenants, in the order given; ids that are NULL, unknown or invisible give none.';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_for_uuid(uuid[], timestamptz, timestamptz, text) IS
    'The rows of tenant_dashboard for these tenants, in the order given; ids that are NULL, unknown or invisible give none. Twin of tenant_dashboard_for for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_dashboard_for_text(text[], timestamptz, timestamptz, text) IS
    'The rows of tenant_dashboard for these tenants, in the order given; ids that are NULL, unknown or invisible give none. Twin of tenant_dashboard_for for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rates(bigint, timestamptz, timestamptz, text) IS
    'tenant_adoption_rate of every tenant that tenant_dashboard(root) lists, in one pass.';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rates_uuid(uuid, timestamptz, timestamptz, text) IS
    'tenant_adoption_rate of every tenant that tenant_dashboard(root) lists, in one pass. Twin of tenant_adoption_rates for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_adoption_rates_text(text, timestamptz, timestamptz, text) IS
    'tenant_adoption_rate of every tenant that tenant_dashboard(root) lists, in one pass. Twin of tenant_adoption_rates for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_costs(bigint, timestamptz, timestamptz, text) IS
    'tenant_subtree_cost of every tenant that tenant_dashboard(root) lists, in one pass; NULL on or below a cycle.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_costs_uuid(uuid, timestamptz, timestamptz, text) IS
    'tenant_subtree_cost of every tenant that tenant_dashboard(root) lists, in one pass; NULL on or below a cycle. Twin of tenant_subtree_costs for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_subtree_costs_text(text, timestamptz, timestamptz, text) IS
    'tenant_subtree_cost of every tenant that tenant_dashboard(root) lists, in one pass; NULL on or below a cycle. Twin of tenant_subtree_costs for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_descendants(bigint, int, text) IS
    'The tenants below this one, depth-first, siblings by id, down to max_depth levels; not the tenant itself. Error 42P19 on or below a cycle.';
COMMENT ON FUNCTION @extschema@.tenant_descendants_uuid(uuid, int, text) IS
    'The tenants below this one, depth-first, siblings by id, down to max_depth levels; not the tenant itself. Error 42P19 on or below a cycle. Twin of tenant_descendants for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_descendants_text(text, int, text) IS
    'The tenants below this one, depth-first, siblings by id, down to max_depth levels; not the tenant itself. Error 42P19 on or below a cycle. Twin of tenant_descendants for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_ancestors(bigint, text) IS
    'The tenants above this one, its parent first. Error 42P19 on or below a cycle.';
COMMENT ON FUNCTION @extschema@.tenant_ancestors_uuid(uuid, text) IS
    'The tenants above this one, its parent first. Error 42P19 on or below a cycle. Twin of tenant_ancestors for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_ancestors_text(text, text) IS
    'The tenants above this one, its parent first. Error 42P19 on or below a cycle. Twin of tenant_ancestors for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_tree_json(bigint, timestamptz, timestamptz, text, int) IS
    'The rows of tenant_dashboard as nested objects with the key children; one object for a root, an array of the roots'' objects without one. NULL for an unknown root.';
COMMENT ON FUNCTION @extschema@.tenant_tree_json_uuid(uuid, timestamptz, timestamptz, text, int) IS
    'The rows of tenant_dashboard as nested objects with the key children; one object for a root, an array of the roots'' objects without one. NULL for an unknown root. Twin of tenant_tree_json for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_tree_json_text(text, timestamptz, timestamptz, text, int) IS
    'The rows of tenant_dashboard as nested objects with the key children; one object for a root, an array of the roots'' objects without one. NULL for an unknown root. Twin of tenant_tree_json for ids as text, of every source.';
COMMENT ON VIEW tenant_metrics.dashboard IS 'tenant_dashboard() of the default source; it answers as its caller, with the caller''s rights.';
COMMENT ON VIEW tenant_metrics.dashboard_uuid IS 'tenant_dashboard_uuid() of the default source; it answers as its caller, with the caller''s rights.';
COMMENT ON VIEW tenant_metrics.dashboard_text IS 'tenant_dashboard_text() of the default source; it answers as its caller, with the caller''s rights.';

COMMENT ON AGGREGATE tenant_metrics.series_state("any", "any", "any", "any", bytea) IS
    'Accumulates usage by bucket of time over (tenant, feature, cost, time, frame); the frame and the value are opaque, and made and used by the readers.';
COMMENT ON FUNCTION tenant_metrics.series_state_transition(internal, "any", "any", "any", "any", bytea) IS 'Support function of tenant_metrics.series_state.';
COMMENT ON FUNCTION tenant_metrics.series_state_combine(internal, internal) IS 'Support function of tenant_metrics.series_state.';
COMMENT ON FUNCTION tenant_metrics.series_state_serialize(internal) IS 'Support function of tenant_metrics.series_state.';
COMMENT ON FUNCTION tenant_metrics.series_state_deserialize(bytea, internal) IS 'Support function of tenant_metrics.series_state.';
COMMENT ON FUNCTION tenant_metrics.series_state_final(internal) IS 'Support function of tenant_metrics.series_state.';
COMMENT ON TYPE tenant_metrics.usage_series_row IS 'Row of tenant_usage_series.';
COMMENT ON TYPE tenant_metrics.usage_series_for_row IS 'Row of tenant_usage_series_for.';
COMMENT ON TYPE tenant_metrics.usage_series_for_row_uuid IS 'Row of tenant_usage_series_for_uuid.';
COMMENT ON TYPE tenant_metrics.usage_series_for_row_text IS 'Row of tenant_usage_series_for_text.';
COMMENT ON TYPE tenant_metrics.activity_row IS 'Row of tenant_activity.';
COMMENT ON FUNCTION @extschema@.tenant_usage_series(bigint, timestamptz, timestamptz, text, text, text, text) IS
    'Usage in [since, until) by bucket (hour, day, week from Monday, month, quarter or year) of the time zone tz, in order of time: events, exact cost, unpriced events, distinct features and tenants of the tenant itself (scope own) or of it and its descendants (scope subtree); of all tenants where id is NULL. Buckets without events are there with zeros; a missing bound is the bucket of the first or last event. Error 42P19 for the subtree of a tenant on or below a cycle; no rows for an unknown id.';
COMMENT ON FUNCTION @extschema@.tenant_usage_series_uuid(uuid, timestamptz, timestamptz, text, text, text, text) IS
    'Usage in [since, until) by bucket (hour, day, week from Monday, month, quarter or year) of the time zone tz, in order of time: events, exact cost, unpriced events, distinct features and tenants of the tenant itself (scope own) or of it and its descendants (scope subtree); of all tenants where id is NULL. Buckets without events are there with zeros; a missing bound is the bucket of the first or last event. Error 42P19 for the subtree of a tenant on or below a cycle; no rows for an unknown id. Twin of tenant_usage_series for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_usage_series_text(text, timestamptz, timestamptz, text, text, text, text) IS
    'Usage in [since, until) by bucket (hour, day, week from Monday, month, quarter or year) of the time zone tz, in order of time: events, exact cost, unpriced events, distinct features and tenants of the tenant itself (scope own) or of it and its descendants (scope subtree); of all tenants where id is NULL. Buckets without events are there with zeros; a missing bound is the bucket of the first or last event. Error 42P19 for the subtree of a tenant on or below a cycle; no rows for an unknown id. Twin of tenant_usage_series for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_usage_series_for(bigint[], timestamptz, timestamptz, text, text, text, text) IS
    'The series of tenant_usage_series for each known tenant of the array once, in its order, in one pass over usage. A missing bound is taken from the events of all of them together.';
COMMENT ON FUNCTION @extschema@.tenant_usage_series_for_uuid(uuid[], timestamptz, timestamptz, text, text, text, text) IS
    'The series of tenant_usage_series for each known tenant of the array once, in its order, in one pass over usage. A missing bound is taken from the events of all of them together. Twin of tenant_usage_series_for for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_usage_series_for_text(text[], timestamptz, timestamptz, text, text, text, text) IS
    'The series of tenant_usage_series for each known tenant of the array once, in its order, in one pass over usage. A missing bound is taken from the events of all of them together. Twin of tenant_usage_series_for for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_activity(bigint, timestamptz, text, text) IS
    'How many tenants of the root and below, or of all, have own events in the local day of at in the time zone tz, in the 7 and in the 30 days that end with it; how many of the 30 days are new, or recovered from 30 days or more without, and how many lapsed that were active in the 30 days before. No rows for an unknown root.';
COMMENT ON FUNCTION @extschema@.tenant_activity_uuid(uuid, timestamptz, text, text) IS
    'How many tenants of the root and below, or of all, have own events in the local day of at in the time zone tz, in the 7 and in the 30 days that end with it; how many of the 30 days are new, or recovered from 30 days or more without, and how many lapsed that were active in the 30 days before. No rows for an unknown root. Twin of tenant_activity for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_activity_text(text, timestamptz, text, text) IS
    'How many tenants of the root and below, or of all, have own events in the local day of at in the time zone tz, in the 7 and in the 30 days that end with it; how many of the 30 days are new, or recovered from 30 days or more without, and how many lapsed that were active in the 30 days before. No rows for an unknown root. Twin of tenant_activity for ids as text, of every source.';

COMMENT ON AGGREGATE tenant_metrics.feature_state("any", "any", "any", "any") IS
    'Accumulates usage by tenant and feature over (tenant, feature, cost, time); the value is an opaque state that the readers use.';
COMMENT ON FUNCTION tenant_metrics.feature_state_transition(internal, "any", "any", "any", "any") IS 'Support function of tenant_metrics.feature_state.';
COMMENT ON FUNCTION tenant_metrics.feature_state_combine(internal, internal) IS 'Support function of tenant_metrics.feature_state.';
COMMENT ON FUNCTION tenant_metrics.feature_state_serialize(internal) IS 'Support function of tenant_metrics.feature_state.';
COMMENT ON FUNCTION tenant_metrics.feature_state_deserialize(bytea, internal) IS 'Support function of tenant_metrics.feature_state.';
COMMENT ON FUNCTION tenant_metrics.feature_state_final(internal) IS 'Support function of tenant_metrics.feature_state.';
COMMENT ON AGGREGATE tenant_metrics.adoption_state("any", "any", "any", "any") IS
    'Accumulates by tenant and feature when it was first used since a time, and whether before, over (tenant, feature, time, split); the value is an opaque state that the readers use.';
COMMENT ON FUNCTION tenant_metrics.adoption_state_transition(internal, "any", "any", "any", "any") IS 'Support function of tenant_metrics.adoption_state.';
COMMENT ON FUNCTION tenant_metrics.adoption_state_combine(internal, internal) IS 'Support function of tenant_metrics.adoption_state.';
COMMENT ON FUNCTION tenant_metrics.adoption_state_serialize(internal) IS 'Support function of tenant_metrics.adoption_state.';
COMMENT ON FUNCTION tenant_metrics.adoption_state_deserialize(bytea, internal) IS 'Support function of tenant_metrics.adoption_state.';
COMMENT ON FUNCTION tenant_metrics.adoption_state_final(internal) IS 'Support function of tenant_metrics.adoption_state.';
COMMENT ON AGGREGATE tenant_metrics.period_state("any", "any", "any", "any", "any") IS
    'Accumulates usage by tenant since a time and before it, over (tenant, feature, cost, time, split); the value is an opaque state that the readers use.';
COMMENT ON FUNCTION tenant_metrics.period_state_transition(internal, "any", "any", "any", "any", "any") IS 'Support function of tenant_metrics.period_state.';
COMMENT ON FUNCTION tenant_metrics.period_state_combine(internal, internal) IS 'Support function of tenant_metrics.period_state.';
COMMENT ON FUNCTION tenant_metrics.period_state_serialize(internal) IS 'Support function of tenant_metrics.period_state.';
COMMENT ON FUNCTION tenant_metrics.period_state_deserialize(bytea, internal) IS 'Support function of tenant_metrics.period_state.';
COMMENT ON FUNCTION tenant_metrics.period_state_final(internal) IS 'Support function of tenant_metrics.period_state.';
COMMENT ON FUNCTION @extschema@.tenant_feature_breakdown(bigint, timestamptz, timestamptz, text, text) IS
    'A row for each feature of the scope''s events in [since, until) and of the catalogue: events, exact cost and its share, distinct tenants, breadth (tenants using it / tenants in the scope), first and last use. The scope is the tenant (scope own) or its subtree, error 42P19 on or below a cycle; all tenants without an id.';
COMMENT ON FUNCTION @extschema@.tenant_feature_breakdown_uuid(uuid, timestamptz, timestamptz, text, text) IS
    'A row for each feature of the scope''s events in [since, until) and of the catalogue: events, exact cost and its share, distinct tenants, breadth (tenants using it / tenants in the scope), first and last use. The scope is the tenant (scope own) or its subtree, error 42P19 on or below a cycle; all tenants without an id. Twin of tenant_feature_breakdown for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_feature_breakdown_text(text, timestamptz, timestamptz, text, text) IS
    'A row for each feature of the scope''s events in [since, until) and of the catalogue: events, exact cost and its share, distinct tenants, breadth (tenants using it / tenants in the scope), first and last use. The scope is the tenant (scope own) or its subtree, error 42P19 on or below a cycle; all tenants without an id. Twin of tenant_feature_breakdown for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_feature_matrix(bigint, timestamptz, timestamptz, text, int, text) IS
    'Events and exact cost of each tenant that tenant_dashboard lists and each feature in [since, until), where there are any; the tenants'' own or, with scope subtree, their subtrees'', which tenants on and below cycles have none of.';
COMMENT ON FUNCTION @extschema@.tenant_feature_matrix_uuid(uuid, timestamptz, timestamptz, text, int, text) IS
    'Events and exact cost of each tenant that tenant_dashboard lists and each feature in [since, until), where there are any; the tenants'' own or, with scope subtree, their subtrees'', which tenants on and below cycles have none of. Twin of tenant_feature_matrix for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_feature_matrix_text(text, timestamptz, timestamptz, text, int, text) IS
    'Events and exact cost of each tenant that tenant_dashboard lists and each feature in [since, until), where there are any; the tenants'' own or, with scope subtree, their subtrees'', which tenants on and below cycles have none of. Twin of tenant_feature_matrix for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_feature_adoption(bigint, timestamptz, timestamptz, text) IS
    'Who of the root''s subtree, of all tenants without a root, adopted each feature in [since, until): their number and rate, how many are new and how many lapsed against the period of the same length before (NULL without finite bounds), and the median time from a tenant''s first event to its first with the feature.';
COMMENT ON FUNCTION @extschema@.tenant_feature_adoption_uuid(uuid, timestamptz, timestamptz, text) IS
    'Who of the root''s subtree, of all tenants without a root, adopted each feature in [since, until): their number and rate, how many are new and how many lapsed against the period of the same length before (NULL without finite bounds), and the median time from a tenant''s first event to its first with the feature. Twin of tenant_feature_adoption for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_feature_adoption_text(text, timestamptz, timestamptz, text) IS
    'Who of the root''s subtree, of all tenants without a root, adopted each feature in [since, until): their number and rate, how many are new and how many lapsed against the period of the same length before (NULL without finite bounds), and the median time from a tenant''s first event to its first with the feature. Twin of tenant_feature_adoption for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_top(int, text, bigint, int, timestamptz, timestamptz, text) IS
    'The first n tenants (NULL: all) of the root''s subtree, of all tenants without a root, in order of cost, subtree_cost, events, adoption_rate or growth in [since, until), ties by id; with the share of the whole scope, the value in the period of the same length before (NULL without finite bounds) and the change. at_depth takes only tenants of that depth.';
COMMENT ON FUNCTION @extschema@.tenant_top_uuid(int, text, uuid, int, timestamptz, timestamptz, text) IS
    'The first n tenants (NULL: all) of the root''s subtree, of all tenants without a root, in order of cost, subtree_cost, events, adoption_rate or growth in [since, until), ties by id; with the share of the whole scope, the value in the period of the same length before (NULL without finite bounds) and the change. at_depth takes only tenants of that depth. Twin of tenant_top for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_top_text(int, text, text, int, timestamptz, timestamptz, text) IS
    'The first n tenants (NULL: all) of the root''s subtree, of all tenants without a root, in order of cost, subtree_cost, events, adoption_rate or growth in [since, until), ties by id; with the share of the whole scope, the value in the period of the same length before (NULL without finite bounds) and the change. at_depth takes only tenants of that depth. Twin of tenant_top for ids as text, of every source.';
COMMENT ON FUNCTION @extschema@.tenant_compare(bigint, timestamptz, timestamptz, text, int) IS
    'Each tenant that tenant_dashboard lists in [since, until), which needs finite bounds, against the period of the same length before: own cost, subtree cost (NULL on and below cycles), events, and the features gained and lost.';
COMMENT ON FUNCTION @extschema@.tenant_compare_uuid(uuid, timestamptz, timestamptz, text, int) IS
    'Each tenant that tenant_dashboard lists in [since, until), which needs finite bounds, against the period of the same length before: own cost, subtree cost (NULL on and below cycles), events, and the features gained and lost. Twin of tenant_compare for uuid ids.';
COMMENT ON FUNCTION @extschema@.tenant_compare_text(text, timestamptz, timestamptz, text, int) IS
    'Each tenant that tenant_dashboard lists in [since, until), which needs finite bounds, against the period of the same length before: own cost, subtree cost (NULL on and below cycles), events, and the features gained and lost. Twin of tenant_compare for ids as text, of every source.';
COMMENT ON TYPE tenant_metrics.feature_breakdown_row IS 'Row of tenant_feature_breakdown().';
COMMENT ON TYPE tenant_metrics.feature_matrix_row IS 'Row of tenant_feature_matrix().';
COMMENT ON TYPE tenant_metrics.feature_matrix_row_uuid IS 'Row of tenant_feature_matrix_uuid().';
COMMENT ON TYPE tenant_metrics.feature_matrix_row_text IS 'Row of tenant_feature_matrix_text().';
COMMENT ON TYPE tenant_metrics.feature_adoption_row IS 'Row of tenant_feature_adoption().';
COMMENT ON TYPE tenant_metrics.top_row IS 'Row of tenant_top().';
COMMENT ON TYPE tenant_metrics.top_row_uuid IS 'Row of tenant_top_uuid().';
COMMENT ON TYPE tenant_metrics.top_row_text IS 'Row of tenant_top_text().';
COMMENT ON TYPE tenant_metrics.compare_row IS 'Row of tenant_compare().';
COMMENT ON TYPE tenant_metrics.compare_row_uuid IS 'Row of tenant_compare_uuid().';
COMMENT ON TYPE tenant_metrics.compare_row_text IS 'Row of tenant_compare_text().';
