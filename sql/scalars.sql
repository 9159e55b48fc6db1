-- Scalars, for use per row: in SELECT, WHERE and ORDER BY, by any client or ORM.
-- The three twins of a reader share a C symbol, which looks at the declared type of the id.


CREATE FUNCTION @extschema@.tenant_adoption_rate(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_adoption_rate';
CREATE FUNCTION @extschema@.tenant_adoption_rate_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_adoption_rate';
CREATE FUNCTION @extschema@.tenant_adoption_rate_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_adoption_rate';

CREATE FUNCTION @extschema@.tenant_subtree_adoption_rate(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_adoption_rate';
CREATE FUNCTION @extschema@.tenant_subtree_adoption_rate_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_adoption_rate';
CREATE FUNCTION @extschema@.tenant_subtree_adoption_rate_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS float8
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_adoption_rate';

CREATE FUNCTION @extschema@.tenant_features_used(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_features_used';
CREATE FUNCTION @extschema@.tenant_features_used_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_features_used';
CREATE FUNCTION @extschema@.tenant_features_used_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_features_used';

CREATE FUNCTION @extschema@.tenant_subtree_features_used(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_features_used';
CREATE FUNCTION @extschema@.tenant_subtree_features_used_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_features_used';
CREATE FUNCTION @extschema@.tenant_subtree_features_used_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_features_used';

CREATE FUNCTION @extschema@.tenant_cost(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_cost';
CREATE FUNCTION @extschema@.tenant_cost_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_cost';
CREATE FUNCTION @extschema@.tenant_cost_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_cost';

CREATE FUNCTION @extschema@.tenant_subtree_cost(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_cost';
CREATE FUNCTION @extschema@.tenant_subtree_cost_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_cost';
CREATE FUNCTION @extschema@.tenant_subtree_cost_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS numeric
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_cost';

CREATE FUNCTION @extschema@.tenant_events(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_events';
CREATE FUNCTION @extschema@.tenant_events_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_events';
CREATE FUNCTION @extschema@.tenant_events_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_events';

CREATE FUNCTION @extschema@.tenant_subtree_events(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_events';
CREATE FUNCTION @extschema@.tenant_subtree_events_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_events';
CREATE FUNCTION @extschema@.tenant_subtree_events_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_events';

CREATE FUNCTION @extschema@.tenant_last_used(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_last_used';
CREATE FUNCTION @extschema@.tenant_last_used_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_last_used';
CREATE FUNCTION @extschema@.tenant_last_used_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_last_used';

CREATE FUNCTION @extschema@.tenant_subtree_last_used(id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_last_used';
CREATE FUNCTION @extschema@.tenant_subtree_last_used_uuid(id uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_last_used';
CREATE FUNCTION @extschema@.tenant_subtree_last_used_text(id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default') RETURNS timestamptz
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 AS 'MODULE_PATHNAME', 'tenant_subtree_last_used';

-- Scalars over the tree alone.

CREATE FUNCTION @extschema@.tenant_depth(id bigint, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_depth';
CREATE FUNCTION @extschema@.tenant_depth_uuid(id uuid, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_depth';
CREATE FUNCTION @extschema@.tenant_depth_text(id text, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_depth';

CREATE FUNCTION @extschema@.tenant_height(id bigint, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_height';
CREATE FUNCTION @extschema@.tenant_height_uuid(id uuid, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_height';
CREATE FUNCTION @extschema@.tenant_height_text(id text, source text DEFAULT 'default') RETURNS int
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_height';

CREATE FUNCTION @extschema@.tenant_root(id bigint, source text DEFAULT 'default') RETURNS bigint
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_root';
CREATE FUNCTION @extschema@.tenant_root_uuid(id uuid, source text DEFAULT 'default') RETURNS uuid
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_root';
CREATE FUNCTION @extschema@.tenant_root_text(id text, source text DEFAULT 'default') RETURNS text
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_root';

CREATE FUNCTION @extschema@.tenant_path(id bigint, source text DEFAULT 'default') RETURNS bigint[]
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_path';
CREATE FUNCTION @extschema@.tenant_path_uuid(id uuid, source text DEFAULT 'default') RETURNS uuid[]
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_path';
CREATE FUNCTION @extschema@.tenant_path_text(id text, source text DEFAULT 'default') RETURNS text[]
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_path';

CREATE FUNCTION @extschema@.tenant_is_descendant(id bigint, ancestor bigint, source text DEFAULT 'default') RETURNS boolean
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_is_descendant';
CREATE FUNCTION @extschema@.tenant_is_descendant_uuid(id uuid, ancestor uuid, source text DEFAULT 'default') RETURNS boolean
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_is_descendant';
CREATE FUNCTION @extschema@.tenant_is_descendant_text(id text, ancestor text, source text DEFAULT 'default') RETURNS boolean
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'tenant_is_descendant';
