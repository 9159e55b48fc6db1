"""What is asked of a case by the readers of questions: series, features, rankings, activity."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

import cases
import instants
import tables
from answers import RANKINGS
from difference import Difference
from families import Family
from questions import Counted, Questions, create_tables
from running import ENGINES, own_settings
from truth import dimension_roles, measure_names, truth_table

MOST_BUCKETS = 300


def roots(questions: Questions, rng: random.Random, strangers: list[str]) -> list[str | None]:
    """Some of each kind: all tenants, some in sound trees, one on or below a cycle, sometimes nobody."""
    busy = questions.sample(
        rng, [tenant for tenant, depth, used in questions.places() if used and depth is not None], 2
    )
    found = [None, *(busy or questions.sample(rng, questions.sound, 1))]
    found += questions.sample(rng, questions.cyclic, 1) + questions.sample(rng, questions.doubtful, 1)
    return [*found, rng.choice([*strangers, *questions.sound])] if rng.random() < 0.2 else found


def series_calls(questions: Questions, rng: random.Random, case: cases.Case) -> list[tuple]:
    calls, measures = [], [None, *measure_names(case.source)]
    for root in roots(questions, rng, case.strangers):
        own = rng.random() < 0.4
        seconds = questions.seconds(questions.counted(root, own))
        for bucket in instants.some_buckets(rng, seconds, MOST_BUCKETS):
            step = instants.step(bucket, seconds)
            buckets = (bucket, instants.zone(rng, case), step)
            calls.append(("series", root, own, buckets, rng.choice(measures)))
    ids = rng.choices([*questions.every_id, None, *case.strangers], k=rng.randint(0, 8))
    if rng.random() < 0.7:
        ids = [tenant for tenant in ids if tenant not in questions.cyclic]
    if rng.random() < 0.7:
        ids = [tenant for tenant in ids if questions.doubts.about([tenant]) is None]
    own = rng.random() < 0.4
    seconds = questions.seconds(questions.counted_for(ids, own))
    for bucket in instants.some_buckets(rng, seconds, MOST_BUCKETS // 5)[:1]:
        step = instants.step(bucket, seconds)
        calls.append(("series_for", ids, own, (bucket, instants.zone(rng, case), step), rng.choice(measures)))
    return calls


def new_counted(rng: random.Random) -> Counted:
    return Counted(
        scope=rng.choice(["own", "own", "subtree"]),
        eligible=rng.choice(["all", "all", "leaves", "active"]),
        at_depth=rng.choice([None, None, None, 0, 1, 2]),
    )


def other_calls(questions: Questions, rng: random.Random, case: cases.Case) -> list[tuple]:
    calls = []
    depths = {tenant: depth for tenant, depth, _ in questions.places()}
    for root in roots(questions, rng, case.strangers):
        max_depth = rng.choice([None, None, 0, 1, 2])
        at_depth = rng.choice([None, None, None, (depths.get(root) or 0) + rng.choice([0, 0, 1, 1, 2])])
        n = rng.choice([None, None, None, 0, 1, 3, 10, 2_000_000_000])
        dimensions, measures = [None, *dimension_roles(case.source)], [None, *measure_names(case.source)]
        calls += [
            ("breakdown", root, rng.random() < 0.4, rng.choice(dimensions), rng.choice(measures)),
            ("matrix", root, max_depth, rng.random() < 0.5, rng.choice(dimensions), rng.choice(measures)),
            ("adoption", root, rng.choice(dimensions), new_counted(rng)),
        ]
        rankings = [by for by in [None, *RANKINGS] if by != "growth" or questions.period.before]
        calls += [("top", n, by, root, at_depth, rng.choice(measures)) for by in rng.sample(rankings, 2)]
        if questions.period.before:
            calls.append(("compare", root, max_depth, rng.choice(measures)))
        at = instants.moment(questions.connection, case, rng)
        calls.append(("activity", root, at, instants.zone(rng, case), new_counted(rng)))
    return calls


def check_case(connection: psycopg.Connection, case: cases.Case) -> None:
    """All readers of questions, in one transaction."""
    rng = random.Random(f"questions of {case.seed}")
    source = case.source
    connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(source.schema)))
    if case.changes_rows:
        tables.change_rows(connection, case)
    tables.become_reader(connection, case)
    forest = sql.Identifier("pg_temp", "truth")
    connection.execute(truth_table(source, forest, (None, None)))
    truth = create_tables(connection, source, forest)
    plans = []
    for period in instants.periods(connection, case, rng):
        questions = Questions(connection, source, truth, period)
        plans.append((questions, series_calls(questions, rng, case) + other_calls(questions, rng, case)))
    if rng.random() < 0.5:
        connection.execute("SET TRANSACTION READ ONLY")
    session = cases.session_settings(rng, connection.info.server_version // 10000)
    cases.apply_settings(connection, session)
    # Starting workers takes milliseconds: with them, less is asked.
    most, engines = (8, 1) if "parallel_setup_cost" in session else (100, 3)
    for questions, calls in plans:
        for settings in rng.sample(ENGINES, engines):
            cases.apply_settings(connection, own_settings(settings))
            try:
                ask(questions, rng.sample(calls, min(most, len(calls))), rng)
            except Difference as difference:
                raise Difference(f"with {settings}: {difference}") from None


def ask(questions: Questions, calls: list[tuple], rng: random.Random) -> None:
    suffixes = [questions.source.family, questions.source.family, "_text"]
    for method, *arguments in calls:
        getattr(questions, method)(Family(rng.choice(suffixes)), *arguments)
