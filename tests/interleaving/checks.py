"""Steps that compare readers with plain SQL."""

from __future__ import annotations

import itertools
import random

import plain
import routines
from plain import AGGREGATES, SHAPES, Scalar, Window
from series import Series
from steps import Step
from windows import BUCKETS, ZONES, Windows
from world import SCHEMAS, World

DASHBOARD = [
    *("parent_id", "depth", "height", "tree_status", "descendants", "events", "subtree_events"),
    *("features_used", "subtree_features_used", "adoption_rate", "subtree_adoption_rate"),
    *("cost", "subtree_cost", "unpriced_events", "last_used", "subtree_last_used"),
]
TALLY = (
    "SELECT ARRAY[last_single, last_passes, last_cached, (last_engine = 'summaries')::int]"
    " FROM tenant_metrics.explain()"
)


class Checks:
    """Random comparisons; each method makes a step for a session."""

    def __init__(self, rng: random.Random, world: World):
        self.rng = rng
        self.world = world
        self.numbers = itertools.count(1)
        self.windows = Windows(rng)

    def tenant(self) -> int:
        return self.rng.randint(1, self.world.tenants + 2)

    def scalar(self, shapes: bool = True) -> Scalar:
        if shapes and self.rng.random() < 0.2:
            return Scalar(self.rng.choice(list(SHAPES)))
        if self.rng.random() < 0.2:
            return Scalar("tokens", window=self.windows.one(), schema=self.rng.choice(SCHEMAS))
        return Scalar(self.rng.choice(list(AGGREGATES)), self.rng.random() < 0.5, self.windows.one())

    def whole(self) -> bool:
        """Whether to ask for all tenants; plain SQL is slow for many."""
        return self.rng.random() < (0.8 if self.world.size == "small" else 0.08)

    # Rows of tenants with scalars.

    def scalar_rows(self, scalars: list[Scalar]) -> tuple[str, str, str]:
        """Statements that give readers and plain SQL side by side, and each alone."""
        forest = any(scalar.needs_forest for scalar in scalars)
        condition = ""
        if not self.whole():
            few = sorted({self.tenant() for _ in range(self.rng.choice([1, 1, 2, 5, 20]))})
            condition = f" WHERE t.id = ANY ('{{{', '.join(map(str, few))}}}')"

        sound = "t.id NOT IN (SELECT id FROM cyclic)"

        def guarded(scalar: Scalar, value: str, condition: str) -> str:
            if scalar.needs_forest:
                value = f"CASE WHEN {condition} THEN {value} END"
            return f"({value})::text"

        called = f"{plain.CYCLES_ARE_NULL} OR {sound}"
        readers = [guarded(scalar, scalar.call("t.id"), called) for scalar in scalars]
        answers = [guarded(scalar, scalar.answer(), sound) for scalar in scalars]
        pairs = [text for pair in zip(readers, answers, strict=True) for text in pair]
        prefix = plain.WITH_FOREST if forest else ""
        return (
            f"{prefix}SELECT t.id, {', '.join(pairs)} FROM tenants AS t{condition}",
            f"{prefix}SELECT {', '.join(readers)} FROM tenants AS t{condition}",
            f"{prefix}SELECT {', '.join(answers)} FROM tenants AS t{condition}",
        )

    def several(self) -> list[Scalar]:
        return [self.scalar() for _ in range(self.rng.choice([1, 1, 2, 4]))]

    def together(self, session: int) -> Step:
        sql, reader, answer = self.scalar_rows(self.several())
        return Step(session, "together", sql=sql, reader=reader, plain=answer)

    def declare(self, session: int) -> Step:
        # Plain SQL in subqueries of each row is not computed before its row is fetched.
        name = f"c{next(self.numbers)}"
        sql, _, _ = self.scalar_rows(self.several())
        return Step(session, "declare", sql=f"DECLARE {name} CURSOR FOR {sql}", name=name)

    def fetch(self, session: int, cursor: str) -> Step:
        count = self.rng.choice(["1", "2", "5", "ALL"])
        return Step(session, "fetch", sql=f"FETCH {count} FROM {cursor}", name=cursor)

    def prepare(self, session: int) -> Step:
        name = f"p{self.rng.randrange(3)}"
        sql, _, _ = self.scalar_rows(self.several())
        return Step(session, "prepare", sql=f"PREPARE {name} AS {sql}", name=name)

    def execute(self, session: int, name: str) -> Step:
        return Step(session, "execute", sql=f"EXECUTE {name}", name=name)

    def verified(self, session: int) -> Step:
        """What is stored of summaries that readers take is what the events say."""
        return Step(
            session,
            "verified",
            sql="SELECT status.source, wrong.found FROM tenant_metrics.status() AS status"
            " CROSS JOIN LATERAL (SELECT array_agg(wrong::text) AS found"
            " FROM tenant_metrics.verify(status.source) AS wrong) AS wrong"
            " WHERE status.summaries = 'current'",
        )

    # One tenant.

    def one(self) -> tuple[str, str, str]:
        """Statements for a reader, for where its tenant is, and for plain SQL."""
        scalar, tenant = self.scalar(), self.tenant()
        prefix = plain.WITH_FOREST if scalar.needs_forest else ""
        return (
            f"SELECT ({scalar.call(str(tenant))})::text",
            plain.place(str(tenant), scalar),
            f"{prefix}SELECT ({scalar.answer()})::text FROM {scalar.tenants} AS t WHERE t.id = {tenant}",
        )

    def apart(self, session: int) -> Step:
        reader, place, answer = self.one()
        return Step(session, "apart", reader=reader, place=place, plain=answer)

    def probe(self, session: int) -> Step:
        reader, place, answer = self.one()
        calls = [f"harness.outcome($sql${statement}$sql$)" for statement in (reader, place, answer)]
        return Step(session, "probe", sql=f"SELECT {', '.join(calls)}", place=place)

    # Sets.

    def bulk(self, session: int) -> Step:
        window = self.windows.one()
        checks = [self.listed, self.listed, self.picked, self.entities, self.matrix, self.source_matrix]
        return self.rng.choice(checks)(session, window)

    def listed(self, session: int, window: Window) -> Step:
        root = None if self.whole() else self.tenant()
        reader, columns = self.rng.choice(
            [
                ("tenant_dashboard", DASHBOARD),
                ("tenant_dashboard", DASHBOARD),
                ("tenant_subtree_costs", ["subtree_cost"]),
                ("tenant_adoption_rates", ["adoption_rate"]),
            ]
        )
        call = f"{reader}({'NULL' if root is None else root}{window.arguments})"
        truth = f"{plain.WITH_FOREST}, p AS MATERIALIZED ({plain.dashboard(columns, window)})\n"
        condition = plain.listed_under(root)
        return self.compared(
            session,
            truth,
            columns,
            call=f"{call} AS d",
            expected=f"(SELECT * FROM p WHERE {condition}) AS p",
            on="p.id = d.tenant_id",
        )

    def matrix(self, session: int, window: Window) -> Step:
        root = None if self.whole() else self.tenant()
        subtree = self.rng.random() < 0.5
        scope = ", scope => 'subtree'" if subtree else ""
        return self.compared(
            session,
            f"{plain.WITH_FOREST}, p AS MATERIALIZED ({plain.matrix(window, subtree)})\n",
            ["feature", "events", "cost"],
            call=f"tenant_feature_matrix({'NULL' if root is None else root}{window.arguments}{scope}) AS d",
            expected=f"(SELECT * FROM p WHERE {plain.listed_under(root)}) AS p",
            on="p.id = d.tenant_id AND coalesce(p.feature, 'none') = coalesce(d.feature, 'none')",
        )

    def source_matrix(self, session: int, window: Window) -> Step:
        schema, told_by = self.rng.choice(SCHEMAS), self.rng.choice(["feature_name", "region"])
        dimension = ", dimension => 'region'" if told_by == "region" else ""
        truth = plain.source_matrix(schema, told_by, window, not self.world.lacks_cost(schema))
        named = f"{window.arguments}, source => '{schema}', measure => 'tokens'{dimension}"
        return self.compared(
            session,
            f"WITH p AS MATERIALIZED ({truth})\n",
            ["feature", "events", "cost", "value"],
            call=f"tenant_feature_matrix(NULL{named}) AS d",
            expected="p",
            on="p.id = d.tenant_id AND coalesce(p.feature, 'none') = coalesce(d.feature, 'none')",
        )

    def picked(self, session: int, window: Window) -> Step:
        count = self.rng.choice([0, 1, 3, 3, 10])
        ids = ", ".join(self.rng.choice(["NULL", *[str(self.tenant())] * 9]) for _ in range(count))
        array = f"'{{{ids}}}'::bigint[]"
        truth = f"{plain.WITH_FOREST}, p AS MATERIALIZED ({plain.dashboard(DASHBOARD, window)})\n"
        numbered = (
            "SELECT row_number() OVER (ORDER BY wanted.position) AS position, p.*"
            f" FROM unnest({array}) WITH ORDINALITY AS wanted (id, position) JOIN p ON p.id = wanted.id"
        )
        names = ", ".join(["tenant_id", *DASHBOARD, "position"])
        return self.compared(
            session,
            truth,
            DASHBOARD,
            call=f"(SELECT * FROM tenant_dashboard_for({array}{window.arguments}) WITH ORDINALITY) AS d ({names})",
            expected=f"({numbered}) AS p",
            on="p.position = d.position",
        )

    def entities(self, session: int, window: Window) -> Step:
        """The dashboard with a condition on the id, as ORMs load entities."""
        ids = [self.tenant() for _ in range(self.rng.choice([1, 1, 2, 5]))]
        array = f"'{{{', '.join(map(str, ids))}}}'::bigint[]"
        wanted = f"= {ids[0]}" if len(ids) == 1 else f"= ANY ({array})"
        whole = f"tenant_dashboard(NULL{window.arguments})" if window.arguments else "tenant_metrics.dashboard"
        return self.compared(
            session,
            f"{plain.WITH_FOREST}, p AS MATERIALIZED ({plain.dashboard(DASHBOARD, window)})\n",
            DASHBOARD,
            call=f"(SELECT * FROM {whole} WHERE tenant_id {wanted}) AS d",
            expected=f"(SELECT * FROM p WHERE id = ANY ({array})) AS p",
            on="p.id = d.tenant_id",
        )

    def compared(self, session: int, truth: str, columns: list[str], call: str, expected: str, on: str) -> Step:
        pairs = ", ".join(f"d.{column}::text, p.{column}::text" for column in columns)
        return Step(
            session,
            "bulk",
            sql=f"{truth}SELECT coalesce(d.tenant_id, p.id), d.tenant_id, p.id, {pairs}"
            f" FROM {call} FULL JOIN {expected} ON {on}",
            reader=f"SELECT * FROM {call}",
            plain=f"{truth}SELECT * FROM {expected}",
        )

    def series(self, session: int) -> Step:
        tenants = {self.tenant() for _ in range(self.rng.choice([0, 1, 1, 1, 3]))}
        bucket = self.rng.choice(list(BUCKETS))
        series = Series(
            tenants=tuple(sorted(tenants)),
            apart=len(tenants) > 1 or bool(tenants) and self.rng.random() < 0.2,
            subtree=self.rng.random() < (0.5 if tenants and self.world.size == "small" else 0.1),
            bucket=bucket,
            zone=self.rng.choice(list(ZONES)),
            window=self.windows.of_series(bucket),
        )
        return Step(session, "bulk", sql=series.compared(), reader=series.reader(), plain=series.plain())

    # More than one read in a statement.

    def routine(self, session: int) -> Step:
        name = self.rng.choice(list(routines.BODIES))
        return Step(session, "pairs", sql=f"SELECT * FROM harness.{name}({self.tenant()}, {self.tenant()})")

    def tally(self, session: int) -> Step:
        return Step(session, "tally", sql=TALLY)
