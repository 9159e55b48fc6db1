"""Steps that change rows, tables, rights and the session's state."""

from __future__ import annotations

import random

import routines
from steps import Step
from windows import ZONES, event_time
from world import SCHEMAS, World

COSTS = ["0.1", "0.2", "1.5", "-3", "100", "0.001", "12345.678", "NULL", "'NaN'", "'Infinity'", "'-Infinity'"]
PAYLOADS = ["NULL", """'{"cost": 2.5}'""", """'{"cost": "none"}'"""]
REGIONS = ["east", "west", "all"]
ROLES = ["owner", "clerk", "auditor", "partial", "stranger"]


class Changes:
    """Random changes; each method makes a step for a session."""

    def __init__(self, rng: random.Random, world: World, major: int):
        self.rng = rng
        self.world = world
        self.sources = world.sources("changes", major)
        self.forced_workers = "debug_parallel_query" if major >= 16 else "force_parallel_mode"

    def tenant(self) -> int:
        """Mostly a tenant, now and then an id beyond them."""
        return self.rng.randint(1, self.world.tenants + 2)

    def do(self, session: int, sql: str, kind: str = "do") -> Step:
        return Step(session, kind, self.world.filled(sql))

    def event(self) -> str:
        feature = self.rng.choice(["NULL", *(f"'feature {n}'" for n in range(12))])
        cost, region = self.rng.choice(COSTS), self.rng.choice(REGIONS)
        return f"({self.tenant()}, {feature}, {cost}, {event_time(self.rng)}, '{region}')"

    def written(self) -> str:
        """A name of the events; the first takes no writes where it is not a table or a simple view."""
        names = ["ai_feature_usage", "events", "events"]
        if "partitioned" in map(self.world.usage_kind, SCHEMAS):
            names.append(f"part_{self.rng.randrange(3)}")
        return self.rng.choice(names)

    # Rows.

    def insert(self, session: int) -> Step:
        events = ", ".join(self.event() for _ in range(self.rng.choice([1, 1, 1, 3])))
        columns = "tenant_id, feature_name, inference_cost, created_at, region"
        return self.do(session, f"INSERT INTO {self.written()} ({columns}) VALUES {events}")

    def some_event(self) -> str:
        order = self.rng.choice(["id", "id DESC", "inference_cost, id"])
        return f"id = (SELECT id FROM events WHERE tenant_id = {self.tenant()} ORDER BY {order} LIMIT 1)"

    def update(self, session: int) -> Step:
        change = self.rng.choice(
            [
                f"inference_cost = {self.rng.choice(COSTS)}",
                "inference_cost = inference_cost + 1",
                f"tenant_id = {self.tenant()}",
                f"feature_name = 'feature {self.rng.randrange(14)}'",
                "created_at = created_at + interval '1 day'",
                f"created_at = {event_time(self.rng)}",
                f"payload = {self.rng.choice(PAYLOADS)}",
            ]
        )
        return self.do(session, f"UPDATE {self.written()} SET {change} WHERE {self.some_event()}")

    def delete(self, session: int) -> Step:
        return self.do(session, f"DELETE FROM {self.written()} WHERE {self.some_event()}")

    def truncate(self, session: int) -> Step:
        return self.do(session, f"TRUNCATE {self.written()}")

    def refill(self, session: int) -> Step:
        """Many events at once, after which there are as many as in the beginning."""
        return self.do(
            session,
            "INSERT INTO events (tenant_id, feature_name, inference_cost, created_at)"
            f" SELECT 1 + n * 5 % {self.world.tenants}, 'feature ' || n % 7, n / 16.0, '2024-01-02'"
            f" FROM generate_series((SELECT count(*) FROM events), {self.world.events}) AS n",
        )

    def move(self, session: int) -> Step:
        parent = self.rng.choice(["NULL", "90001", "id", *[str(self.tenant())] * 7])
        return self.do(session, f"UPDATE accounts SET parent_id = {parent} WHERE id = {self.tenant()}")

    def untangle(self, session: int) -> Step:
        """A forest without cycles."""
        return self.do(
            session,
            "UPDATE accounts SET parent_id = id / 2 WHERE id > 1 AND (parent_id >= id OR parent_id IS NULL)",
        )

    def add_tenant(self, session: int) -> Step:
        parent = self.rng.choice(["NULL", self.tenant(), self.tenant()])
        values = f"({self.tenant()}, {parent}, '{self.rng.choice(REGIONS)}')"
        return self.do(
            session, f"INSERT INTO accounts (id, parent_id, region) VALUES {values} ON CONFLICT (id) DO NOTHING"
        )

    def remove_tenant(self, session: int) -> Step:
        return self.do(session, f"DELETE FROM accounts WHERE id = {self.tenant()}")

    def change_region(self, session: int) -> Step:
        region = self.rng.choice(REGIONS)
        return self.do(session, f"UPDATE accounts SET region = '{region}' WHERE id = {self.tenant()}")

    def slip(self, session: int) -> Step:
        """A change that no trigger tells of, because they are disabled for it."""
        schema = self.rng.choice(SCHEMAS)
        usage = f"{schema}.{self.world.events_table(schema)}"
        changes = [
            f"INSERT INTO {usage} (tenant_id, feature_name, inference_cost) VALUES ({self.tenant()}, 'slipped', 9)",
            f"DELETE FROM {usage} WHERE tenant_id = {self.tenant()}",
        ]
        return self.do(
            session,
            f"""DO $$
            DECLARE
                summarized text[] := ARRAY(SELECT tgname FROM pg_trigger
                    WHERE tgrelid = '{usage}'::regclass AND tgname LIKE 'tenant\\_metrics\\_%');
                summary text;
            BEGIN
                FOREACH summary IN ARRAY summarized LOOP
                    EXECUTE format('ALTER TABLE {usage} DISABLE TRIGGER %I', summary);
                END LOOP;
                {self.rng.choice(changes)};
                FOREACH summary IN ARRAY summarized LOOP
                    EXECUTE format('ALTER TABLE {usage} ENABLE ALWAYS TRIGGER %I', summary);
                END LOOP;
            END $$""",
        )

    def block(self, session: int) -> Step:
        return self.do(session, routines.block(self.tenant(), self.tenant()))

    # Definitions and rights.

    def define(self, session: int) -> Step:
        schema, number = self.rng.choice(SCHEMAS), self.rng.randrange(3)
        usage = f"{schema}.{self.world.events_table(schema)}"
        tenants = f"{schema}.{self.world.tenants_table(schema)}"
        choices = [
            f"ALTER TABLE {usage} ADD COLUMN IF NOT EXISTS extra_{number} int DEFAULT {number}",
            f"ALTER TABLE {usage} DROP COLUMN IF EXISTS extra_{number}",
            f"ALTER TABLE {tenants} ADD COLUMN IF NOT EXISTS extra_{number} text",
            f"CREATE INDEX IF NOT EXISTS usage_tenant_{number} ON {usage} (tenant_id)",
            f"DROP INDEX IF EXISTS {schema}.usage_tenant_{number}",
            f"CREATE INDEX IF NOT EXISTS parent_{number} ON {tenants} (parent_id)",
            f"DROP INDEX IF EXISTS {schema}.parent_{number}",
            f"ANALYZE {usage}",
            f"ALTER TABLE {tenants} RENAME COLUMN name TO title",
            f"ALTER TABLE {tenants} RENAME COLUMN title TO name",
        ]
        if self.world.usage_kind(schema) == "partitioned":
            choices += [
                f"ALTER TABLE {usage} DETACH PARTITION {schema}.part_1",
                f"ALTER TABLE {usage} ATTACH PARTITION {schema}.part_1 {self.world.partitioned(schema).bounds()[1]}",
            ]
            choices += [self.replace_part(schema, usage)] * 2
        return self.do(session, self.rng.choice(choices))

    def replace_part(self, schema: str, usage: str) -> str:
        """A new partition in the place of one, which is dropped with what it has, or kept."""
        bounds = self.world.partitioned(schema).bounds()
        number = self.rng.randrange(len(bounds))
        part = f"{schema}.part_{number}"
        old = self.rng.choice([f"DROP TABLE {part}", f"TRUNCATE {part}", f"DELETE FROM {part}"])
        detached = f"ALTER TABLE {usage} DETACH PARTITION {part}"
        attached = f"ALTER TABLE {usage} ATTACH PARTITION {part} {bounds[number]}"
        owner = f"ALTER TABLE {part} OWNER TO owner_{{seed}}"
        made = self.rng.choice(
            [
                f"CREATE TABLE {part} PARTITION OF {usage} {bounds[number]}; {owner}",
                f"CREATE TABLE {part} (LIKE {usage} INCLUDING ALL); {owner}; {attached}",
            ]
        )
        choices = [f"TRUNCATE {part}", f"{old}; {attached}"]
        if old.startswith("DROP"):
            choices = [f"{detached}; {old}; {made}", f"{old}; {made}"]
        return self.rng.choice([*choices, f"{detached}; {attached}"])

    def police(self, session: int) -> Step:
        """Row-level security on, off, or by another policy."""
        schema = self.rng.choice(SCHEMAS)
        usage = f"{schema}.{self.world.events_table(schema)}"
        tenants = f"{schema}.{self.world.tenants_table(schema)}"
        table = self.rng.choice([usage, usage, tenants, tenants, f"{schema}.grants"])
        return self.do(
            session,
            self.rng.choice(
                [
                    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                    f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                    f"ALTER TABLE {table} {self.rng.choice(['FORCE', 'NO FORCE'])} ROW LEVEL SECURITY",
                    f"ALTER POLICY visible ON {usage} USING ({self.sources.condition(schema, of_events=True)})",
                    f"ALTER POLICY visible ON {tenants} USING ({self.sources.condition(schema, of_events=False)})",
                ]
            ),
            "rights",
        )

    def revise(self, session: int) -> Step:
        """Another view in the place of one, or what a materialized view shows anew."""
        schema = self.rng.choice(SCHEMAS)
        choices = []
        if self.world.usage_kind(schema) == "view":
            choices.append(self.sources.view_of_events(schema))
        if self.world.tenants_kind(schema) == "view":
            choices.append(self.sources.view_of_tenants(schema))
        if self.world.usage_kind(schema) == "materialized":
            concurrently = self.rng.choice(["", "CONCURRENTLY "])
            choices.append(f"REFRESH MATERIALIZED VIEW {concurrently}{schema}.ai_feature_usage")
        if not choices:
            return self.replace(session)
        return self.do(session, self.rng.choice(choices), "rights")

    def replace(self, session: int) -> Step:
        """Another function in the place of one that conditions call."""
        body = self.rng.choice(
            [
                "region = current_setting('app.region', true)",
                "region <> current_setting('app.region', true)",
                "length(region) % 2 = 0",
                "region IN (SELECT place FROM grants)",
                "session_user LIKE 'clerk%'",
            ]
        )
        function = self.rng.choice(["chosen", "allowed", "allowed_within"])
        language, text = "plpgsql", f"BEGIN RETURN {body}; END"
        if function == "chosen":
            language, text = "sql", f"SELECT {body}"
        inner = self.rng.choice(["", " SET app.within = 'west'", " SET app.region = 'west'"])
        options = inner if function == "allowed_within" else ""
        return self.do(
            session,
            f"CREATE OR REPLACE FUNCTION harness.{function}(region text) RETURNS boolean"
            f" LANGUAGE {language} STABLE{options} AS $body$ {text} $body$",
            "rights",
        )

    def membership(self, session: int) -> Step:
        """Who may see which tenant where."""
        who = self.rng.choice(["clerk", "auditor", "owner", "postgres"])
        place = self.rng.choice(REGIONS)
        return self.do(
            session,
            self.rng.choice(
                [
                    f"INSERT INTO grants (who, granted, place) VALUES ('{who}', {self.tenant()}, '{place}')",
                    f"UPDATE grants SET place = '{place}' WHERE granted = {self.tenant()}",
                    f"DELETE FROM grants WHERE granted = {self.tenant()}",
                    "SELECT nextval('turns')",
                ]
            ),
        )

    def grant(self, session: int) -> Step:
        schema = self.rng.choice(SCHEMAS)
        role = self.rng.choice(["auditor", "partial", "stranger", "clerk"]) + "_{seed}"
        columns = self.rng.choice(["", "", " (tenant_id, inference_cost)", " (tenant_id, feature_name, created_at)"])
        usage = f"{schema}.{self.rng.choice(['ai_feature_usage', self.world.events_table(schema)])}"
        tenants = f"{schema}.{self.rng.choice(['tenants', self.world.tenants_table(schema)])}"
        return self.do(
            session,
            self.rng.choice(
                [
                    f"GRANT SELECT{columns} ON {usage} TO {role}",
                    f"GRANT SELECT{columns} ON {usage} TO {role}",
                    f"REVOKE SELECT{columns} ON {usage} FROM {role}",
                    f"GRANT SELECT (id) ON {tenants} TO {role}",
                    f"GRANT SELECT ON {tenants} TO {role}",
                    f"REVOKE SELECT ON {tenants} FROM {role}",
                    "GRANT staff_{seed} TO auditor_{seed}",
                    "REVOKE staff_{seed} FROM auditor_{seed}",
                    "GRANT owner_{seed} TO stranger_{seed}",
                    "REVOKE owner_{seed} FROM stranger_{seed}",
                    "ALTER ROLE clerk_{seed} BYPASSRLS",
                    "ALTER ROLE clerk_{seed} NOBYPASSRLS",
                    f"REVOKE USAGE ON SCHEMA {schema} FROM PUBLIC",
                    f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC",
                    f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC",
                ]
            ),
            "rights",
        )

    # The session's state.

    def become(self, session: int) -> Step:
        scope = self.rng.choice(["", "LOCAL "])
        return self.do(session, f"SET {scope}ROLE {self.rng.choice(ROLES)}_{{seed}}")

    def reset_role(self, session: int) -> Step:
        return self.do(session, "RESET ROLE")

    def authorize(self, session: int) -> Step:
        """Another session user, mostly for a while."""
        user = self.rng.choice(["clerk", "auditor", "owner"]) + "_{seed}"
        return self.do(session, f"SET {self.rng.choice(['', 'LOCAL ', 'LOCAL '])}SESSION AUTHORIZATION {user}")

    def reset_session(self, session: int) -> Step:
        return self.do(session, "RESET SESSION AUTHORIZATION")

    def region(self, session: int) -> Step:
        local = self.rng.choice(["true", "false"])
        region = self.rng.choice([*REGIONS, "nowhere"])
        return self.do(session, f"SELECT set_config('app.region', '{region}', {local})")

    def path(self, session: int) -> Step:
        scope = self.rng.choice(["", "LOCAL "])
        path = self.rng.choice(["alpha, public", "beta, public", "beta, alpha, public", "public, alpha"])
        return self.do(session, f"SET {scope}search_path = {path}")

    def setting(self, session: int) -> Step:
        scope = self.rng.choice(["", "LOCAL "])
        name, values = self.rng.choice(
            [
                ("tenant_metrics.cache_limit", ["0", "'1kB'", "'20kB'", "DEFAULT", "DEFAULT", "DEFAULT"]),
                ("tenant_metrics.memory_limit", ["'64kB'", "DEFAULT"]),
                ("tenant_metrics.engine", ["portable", "auto", "summaries", "summaries", "summaries"]),
                ("tenant_metrics.on_cycle", ["error", "'null'"]),
                ("plan_cache_mode", ["force_generic_plan", "force_custom_plan", "auto"]),
                ("enable_indexscan", ["off", "on"]),
                # Whole tables are so dear then that readers of some tenants look these up.
                ("seq_page_cost", ["100000", "100000", "DEFAULT"]),
                ("row_security", ["off", "on", "on"]),
                ("app.watched", ["on", "off"]),
                ("app.noise", ["'a'", "'b'"]),
                # Where a policy's function has a statement, each row that it is asked about would start one.
                (self.forced_workers, ["on", "off"] if self.world.forces_workers else ["off"]),
                ("jit", ["off"]),
                ("TimeZone", [f"'{zone}'" for zone in ZONES]),
            ]
        )
        return self.do(session, f"SET {scope}{name} = {self.rng.choice(values)}")
