"""What a round starts from: the tables, roles and policies, all made from its seed."""

from __future__ import annotations

import pathlib
import random
from dataclasses import dataclass

import psycopg

import faults
import routines

FOLDER = pathlib.Path(__file__).resolve().parent
SCHEMAS = ["alpha", "beta"]

COLUMNS = """
    id bigserial,
    tenant_id int NOT NULL,
    feature_name text,
    inference_cost float8,
    created_at timestamp,
    region text DEFAULT 'east'
"""

# The usage table as one of the kinds of relation that readers treat differently.
USAGE = {
    "plain": f"CREATE TABLE {{schema}}.ai_feature_usage ({COLUMNS});",
    "partitioned": f"""
CREATE TABLE {{schema}}.ai_feature_usage ({COLUMNS}) PARTITION BY HASH (tenant_id);
CREATE TABLE {{schema}}.part_0 PARTITION OF {{schema}}.ai_feature_usage
    FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE {{schema}}.part_1 PARTITION OF {{schema}}.ai_feature_usage
    FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE {{schema}}.part_0 OWNER TO owner_{{seed}};
ALTER TABLE {{schema}}.part_1 OWNER TO owner_{{seed}};
""",
    "view": f"""
CREATE TABLE {{schema}}.events ({COLUMNS});
ALTER TABLE {{schema}}.events OWNER TO owner_{{seed}};
CREATE VIEW {{schema}}.ai_feature_usage AS SELECT * FROM {{schema}}.events;
""",
}

# Single answers need these; without them a pass is due at once.
INDEXES = """
CREATE INDEX ON {schema}.tenants (parent_id);
CREATE INDEX ON {schema}.{policed} (tenant_id);
"""


@dataclass(frozen=True)
class Size:
    tenants: int
    events: int
    indexed: bool


SIZES = {
    # A pass over so little is due at once.
    "small": Size(tenants=12, events=40, indexed=False),
    # Single answers are cheaper than a pass for a while.
    "large": Size(tenants=120, events=12_000, indexed=True),
}


@dataclass(frozen=True)
class World:
    seed: int
    size: str
    # The known fault of a reader, to test the harness.
    fault: str = ""

    @property
    def database(self) -> str:
        return f"round_{self.seed}"

    @property
    def tenants(self) -> int:
        return SIZES[self.size].tenants

    @property
    def events(self) -> int:
        return SIZES[self.size].events

    def role(self, name: str) -> str:
        return f"{name}_{self.seed}"

    def usage_kinds(self) -> list[str]:
        """What the usage tables of the schemas are, in their order."""
        rng = random.Random(f"usage of {self.seed}")
        return ["plain", rng.choice(["plain", "partitioned", "partitioned", "view"])]

    def statements(self) -> list[str]:
        """All that makes the world, in a database with the extension."""
        made = [self.filled((FOLDER / "world.sql").read_text(encoding="utf-8"))]
        for shift, (schema, kind) in enumerate(zip(SCHEMAS, self.usage_kinds(), strict=True)):
            made.append(self.schema(schema, kind, shift))
        made += map(self.filled, routines.definitions())
        made.append(self.trigger())
        if self.fault:
            made.append(faults.reader(self.fault))
        return made

    def trigger(self) -> str:
        """Compares a reader with plain SQL after each event, while app.watched is on."""
        return (
            "CREATE TRIGGER check_event AFTER INSERT OR UPDATE ON alpha.ai_feature_usage FOR EACH ROW"
            " WHEN (current_setting('app.watched', true) = 'on') EXECUTE FUNCTION harness.check_event()"
        )

    def schema(self, schema: str, kind: str, shift: int) -> str:
        size = SIZES[self.size]
        names = {
            "schema": schema,
            "policed": "events" if kind == "view" else "ai_feature_usage",
            "usage_kind": "VIEW" if kind == "view" else "TABLE",
            "tenants": size.tenants,
            "events": size.events,
            "shift": shift,
        }
        text = (FOLDER / "schema.sql").read_text(encoding="utf-8")
        text = text.replace("{usage}", USAGE[kind])
        text = text.replace("{indexes}", INDEXES if size.indexed else "")
        text = text.replace("{police}", self.police(schema))
        return self.filled(text, **names)

    def police(self, schema: str) -> str:
        """Row-level security from the start, in some rounds."""
        rng = random.Random(f"policies of {self.seed} in {schema}")
        tables = [table for table in ("tenants", "{policed}") if rng.random() < 0.3]
        return "\n".join(f"ALTER TABLE {{schema}}.{table} ENABLE ROW LEVEL SECURITY;" for table in tables)

    def filled(self, text: str, **names) -> str:
        for name, value in {"seed": self.seed, **names}.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def create(self, connection: psycopg.Connection) -> None:
        connection.execute("CREATE EXTENSION tenant_metrics")
        for statement in self.statements():
            connection.execute(statement)

    def drop_roles(self, connection: psycopg.Connection) -> None:
        """Once the database is gone."""
        for name in ["clerk", "auditor", "partial", "stranger", "staff", "owner"]:
            connection.execute(f"DROP ROLE IF EXISTS {self.role(name)}")
