"""Every column of every reader for whole dashboards equals plain SQL."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

import cases
import instants
import tables
from comparison import Difference, Family
from test_readers import ENGINES, own_settings, run
from truth import truth_table
from whole_dashboards import MEASURES, WholeDashboards, create_tables

MOST_BUCKETS = 300


def roots(whole: WholeDashboards, rng: random.Random, strangers: list[str]) -> list[str | None]:
    """Some of each kind: all tenants, some in sound trees, one on or below a cycle, sometimes nobody."""
    busy = whole.sample(rng, [tenant for tenant, depth, used in whole.places() if used and depth is not None], 2)
    found = [None, *(busy or whole.sample(rng, whole.sound, 1)), *whole.sample(rng, whole.cyclic, 1)]
    return [*found, rng.choice([*strangers, *whole.sound])] if rng.random() < 0.2 else found


def series_calls(whole: WholeDashboards, rng: random.Random, case: cases.Case) -> list[tuple]:
    calls = []
    for root in roots(whole, rng, case.strangers):
        own = rng.random() < 0.4
        seconds = whole.seconds(whole.counted(root, own))
        for bucket in instants.some_buckets(rng, seconds, MOST_BUCKETS):
            step = instants.step(bucket, seconds)
            calls.append(("series", root, own, bucket, instants.zone(rng, case), step))
    ids = rng.choices([*whole.every_id, None, *case.strangers], k=rng.randint(0, 8))
    if rng.random() < 0.7:
        ids = [tenant for tenant in ids if tenant not in whole.cyclic]
    own = rng.random() < 0.4
    seconds = whole.seconds(whole.counted_for(ids, own))
    for bucket in instants.some_buckets(rng, seconds, MOST_BUCKETS // 5)[:1]:
        step = instants.step(bucket, seconds)
        calls.append(("series_for", ids, own, bucket, instants.zone(rng, case), step))
    return calls


def other_calls(whole: WholeDashboards, rng: random.Random, case: cases.Case) -> list[tuple]:
    calls = []
    depths = {tenant: depth for tenant, depth, _ in whole.places()}
    for root in roots(whole, rng, case.strangers):
        max_depth = rng.choice([None, None, 0, 1, 2])
        at_depth = rng.choice([None, None, None, (depths.get(root) or 0) + rng.choice([0, 0, 1, 1, 2])])
        n = rng.choice([None, None, None, 0, 1, 3, 10, 2_000_000_000])
        calls += [
            ("breakdown", root, rng.random() < 0.4),
            ("matrix", root, max_depth, rng.random() < 0.5),
            ("adoption", root),
        ]
        measures = [by for by in MEASURES if by != "growth" or whole.period.before]
        calls += [("top", n, by, root, at_depth) for by in rng.sample(measures, 2)]
        if whole.period.before:
            calls.append(("compare", root, max_depth))
        at = instants.moment(whole.connection, case, rng)
        calls.append(("activity", root, at, instants.zone(rng, case)))
    return calls


def check_case(connection: psycopg.Connection, case: cases.Case) -> None:
    """All readers of a case, in one transaction."""
    rng = random.Random(f"whole dashboards of {case.seed}")
    source = case.source
    connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(source.schema)))
    if case.changes_rows:
        tables.change_rows(connection, case)
    forest = sql.Identifier("pg_temp", "truth")
    connection.execute(truth_table(source, forest, (None, None)))
    truth = create_tables(connection, source, forest)
    plans = []
    for period in instants.periods(connection, case, rng):
        whole = WholeDashboards(connection, source, truth, period)
        plans.append((whole, series_calls(whole, rng, case) + other_calls(whole, rng, case)))
    if rng.random() < 0.5:
        connection.execute("SET TRANSACTION READ ONLY")
    session = cases.session_settings(rng, connection.info.server_version // 10000)
    cases.apply_settings(connection, session)
    # Starting workers takes milliseconds: with them, less is asked.
    most, engines = (8, 1) if "parallel_setup_cost" in session else (100, 3)
    for whole, calls in plans:
        for settings in rng.sample(ENGINES, engines):
            cases.apply_settings(connection, own_settings(settings))
            try:
                ask(whole, rng.sample(calls, min(most, len(calls))), rng)
            except Difference as difference:
                raise Difference(f"with {settings}: {difference}") from None


def ask(whole: WholeDashboards, calls: list[tuple], rng: random.Random) -> None:
    suffixes = [whole.source.family, whole.source.family, "_text"]
    for method, *arguments in calls:
        getattr(whole, method)(Family(rng.choice(suffixes)), *arguments)


def test_whole_dashboards_equal_plain_sql(connections, seed, replay):
    run(connections.get(), cases.new_case(seed), replay, check_case)


def test_whole_dashboards_in_a_database_without_encoding(unencoded_connections, seed, replay):
    run(unencoded_connections.get(), cases.new_case(seed), replay, check_case)


test_whole_dashboards_in_a_database_without_encoding.share_of_cases = 0.05
