-- Functions that are declared otherwise than the library answers them, as those of another version are.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tenant_metrics;
CREATE SCHEMA declarations;
SET search_path = declarations, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1);

-- A number where the library reads the name of the source.
CREATE FUNCTION numbered(id bigint, since timestamptz, until timestamptz, source bigint) RETURNS numeric
    LANGUAGE c AS '$libdir/tenant_metrics', 'tenant_subtree_cost';
SELECT expect_error('SELECT numbered(1, NULL, NULL, 12345)');
-- A domain is its base type, and so is a type that casts to it without a function.
CREATE DOMAIN source_name AS text;
SELECT tenant_subtree_cost(1, source => 'default'::source_name), tenant_subtree_cost(1, source => 'default'::varchar);
-- An argument that is not there is NULL.
CREATE FUNCTION sourceless(id bigint, since timestamptz, until timestamptz) RETURNS numeric
    LANGUAGE c AS '$libdir/tenant_metrics', 'tenant_subtree_cost';
SELECT expect_error('SELECT sourceless(1, NULL, NULL)');

-- Rows of another shape: a column fewer, one more, one of another type, one of another name.
CREATE FUNCTION fewer(id bigint, since timestamptz, until timestamptz, source text)
    RETURNS TABLE (tenant_id bigint) LANGUAGE c AS '$libdir/tenant_metrics', 'tenant_subtree_costs';
CREATE FUNCTION more(id bigint, since timestamptz, until timestamptz, source text)
    RETURNS TABLE (tenant_id bigint, subtree_cost numeric, more int) LANGUAGE c AS '$libdir/tenant_metrics', 'tenant_subtree_costs';
CREATE FUNCTION other_type(id bigint, since timestamptz, until timestamptz, source text)
    RETURNS TABLE (tenant_id bigint, subtree_cost float8) LANGUAGE c AS '$libdir/tenant_metrics', 'tenant_subtree_costs';
CREATE FUNCTION other_name(id bigint, since timestamptz, until timestamptz, source text)
    RETURNS TABLE (tenant_id bigint, cost numeric) LANGUAGE c AS '$libdir/tenant_metrics', 'tenant_subtree_costs';
SELECT function, expect_error('SELECT * FROM ' || function || $$(1, NULL, NULL, 'default')$$)
FROM unnest(ARRAY['fewer', 'more', 'other_type', 'other_name']) AS function;
DROP SCHEMA declarations CASCADE;
