"""Compares what the readers of questions give a role with plain SQL under the same role."""

from __future__ import annotations

import dataclasses
import random

import psycopg
from psycopg import sql

from answers import RANKINGS
from combinations import Combination
from difference import Difference
from instants import Period, step
from questions import Questions, Tables
from role_comparison import ALWAYS_SOUND, INTEGERS, RoleComparison
from truth import EVERYTHING, measure_roles, statement, true_columns, window_condition

YEAR = Period("2024-03-01 00:00+00", "2024-09-15 12:00+00", "2023-08-15 12:00+00")


class RoleQuestions(RoleComparison, Questions):
    """Compares rows or SQLSTATEs under the session's role, without temporary tables."""

    def __init__(self, connection: psycopg.Connection, combination: Combination, period: Period):
        tables = Tables(*map(sql.Identifier, ("truth", "events", "members")))
        Questions.__init__(self, connection, combination.source, tables, period)

    def outcome(self, query: sql.Composable, read=None) -> list[tuple] | str:
        return Questions.outcome(self, query)

    def expected_outcome(self, name: str, kinds: dict[str, str], **filled) -> list[tuple] | str:
        asked = self.fragment(name, columns=true_columns(self.source, kinds, kinds), **filled)
        dashboard = statement("dashboard", self.source, self.reading, window=window_condition(None, None))
        return self.outcome(
            sql.SQL(
                "WITH truth AS MATERIALIZED ({}), events AS MATERIALIZED ({}), members AS MATERIALIZED ({})"
                " SELECT * FROM ({}) AS asked"
            ).format(dashboard, self.fragment("event_rows"), self.fragment("member_rows"), asked)
        )

    def reads(self, *columns: str) -> None:
        """From now on reads these columns of usage, and the time if there is a window."""
        self.reading = {*columns} | ({"time"} if self.period != Period() else set())

    def every_reader(self, rng: random.Random) -> None:
        root = rng.choice([ALWAYS_SOUND, rng.choice(self.sound)])
        measure = rng.choice([None, *measure_roles(self.source)])
        further = {measure} if measure else set()
        self.reading = EVERYTHING | further
        self.series(INTEGERS, root, False, ("month", "Europe/Berlin", step("month", None)), measure)
        self.series_for(INTEGERS, [root, ALWAYS_SOUND], False, ("quarter", "UTC", step("quarter", None)), measure)
        self.breakdown(INTEGERS, root, False, measure=measure)
        if self.period.before:
            self.compare(INTEGERS, rng.choice([None, root]), rng.choice([None, 1]), measure)
        self.reads("feature", "cost", *further)
        # A matrix needs no catalogue.
        named, self.source = self.source, dataclasses.replace(self.source, catalogue="none")
        below = rng.choice([None, root]), rng.choice([None, 1]), rng.random() < 0.5
        self.matrix(INTEGERS, *below, measure=measure)
        self.source = named
        self.reads("feature", "time")
        self.adoption(INTEGERS, root)
        for by in rng.sample([by for by in RANKINGS if by != "growth" or self.period.before], 2):
            about = RANKINGS[by].about
            about = measure if about == "cost" and measure else about
            self.reads(*([about] if about else []))
            self.top(INTEGERS, rng.choice([None, 3]), by, root, rng.choice([None, 1]), measure)
        self.reading = {"time"}
        self.activity(INTEGERS, root, "2024-06-20 12:00+00", "UTC")


def act(connection: psycopg.Connection, combination: Combination, actor: str, rng: random.Random) -> None:
    """All that one role asks of questions, with the settings that policies may read."""
    engine = rng.choice(["auto", "summaries", "aggregate", "portable"])
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(actor)))
    connection.execute("SELECT set_config('app.region', %s, true)", [rng.choice(["eu", "us", ""])])
    connection.execute(sql.SQL("SET LOCAL tenant_metrics.engine = {}").format(sql.Literal(engine)))
    # Whole tables may be so dear that readers of some tenants look these up.
    page_cost = rng.choice(["1", "100000"])
    connection.execute(sql.SQL("SET LOCAL seq_page_cost = {}").format(sql.Literal(page_cost)))
    try:
        period = Period() if "time" in combination.source.lacks else rng.choice([Period(), YEAR])
        RoleQuestions(connection, combination, period).every_reader(rng)
    except Difference as difference:
        raise Difference(f"as {actor}, engine {engine}, seq_page_cost {page_cost}: {difference}") from None
    connection.execute("RESET ROLE")
