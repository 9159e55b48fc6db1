-- The model in one schema; world.py fills in the {names} once per schema.

CREATE SCHEMA {schema} AUTHORIZATION owner_{seed};
GRANT USAGE ON SCHEMA {schema} TO PUBLIC;

CREATE DOMAIN {schema}.tenant_number AS int;
-- No foreign key: parents may be missing.
CREATE TABLE {schema}.{tenants_table} (
    id {id_type} PRIMARY KEY,
    name text NOT NULL DEFAULT 'a tenant',
    parent_id {id_type},
    region text NOT NULL DEFAULT 'east'
);
{usage}
{indexes}

-- What policies and views read beside the two: who may see which tenant where, and whose turn it is.
CREATE TABLE {schema}.grants (who text NOT NULL, granted int NOT NULL, place text NOT NULL);
CREATE SEQUENCE {schema}.turns;
INSERT INTO {schema}.grants (who, granted, place)
SELECT (ARRAY['clerk', 'auditor', 'owner', 'postgres'])[1 + n % 4], 1 + n * 5 % {tenants},
       (ARRAY['east', 'west', 'all'])[1 + n % 3]
FROM generate_series(1, 3 * {tenants}) AS n;

INSERT INTO {schema}.{tenants_table} (id, parent_id, region)
SELECT id, CASE WHEN id > 2 THEN 1 + (id * 7 + {shift}) % (id / 2) END,
       (ARRAY['east', 'west', 'all'])[1 + id % 3]
FROM generate_series(1, {tenants}) AS id;

INSERT INTO {schema}.{events_table} (tenant_id, feature_name, inference_cost, created_at, region, payload)
SELECT tenant, 'feature ' || n % 11, (n % 97) / 8.0,
       timestamp '2024-01-01' + n % 10 * interval '1 day' + n % 7 * interval '3:07:00.000001', (ARRAY['east', 'west'])[1 + n % 2],
       CASE WHEN tenant = 3 THEN '{"cost": "none"}'::jsonb WHEN n % 5 = 0 THEN '{"cost": 1.25}' END
FROM generate_series(1, {events}) AS n, LATERAL (SELECT 1 + (n * 13 + {shift}) % {tenants} AS tenant) AS t;

{views}
ALTER TABLE {schema}.tenants OWNER TO owner_{seed};
ALTER TABLE {schema}.accounts OWNER TO owner_{seed};
ALTER TABLE {schema}.ai_feature_usage OWNER TO owner_{seed};
ALTER TABLE {schema}.events OWNER TO owner_{seed};
ALTER TABLE {schema}.grants OWNER TO owner_{seed};
ALTER SEQUENCE {schema}.turns OWNER TO owner_{seed};
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema} TO clerk_{seed};
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO PUBLIC;
GRANT SELECT ON {schema}.grants TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO auditor_{seed};
GRANT SELECT ON {schema}.tenants, {schema}.accounts TO partial_{seed}, stranger_{seed};
GRANT SELECT (tenant_id, feature_name, created_at)
    ON {schema}.ai_feature_usage, {schema}.events TO partial_{seed};

CREATE POLICY visible ON {schema}.{tenants_table}
    USING ({on_tenants}) WITH CHECK (true);
CREATE POLICY visible ON {schema}.{events_table} TO staff_{seed}, auditor_{seed}
    USING ({on_events}) WITH CHECK (true);
CREATE POLICY visible ON {schema}.grants
    USING (place = current_setting('app.region', true) OR current_setting('app.region', true) = 'all')
    WITH CHECK (true);

-- A source with a measure; the names of the other one are found through the search_path.
SELECT tenant_metrics.setup('{schema}.tenants', '{schema}.ai_feature_usage', '{schema}',
    measures => '{tokens}', dimensions => '{region}'{lacking});
{summaries}

{police}

ANALYZE {schema}.{tenants_table};
ANALYZE {schema}.{events_table};
