"""Compares what the readers give a role with plain SQL under the same role."""

from __future__ import annotations

import random

import psycopg
import pytest
from psycopg import sql

import measure_readers
from asking import CYCLE
from combinations import Combination, create, drop, new_combination
from comparison import Comparison
from difference import Difference
from doubts import Doubts
from families import Family
from truth import (
    DASHBOARD,
    EVERYTHING,
    LACKS,
    MADE_OF,
    OWN_SCALARS,
    SUBTREE_SCALARS,
    compared,
    compared_columns,
    literal_array,
    measure_names,
    names,
    statement,
    window_condition,
)

EVERY_ID = [str(tenant) for tenant in range(1, 25)] + ["98"]
# A tenant that is a root in every combination, if the role can see it.
ALWAYS_SOUND = "2"
INTEGERS = Family("")

# The columns of usage that a metric reads besides the tenant's.
NEEDS = {
    "events": set(),
    "features_used": {"feature"},
    "adoption_rate": {"feature"},
    "cost": {"cost"},
    "last_used": {"time"},
    "tokens": {"measure_0"},
}

# An own metric in plain SQL, which does not read the links between tenants.
OWN_METRICS = {
    "events": "count(event.tenant)",
    "features_used": "count(DISTINCT event.feature) FILTER (WHERE {counts})",
    "adoption_rate": "(count(DISTINCT event.feature) FILTER (WHERE {counts}))::float8"
    " / nullif({catalogue_size}::bigint, 0)",
    "cost": "coalesce(sum(event.cost) FILTER (WHERE event.priced), 0)",
    "last_used": "max(event.at)",
    "tokens": "coalesce(sum(event.measure_0), 0)",
}


class RoleComparison(Comparison):
    """Compares rows or SQLSTATEs under the session's role, without temporary tables."""

    reading: set[str] | None = None

    def find_doubts(self) -> Doubts:
        """The combinations leave none."""
        return Doubts()

    def statuses(self) -> tuple[list[str], list[str]]:
        query = self.plain(
            "listed",
            root=self.native(None),
            max_depth=sql.SQL("NULL::integer"),
            columns=sql.SQL("r.tenant_id::text, r.tree_status"),
        )
        found = self.outcome(query)
        if isinstance(found, str):
            return [ALWAYS_SOUND], []
        cyclic = [tenant for tenant, status in found if status == "cycle"]
        return [tenant for tenant in EVERY_ID if tenant not in cyclic], cyclic

    def plain(self, name: str, **filled) -> sql.Composed:
        """A statement of the truth over the columns that are to be read."""
        dashboard = statement(
            "dashboard",
            self.source,
            self.reading,
            window=window_condition(self.since, self.until),
        )
        asked = statement(name, self.source, self.reading, truth=sql.Identifier("truth"), **filled)
        return sql.SQL("WITH truth AS MATERIALIZED ({}) {}").format(dashboard, asked)

    expected = plain

    def outcome(self, query: sql.Composed, read=None) -> list[tuple] | str:
        """The rows of a query, or the SQLSTATE of its error."""
        try:
            with self.connection.transaction():
                rows = self.rows(query)
        except psycopg.Error as error:
            return error.sqlstate or str(error)
        return read(rows) if read else rows

    def same(self, label: str, query: sql.Composed, expected: sql.Composed, read=None, refused: None = None) -> None:
        truth = self.outcome(expected)
        got = self.outcome(query, read)
        if got != truth:
            text = query.as_string(self.connection)
            plain = expected.as_string(self.connection)
            raise Difference(f"{label}\n  got      {got}\n  expected {truth}\n  {text}\n  {plain}")

    def needs(self, columns) -> None:
        """From now on reads what these columns of the dashboard need."""
        self.reading = set()
        for column in columns:
            self.reading |= NEEDS[column.removeprefix("subtree_")]
        if (self.since, self.until) != (None, None):
            self.reading |= {"time"}

    def lacking(self, label: str, call: sql.Composed) -> None:
        """Whoever may not look into the schema is told that."""
        schema = sql.Literal(self.source.schema)
        [(may_look,)] = self.rows(sql.SQL("SELECT has_schema_privilege({}, 'USAGE')").format(schema))
        got = self.outcome(call)
        if got != LACKS and (may_look or got != "42501"):
            raise Difference(f"{label}\n  got      {got}\n  expected {LACKS}\n  {call.as_string(self.connection)}")

    def own_scalar(self, metric: str) -> None:
        """An own metric needs neither the links nor other metrics' columns.

        Usage is materialized, because PostgreSQL asks for no right on what it leaves out of a plan:
        the tables below a view, joined to tenants of whom a policy shows none.
        """
        if MADE_OF.get(metric) in self.source.lacks:
            self.metric_scalars(INTEGERS, EVERY_ID, [metric])
            return
        arguments = self.arguments(sql.SQL("wanted.id"))
        self.own_value(
            metric, sql.SQL("{}({})").format(INTEGERS.reader(f"tenant_{metric}"), arguments), DASHBOARD[metric]
        )

    def own_value(self, metric: str, call: sql.Composed, kind: str) -> None:
        """The call, for each id, gives this metric in plain SQL."""
        self.needs([metric])
        value = compared(OWN_METRICS[metric], kind)
        plain = sql.SQL(
            "WITH RECURSIVE catalogue AS ({catalogue}),"
            " event AS MATERIALIZED (SELECT * FROM ({event}) AS event WHERE {window}),"
            " own AS (SELECT t.{id} AS id, " + value + " AS value"
            " FROM {tenants} AS t LEFT JOIN event ON event.tenant = t.{id} GROUP BY t.{id})"
            " SELECT own.value FROM unnest({ids}) WITH ORDINALITY AS wanted (id, position)"
            " LEFT JOIN own ON own.id = wanted.id ORDER BY position"
        )
        ids = literal_array(EVERY_ID, "bigint")
        filled = self.filled(window=window_condition(self.since, self.until), ids=ids)
        asked = sql.SQL("SELECT {} FROM unnest({}) WITH ORDINALITY AS wanted (id, position) ORDER BY position").format(
            sql.SQL(compared(call.as_string(self.connection), kind)), ids
        )
        self.same(f"own {metric}", asked, plain.format(**filled))

    def measures(self, rng: random.Random) -> None:
        """The scalars need the column of their measure alone, the rows all of these."""
        [(name, _)] = self.source.measures
        arguments = self.arguments(sql.SQL("wanted.id"), sql.Literal(name))
        self.own_value("tokens", sql.SQL("{}({})").format(INTEGERS.reader("tenant_measure"), arguments), "numeric")
        place = len(measure_names(self.source))
        ids = literal_array(self.answered, "bigint")
        asked = sql.SQL(
            "SELECT {}({})::text FROM unnest({}) WITH ORDINALITY AS wanted (id, position) ORDER BY position"
        ).format(INTEGERS.reader("tenant_subtree_measure"), arguments, ids)
        expected = self.expected("scalars", ids=ids, columns=sql.SQL(f"(r.subtree_sums)[{place}]::text"))
        self.same("tenant_subtree_measure", asked, expected)
        self.reading |= {"cost"}
        measure_readers.measures(self, INTEGERS, rng.choice([None, ALWAYS_SOUND]), rng.choice([None, 1]))

    def is_descendant(self, family: Family, ids: list[str]) -> None:
        """Of tenants that give no error, which would hide the other pairs."""
        call = sql.SQL(
            "SELECT a.id::text, b.id::text, {}({})::text"
            " FROM unnest({ids}) WITH ORDINALITY AS a (id, position)"
            " CROSS JOIN unnest({ids}) WITH ORDINALITY AS b (id, position)"
            " ORDER BY a.position, b.position"
        ).format(
            family.reader("tenant_is_descendant"),
            self.arguments(sql.SQL("a.id"), sql.SQL("b.id"), window=False),
            ids=literal_array(ids, family.id_type),
        )
        native = literal_array(ids, self.source.id_sql.as_string(None))
        expected = self.expected("is_descendant", ids=native, on_cycle=sql.Literal(self.on_cycle()))
        self.same("tenant_is_descendant", call, expected)

    def refused(self, metric: str, tenant: str) -> None:
        """A tenant on or below a cycle, where that is an error: after any that a right is missing."""
        if MADE_OF.get(metric) in self.source.lacks:
            return
        plain = self.plain("scalars", ids=literal_array([tenant], "bigint"), columns=compared_columns([metric]))
        truth = self.outcome(plain)
        call = sql.SQL("SELECT {}({})").format(INTEGERS.reader(f"tenant_{metric}"), self.arguments(INTEGERS.id(tenant)))
        got = self.outcome(call)
        if got != (truth if isinstance(truth, str) else CYCLE):
            raise Difference(f"{call.as_string(self.connection)}\n  got      {got}\n  plain SQL {truth}")

    def filled(self, **more: sql.Composable) -> dict[str, sql.Composable]:
        return {**names(self.source, self.reading), **more}

    def every_reader(self, rng: random.Random) -> None:
        for metric in OWN_SCALARS:
            self.own_scalar(metric)
        for metric in SUBTREE_SCALARS:
            self.needs([metric])
            self.metric_scalars(INTEGERS, self.answered, [metric])
            if self.on_cycle() and self.cyclic:
                self.refused(metric, rng.choice(self.cyclic))
        if self.source.measures:
            self.measures(rng)
        roots = [None, rng.choice(self.sound), ALWAYS_SOUND]
        for root in roots:
            self.reading = EVERYTHING
            self.dashboard(INTEGERS, root, rng.choice([None, 1]))
            self.json(INTEGERS, root, rng.choice([None, 1]))
            self.needs(["adoption_rate"])
            self.listed_metric(INTEGERS, "tenant_adoption_rates", root, "adoption_rate")
            self.needs(["subtree_cost"])
            self.listed_metric(INTEGERS, "tenant_subtree_costs", root, "subtree_cost")
        self.reading = EVERYTHING
        self.dashboard_for(INTEGERS, rng.choices([*EVERY_ID, None], k=8))
        self.looked_up(rng, INTEGERS, rng.choices(EVERY_ID, k=rng.randint(1, 3)))
        self.reading = None
        self.forest_scalars(INTEGERS, self.answered)
        self.is_descendant(INTEGERS, self.sample(rng, self.answered, 5))
        self.lineage(INTEGERS, rng.choice(self.sound), None)


def act(connection: psycopg.Connection, combination: Combination, actor: str, rng) -> None:
    """All that one role asks of tenants, with the settings that policies may read."""
    region = rng.choice(["eu", "us", ""])
    row_security = rng.choice(["on"] * 9 + ["off"])
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(actor)))
    connection.execute("SELECT set_config('app.region', %s, true)", [region])
    connection.execute(sql.SQL("SET LOCAL row_security = {}").format(sql.Literal(row_security)))
    engine = rng.choice(["auto", "summaries", "summaries", "aggregate", "portable"])
    connection.execute(sql.SQL("SET LOCAL tenant_metrics.engine = {}").format(sql.Literal(engine)))
    # Whole tables may be so dear that readers of some tenants look these up.
    page_cost = rng.choice(["1", "100000"])
    connection.execute(sql.SQL("SET LOCAL seq_page_cost = {}").format(sql.Literal(page_cost)))
    on_cycle = rng.choice(["null", "error"])
    connection.execute(sql.SQL("SET LOCAL tenant_metrics.on_cycle = {}").format(sql.Literal(on_cycle)))
    window = rng.choice([(None, None), ("2024-03-01 00:00+00", "2024-09-15 12:00+00")])
    if "time" in combination.source.lacks:
        window = (None, None)
    try:
        comparison = RoleComparison(connection, combination.source, sql.Identifier("truth"), window)
        comparison.every_reader(rng)
    except Difference as difference:
        raise Difference(
            f"as {actor}, row_security {row_security}, engine {engine}, seq_page_cost {page_cost}, on_cycle {on_cycle},"
            f" app.region '{region}': {difference}"
        ) from None
    connection.execute("RESET ROLE")


def check(connection: psycopg.Connection, seed: int, replay: str, act) -> None:
    """Lets some roles act on the combination of a seed, and drops it.

    It is made in a transaction of its own, because what a transaction made is never shared.
    """
    combination = new_combination(seed, connection.info.server_version // 10000)
    rng = random.Random(f"actors of {seed}")
    made = ";\n".join(combination.statements)
    with connection.transaction():
        create(connection, combination)
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET LOCAL search_path = {combination.source.schema}, public")
            for actor in combination.actors:
                act(connection, combination, actor, rng)
    except (Difference, psycopg.Error) as error:
        pytest.fail(f"{error}\n{made};\nreplay: {replay}", pytrace=False)
    finally:
        drop(connection, combination)
