-- A gateway to language models: who pays stands in four tables, and the log names the key alone.
CREATE TABLE organizations (
    organization_id text PRIMARY KEY,
    organization_alias text NOT NULL
);
CREATE TABLE teams (
    team_id text PRIMARY KEY,
    team_alias text,
    organization_id text NOT NULL REFERENCES organizations
);
CREATE TABLE projects (
    project_id text PRIMARY KEY,
    project_alias text,
    team_id text NOT NULL REFERENCES teams
);
-- A token is the hash of a key.
CREATE TABLE keys (
    token text PRIMARY KEY,
    key_alias text,
    project_id text NOT NULL REFERENCES projects
);
-- No foreign key on api_key: a key may be deleted, and its requests stay.
CREATE TABLE "SpendLogs" (
    request_id text PRIMARY KEY,
    call_type text NOT NULL,
    api_key text NOT NULL DEFAULT '',
    spend double precision DEFAULT 0.0,
    prompt_tokens integer DEFAULT 0,
    completion_tokens integer DEFAULT 0,
    total_tokens integer DEFAULT 0,
    "startTime" timestamp NOT NULL,
    "endTime" timestamp NOT NULL,
    model text,
    provider text,
    status text
);

-- Prefixes tell the ids of the levels apart. Keys keep theirs, because no hash has a colon: so
-- the log is read as the table that it is, and not through a view that computes an id.
CREATE VIEW tenants AS
SELECT 'org:' || organization_id AS id, NULL::text AS parent_id FROM organizations
UNION ALL SELECT 'team:' || team_id, 'org:' || organization_id FROM teams
UNION ALL SELECT 'project:' || project_id, 'team:' || team_id FROM projects
UNION ALL SELECT token, 'project:' || project_id FROM keys;

-- What a look-up of one tenant finds its row, its children and its requests by.
CREATE INDEX ON organizations (('org:' || organization_id));
CREATE INDEX ON teams (('team:' || team_id));
CREATE INDEX ON teams (('org:' || organization_id));
CREATE INDEX ON projects (('project:' || project_id));
CREATE INDEX ON projects (('team:' || team_id));
CREATE INDEX ON keys (('project:' || project_id));
CREATE INDEX ON "SpendLogs" (api_key);
