"""Every column of every reader equals plain SQL, for random forests and usage."""

from __future__ import annotations

import random

import psycopg
import pytest
from psycopg import sql

import cases
import tables
from comparison import Comparison, Difference, Family
from truth import statement, truth_table

# Without a cache, or an engine would give what another one has found.
ENGINES = [
    {"engine": "auto", "memory_limit": "256MB", "cache_limit": "256MB"},
    {"engine": "auto", "memory_limit": "256MB", "cache_limit": "2kB"},
    {"engine": "aggregate", "memory_limit": "256MB", "cache_limit": "0"},
    {"engine": "portable", "memory_limit": "256MB", "cache_limit": "0"},
    {"engine": "auto", "memory_limit": "64kB", "cache_limit": "0"},
]

# Instants at which a window may start and end: those of events, and next to them.
EDGES = """
SELECT edge::text
FROM (
    SELECT DISTINCT at + step AS edge
    FROM ({event}) AS event, unnest('{{0, 1 us, -1 us}}'::interval[]) AS step
    WHERE at IS NOT NULL
) AS edges
ORDER BY edges.edge
"""


def windows(connection: psycopg.Connection, case: cases.Case, rng: random.Random) -> list:
    event = statement("event", case.source)
    edges = connection.execute(sql.SQL(EDGES).format(event=event)).fetchall()
    found: list[tuple[str | None, str | None]] = [(None, None)]
    texts = [edge for (edge,) in edges] or ["2024-01-01 00:00:00+00"]
    since, until = sorted(rng.choices(range(len(texts)), k=2))
    found.append((texts[since], texts[until]))
    half = rng.choice(texts)
    found.append(rng.choice([(half, None), (None, half), (half, half)]))
    return found


def check_integrity(connection: psycopg.Connection, case: cases.Case) -> None:
    expected = connection.execute(statement("integrity", case.source)).fetchall()
    got = connection.execute(
        sql.SQL(
            "SELECT kind, tenant_id, feature, n::text FROM tenant_metrics.integrity({}),"
            " LATERAL (SELECT CASE WHEN kind ~ '^un(known|used)_feature$' THEN detail END) AS f (feature)"
            ' ORDER BY kind COLLATE "C", tenant_id COLLATE "C" NULLS LAST,'
            ' feature COLLATE "C" NULLS LAST'
        ).format(sql.Literal(case.source.name))
    ).fetchall()
    if got != expected:
        extra = [row for row in got if row not in expected]
        missing = [row for row in expected if row not in got]
        raise Difference(f"integrity: not expected {extra[:5]}, missing {missing[:5]}")


def own_settings(settings: dict[str, str]) -> dict[str, str]:
    return {f"tenant_metrics.{name}": value for name, value in settings.items()}


def check_case(connection: psycopg.Connection, case: cases.Case) -> None:
    """All readers of a case, in one transaction."""
    rng = random.Random(f"readers of {case.seed}")
    source = case.source
    connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(source.schema)))
    if case.changes_rows:
        tables.change_rows(connection, case)
    comparisons = []
    for number, window in enumerate(windows(connection, case, rng)):
        truth = sql.Identifier("pg_temp", f"truth_{number}")
        connection.execute(truth_table(source, truth, window))
        comparisons.append(Comparison(connection, source, truth, window))
    if rng.random() < 0.5:
        connection.execute("SET TRANSACTION READ ONLY")
    major = connection.info.server_version // 10000
    session = cases.session_settings(rng, major)
    cases.apply_settings(connection, session)
    # Starting workers takes milliseconds: with them, less is asked.
    most, engines = (4, 2) if "parallel_setup_cost" in session else (40, 4)
    families = [Family(suffix) for suffix in sorted({source.family, "_text"})]
    comparisons[0].forest(rng, families[0], case.strangers)
    comparisons[0].forest(rng, families[-1], case.strangers)
    for comparison in comparisons:
        for settings in rng.sample(ENGINES, engines):
            cases.apply_settings(connection, own_settings(settings))
            family = rng.choice([families[0], *families])
            ids = 4 if settings["cache_limit"] == "0" else most
            try:
                comparison.everything(rng, family, case.strangers, ids)
            except Difference as difference:
                raise Difference(f"with {settings}: {difference}") from None
    check_integrity(connection, case)


def run(connection: psycopg.Connection, case: cases.Case, replay: str, check=check_case) -> None:
    """Makes the tables of a case, and lets `check` read them in a transaction."""
    with connection.transaction():
        tables.create(connection, case)
        tables.setup(connection, case)
    try:
        with connection.transaction(force_rollback=True):
            check(connection, case)
    except (Difference, psycopg.Error) as error:
        pytest.fail(f"{error}\n{describe(case)}\nreplay: {replay}", pytrace=False)
    finally:
        if not connection.closed:
            drop(connection, case)


def describe(case: cases.Case) -> str:
    source = case.source
    return (
        f"case {case.seed}: ids {source.id_type}, parents {case.parent_type},"
        f" usage ids {case.usage_tenant_type}, costs {case.cost_type},"
        f" times {source.time_type} in {source.time_zone}, catalogue {source.catalogue},"
        f" usage {case.layout}, {len(case.tenants)} tenants, {len(case.usage)} events"
    )


def drop(connection: psycopg.Connection, case: cases.Case) -> None:
    if not case.source.built_in:
        connection.execute("SELECT tenant_metrics.teardown(%s)", [case.source.name])
    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(case.source.schema)))


def test_readers_equal_plain_sql(connections, seed, replay):
    run(connections.get(), cases.new_case(seed), replay)


def test_readers_in_a_database_without_encoding(unencoded_connections, seed, replay):
    run(unencoded_connections.get(), cases.new_case(seed), replay)


test_readers_in_a_database_without_encoding.share_of_cases = 0.05
