-- The model in one schema; world.py fills in the {names} once per schema.

CREATE SCHEMA {schema} AUTHORIZATION owner_{seed};
GRANT USAGE ON SCHEMA {schema} TO PUBLIC;

-- No foreign key: parents may be missing.
CREATE TABLE {schema}.tenants (
    id int PRIMARY KEY,
    name text NOT NULL DEFAULT 'a tenant',
    parent_id int,
    region text NOT NULL DEFAULT 'east'
);
{usage}
{indexes}

INSERT INTO {schema}.tenants (id, parent_id, region)
SELECT id, CASE WHEN id > 2 THEN 1 + (id * 7 + {shift}) % (id / 2) END,
       (ARRAY['east', 'west', 'all'])[1 + id % 3]
FROM generate_series(1, {tenants}) AS id;

INSERT INTO {schema}.ai_feature_usage (tenant_id, feature_name, inference_cost, created_at, region)
SELECT 1 + (n * 13 + {shift}) % {tenants}, 'feature ' || n % 11, (n % 97) / 8.0,
       timestamp '2024-01-01' + n % 10 * interval '1 day', (ARRAY['east', 'west'])[1 + n % 2]
FROM generate_series(1, {events}) AS n;

ALTER TABLE {schema}.tenants OWNER TO owner_{seed};
ALTER {usage_kind} {schema}.ai_feature_usage OWNER TO owner_{seed};
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema} TO clerk_{seed};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO auditor_{seed};
GRANT SELECT ON {schema}.tenants TO partial_{seed}, stranger_{seed};
GRANT SELECT (tenant_id, feature_name, created_at) ON {schema}.ai_feature_usage TO partial_{seed};

CREATE POLICY visible ON {schema}.tenants
    USING (region = current_setting('app.region', true) OR current_setting('app.region', true) = 'all')
    WITH CHECK (true);
CREATE POLICY visible ON {schema}.{policed} TO staff_{seed}, auditor_{seed}
    USING (region = current_setting('app.region', true) OR current_setting('app.region', true) = 'all')
    WITH CHECK (true);

{police}

ANALYZE {schema}.tenants;
ANALYZE {schema}.{policed};
