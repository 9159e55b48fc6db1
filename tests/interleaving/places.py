"""Statements in which the truth is asked for at the same place as the reader.

Plain SQL beside a reader evaluates parts of its plan once a statement, and so may miss what
changes between two rows. harness.truth() plans and runs it at each row, in the snapshot of the
statement and with the settings and the role of the moment, which is what a reader promises.

What is left out, because plain SQL itself has no one answer then: writes that move the statement's
own rows, functions replaced while a plan that has inlined them runs (harness.truth() plans anew),
and memberships of roles changed within a statement, which PostgreSQL before 17 forgets to look at.
"""

from __future__ import annotations

import itertools
import random

from around import AROUND, pair
from changes import REGIONS, ROLES, Changes
from plain import AGGREGATES, SHAPES, Scalar
from steps import Step
from windows import ZONES, Windows
from world import SCHEMAS, World

# Changes that may happen between two rows of a statement.
WITHIN = [
    *("insert", "insert", "update", "delete", "truncate", "move", "add_tenant", "remove_tenant", "change_region"),
    *("define", "police", "revise", "replace", "replace", "membership", "membership"),
]
COLUMNS = "tenant_id, feature_name, inference_cost, created_at, region"


class Places:
    """Random statements of this kind; each method but the helpers makes a step for a session."""

    def __init__(self, rng: random.Random, world: World, changes: Changes):
        self.rng = rng
        self.world = world
        self.changes = changes
        self.numbers = itertools.count(1)
        self.windows = Windows(rng)

    def scalar(self) -> Scalar:
        # Plain SQL is slow on large forests, and takes minutes where these are views.
        few_tenants = self.world.size == "small"
        are_views = any(self.world.tenants_kind(schema) == "view" for schema in SCHEMAS)
        rarely = 0 if are_views else 0.05
        if self.rng.random() < (0.15 if few_tenants else rarely):
            return Scalar(self.rng.choice(list(SHAPES)))
        if self.rng.random() < 0.15:
            return Scalar("tokens", window=self.windows.one(), schema=self.rng.choice(SCHEMAS))
        subtree = self.rng.random() < (0.4 if few_tenants else rarely)
        return Scalar(self.rng.choice(list(AGGREGATES)), subtree, self.windows.one())

    def pairs(self, tenant: str) -> list[tuple[str, str]]:
        found = [pair(self.scalar(), tenant) for _ in range(self.rng.choice([1, 1, 2]))]
        if self.rng.random() < 0.3:
            found.append((f"harness.around_{self.rng.choice(list(AROUND))}({tenant})", "NULL"))
        self.rng.shuffle(found)
        return found

    def rows(self) -> str:
        """Where the tenants r.id come from."""
        first = self.rng.randint(0, self.world.tenants)
        few = ", ".join(str(self.changes.tenant()) for _ in range(6))
        return self.rng.choice(
            [
                f"generate_series({first}, {first + self.rng.choice([3, 8, 12])}) AS r (id)",
                f"unnest('{{{few}}}'::int[]) AS r (id)",
                f"tenants AS r WHERE r.id BETWEEN {first} AND {first + 8}",
                f"(SELECT id FROM tenants ORDER BY id LIMIT {self.rng.choice([4, 9])}) AS r",
            ]
        )

    def one_of(self, values: list[str], tenant: str) -> str:
        """One of the values, another one for the next tenant."""
        listed = ", ".join(f"'{value}'" for value in values)
        return f"(ARRAY[{listed}])[1 + ({tenant} + {self.rng.randrange(4)}) % {len(values)}]"

    def within(self) -> str:
        """SQL of a change, as a literal."""
        step = getattr(self.changes, self.rng.choice(WITHIN))(0)
        return f"$run${step.sql}$run$"

    def setting(self, tenant: str) -> str:
        """Sets a setting to what the tenant says."""
        roles = [self.world.role(name) for name in ROLES[:3]]
        name, values = self.rng.choice(
            [
                *[("app.region", [*REGIONS, "nowhere"])] * 4,
                ("app.noise", ["a", "b", "c", "d", "e"]),
                ("role", ["none", *roles]),
                ("session_authorization", ["postgres", *roles]),
                ("search_path", [f"{schema}, public" for schema in SCHEMAS]),
                ("row_security", ["on", "off", "on"]),
                ("tenant_metrics.on_cycle", ["error", "null"]),
                ("tenant_metrics.cache_limit", ["256MB", "1kB", "0"]),
                ("enable_indexscan", ["on", "off"]),
                ("TimeZone", self.rng.sample(list(ZONES), 3)),
            ]
        )
        local = self.rng.choice(["true", "true", "false"])
        return f"set_config('{name}', {self.one_of(values, tenant)}, {local})"

    def between(self, tenant: str) -> str:
        """What happens between two rows."""
        if self.rng.random() < 0.6:
            return self.setting(tenant)
        undone = ", true" if self.rng.random() < 0.3 else ""
        some = f"{tenant} % {self.rng.choice([1, 2, 3])} = 0"
        return f"CASE WHEN {some} THEN harness.run({self.within()}{undone}) ELSE '' END"

    def row(self, tenant: str = "r.id") -> list[str]:
        """The columns of a row: a label and pairs, with changes somewhere among them."""
        label, pairs = f"concat({tenant})", self.pairs(tenant)
        for place in self.rng.choice([[0], [1], [0, 2], [1], []]):
            if place == 0:
                label = f"concat({tenant}, ' ', {self.between(tenant)})"
            else:
                # A pair that is always equal.
                changed = (f"CASE WHEN ({self.between(tenant)}) = 'never' THEN '' END", "NULL")
                pairs.insert(self.rng.randint(1, len(pairs)), changed)
        return [label, *(text for both in pairs for text in both)]

    def query(self) -> str:
        rows, columns = self.rows(), self.row()
        joined = " AND " if " WHERE " in rows else " WHERE "
        if joined == " WHERE " and self.rng.random() < 0.25:
            # A volatile call in FROM, before the row's scalars.
            rows += f", LATERAL (SELECT {self.between('r.id')} AS done OFFSET 0) AS b"
        if self.rng.random() < 0.1:
            # The planner calls it, to guess how many rows there will be.
            rows += f"{joined}r.id < tenant_events({self.changes.tenant()}) + 1000000"
        named = ", ".join(f"({column})::text AS c{number}" for number, column in enumerate(columns))
        query, width = f"SELECT {named} FROM {rows}", len(columns)
        listed = ", ".join(f"c{number}" for number in range(width))
        return self.rng.choice(
            [
                *[query] * 4,
                f"SELECT {listed} FROM ({query}) AS q ORDER BY c0",
                f"WITH q AS MATERIALIZED ({query}) SELECT {listed} FROM q UNION ALL SELECT {listed} FROM q",
                f"({query}) UNION ALL ({query})",
            ]
        )

    # Ways of sending them.

    def place(self, session: int) -> Step:
        return Step(session, "places", sql=self.query())

    def string(self, session: int) -> Step:
        """Several statements in one string, which have one start time."""
        parts = [self.query()]
        for _ in range(self.rng.choice([1, 2])):
            parts.append(self.rng.choice([f"SELECT harness.run({self.within()})", f"SELECT {self.setting('1')}"]))
            parts.append(self.query())
        return Step(session, "places", sql=";\n".join(parts))

    def copy(self, session: int) -> Step:
        return Step(session, "copy", sql=f"COPY ({self.query()}) TO STDOUT")

    def stored(self, session: int) -> Step:
        """Rows that go into a table first."""
        query = self.query()
        explain = "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) "
        made = self.rng.choice(
            [
                f"CREATE TEMP TABLE stored AS {query}",
                f"{explain}CREATE TEMP TABLE stored AS {query}",
                f"{explain}{query};\nCREATE TEMP TABLE stored AS {query}",
                f"CREATE TEMP TABLE stored AS {query};\nTRUNCATE stored;\n{explain}INSERT INTO stored {query}",
            ]
        )
        return Step(session, "places", sql=f"{made};\nSELECT * FROM stored;\nDROP TABLE stored")

    def returning(self, session: int) -> Step:
        """A statement that writes, and reads in its RETURNING."""
        few = ", ".join(str(self.changes.tenant()) for _ in range(3))
        some = f"tenant_id IN ({few}) AND id < 200"
        statement = self.rng.choice(
            [
                f"INSERT INTO events ({COLUMNS}) VALUES {self.changes.event()}, {self.changes.event()}",
                f"UPDATE events SET inference_cost = inference_cost + 1 WHERE {some}",
                f"DELETE FROM events WHERE {some}",
            ]
        )
        columns = ", ".join(f"({column})::text" for column in self.row("tenant_id"))
        return Step(session, "places", sql=f"{statement} RETURNING {columns}")

    def opened(self, session: int) -> Step:
        """A cursor whose rows may be fetched in any state of the session."""
        name = f"f{next(self.numbers)}"
        return Step(session, "declare", sql=f"DECLARE {name} CURSOR FOR {self.query()}", name=name, place="anywhere")

    def planned(self, session: int) -> Step:
        name = f"p{self.rng.randrange(3)}"
        return Step(session, "prepare", sql=f"PREPARE {name} AS {self.query()}", name=name)
