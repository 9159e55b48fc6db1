"""What a round starts from: the tables, roles and policies, all made from its seed."""

from __future__ import annotations

import pathlib
import random
from dataclasses import dataclass

import psycopg

import faults
import routines
from access_methods import METHODS
from partitions import KINDS, Partitioned
from sources import USAGE, Sources

FOLDER = pathlib.Path(__file__).resolve().parent
SCHEMAS = ["alpha", "beta"]

# Single answers need these; without them a pass is due at once.
INDEXES = """
CREATE INDEX ON {schema}.{tenants_table} (parent_id);
CREATE INDEX ON {schema}.{events_table} (tenant_id);
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

    def usage_kind(self, schema: str) -> str:
        """What the usage table of the schema is."""
        rng = random.Random(f"usage of {self.seed} in {schema}")
        return rng.choice([*["plain"] * 6, *["partitioned"] * 5, *["view"] * 3, "materialized"])

    def tenants_kind(self, schema: str) -> str:
        rng = random.Random(f"tenants of {self.seed} in {schema}")
        return rng.choice(["plain", "plain", "view"])

    def id_type(self, schema: str) -> str:
        """The type of the ids: an integer, or a domain over it."""
        return random.Random(f"types of {self.seed} in {schema}").choice(["int", "int", f"{schema}.tenant_number"])

    def lacks_cost(self, schema: str) -> bool:
        """Whether the source of the schema's name is told of no cost."""
        return random.Random(f"costs of {self.seed} in {schema}").random() < 0.3

    def events_table(self, schema: str) -> str:
        """The table that has the events, their indexes and their policies."""
        return "events" if self.usage_kind(schema) in ("view", "materialized") else "ai_feature_usage"

    def partitioned(self, schema: str) -> Partitioned:
        """The partitions of the usage table, where it has some."""
        kind = random.Random(f"partitions of {self.seed} in {schema}").choice(KINDS)
        return Partitioned(kind, schema, "ai_feature_usage", "tenant_id", "created_at", ("1", "7"))

    def parts(self, schema: str) -> str:
        """The statements that make these, and give them to the owner."""
        made = self.partitioned(schema).statements(random.Random(f"parts of {self.seed} in {schema}"), METHODS)
        tables = [statement.split()[2] for statement in made]
        return ";\n".join([*made, *(f"ALTER TABLE {table} OWNER TO owner_{{seed}}" for table in tables), ""])

    def tenants_table(self, schema: str) -> str:
        return "accounts" if self.tenants_kind(schema) == "view" else "tenants"

    @property
    def unsteady(self) -> bool:
        """Whether policies and views may read what changes between two statements."""
        return random.Random(f"steadiness of {self.seed}").random() < 0.3

    @property
    def forces_workers(self) -> bool:
        """Whether sessions may run all that they can in a parallel worker."""
        return self.size == "small" and not self.unsteady

    @property
    def folds(self) -> str:
        """In some rounds background workers fold what waits, whatever the steps do."""
        if random.Random(f"folds of {self.seed}").random() > 0.3:
            return ""
        return f"ALTER DATABASE {self.database} SET tenant_metrics.fold_after = 30;"

    def sources(self, purpose: str, major: int) -> Sources:
        return Sources(random.Random(f"{purpose} of {self.seed}"), self.unsteady, major)

    def statements(self, major: int) -> list[str]:
        """All that makes the world, in a database with the extension."""
        made = [self.folds, self.filled((FOLDER / "world.sql").read_text(encoding="utf-8"))]
        for shift, schema in enumerate(SCHEMAS):
            made.append(self.schema(schema, shift, major))
        made += map(self.filled, routines.definitions(few_tenants=self.size == "small"))
        made.append(self.trigger())
        if self.fault:
            made.append(faults.reader(self.fault))
        return made

    def trigger(self) -> str:
        """Compares a reader with plain SQL after each event, while app.watched is on."""
        return (
            f"CREATE TRIGGER check_event AFTER INSERT OR UPDATE ON alpha.{self.events_table('alpha')} FOR EACH ROW"
            " WHEN (current_setting('app.watched', true) = 'on') EXECUTE FUNCTION harness.check_event()"
        )

    def schema(self, schema: str, shift: int, major: int) -> str:
        size, usage = SIZES[self.size], self.usage_kind(schema)
        sources = self.sources(f"sources in {schema}", major)
        text = (FOLDER / "schema.sql").read_text(encoding="utf-8")
        text = text.replace("{usage}", USAGE[usage].replace("{parts}", self.parts(schema)))
        text = text.replace("{lacking}", ", usage_cost => NULL" if self.lacks_cost(schema) else "")
        text = text.replace("{id_type}", self.id_type(schema))
        text = text.replace("{indexes}", INDEXES if size.indexed else "")
        text = text.replace("{views}", sources.made(schema, usage, self.tenants_kind(schema)))
        text = text.replace("{on_tenants}", sources.condition(schema, of_events=False))
        text = text.replace("{on_events}", sources.condition(schema, of_events=True))
        text = text.replace("{summaries}", self.summaries(schema))
        text = text.replace("{police}", self.police(schema))
        clause = self.partitioned(schema).clause()
        names = {"schema": schema, "clause": clause, "tenants": size.tenants, "events": size.events, "shift": shift}
        tables = {"events_table": self.events_table(schema), "tenants_table": self.tenants_table(schema)}
        return self.filled(text, **names, **tables)

    def may_summarize(self, schema: str) -> bool:
        """Whether a source whose usage is this schema's may have summaries."""
        return self.usage_kind(schema) in ("plain", "partitioned")

    def summaries(self, schema: str) -> str:
        """Summaries of sources whose usage is this schema's, where it can have some."""
        rng = random.Random(f"summaries of {self.seed} in {schema}")
        if not self.may_summarize(schema) or rng.random() < 0.1:
            return ""
        made = [f"CALL tenant_metrics.enable_summaries('{schema}');"]
        if schema == SCHEMAS[0]:
            # The source whose tables are found through the search_path.
            made.append(f"SET LOCAL search_path = {schema}, public; CALL tenant_metrics.enable_summaries();")
        return "\n".join(made)

    def police(self, schema: str) -> str:
        """Row-level security from the start, in some rounds."""
        rng = random.Random(f"policies of {self.seed} in {schema}")
        chances = {"{tenants_table}": 0.4, "{events_table}": 0.4, "grants": 0.2}
        tables = [table for table, chance in chances.items() if rng.random() < chance]
        return "\n".join(f"ALTER TABLE {{schema}}.{table} ENABLE ROW LEVEL SECURITY;" for table in tables)

    def filled(self, text: str, **names) -> str:
        for name, value in {"seed": self.seed, **names}.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def create(self, connection: psycopg.Connection) -> None:
        connection.execute("CREATE EXTENSION tenant_metrics")
        for statement in self.statements(connection.info.server_version // 10000):
            connection.execute(statement)

    def drop_roles(self, connection: psycopg.Connection) -> None:
        """Once the database is gone."""
        for name in ["clerk", "auditor", "partial", "stranger", "staff", "owner"]:
            connection.execute(f"DROP ROLE IF EXISTS {self.role(name)}")
