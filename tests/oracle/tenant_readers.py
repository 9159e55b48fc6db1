"""What is asked of a case about its tenants: the dashboard, the scalars, the forest, integrity()."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

import cases
import instants
import tables
from comparison import Comparison
from difference import Difference
from families import Family
from running import ENGINES, own_settings
from truth import EVERYTHING, STATEMENTS, Source, dimension_roles, measure_roles, statement, truth_table

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
    if "time" in case.source.lacks:
        return found
    texts = [edge for (edge,) in edges] or ["2024-01-01 00:00:00+00"]
    since, until = sorted(rng.choices(range(len(texts)), k=2))
    found.append((texts[since], texts[until]))
    half = rng.choice(texts)
    ends = [(instants.EARLIEST, None), (None, instants.LATEST), (instants.EARLIEST, instants.LATEST)]
    found.append(rng.choice([(half, None), (None, half), (half, half), rng.choice(ends)]))
    return found


KINDS = [
    "cycle",
    "duplicate",
    "feature_count_too_small",
    "future_event",
    "missing_measure",
    "orphan",
    "similar_feature",
    "similar_value",
    "unattributed_usage",
    "unknown_feature",
    "unpriced",
    "unusable_column",
    "unused_feature",
]


# Kinds whose detail is a name, and no words.
NAMING = [
    "future_event",
    "missing_measure",
    "similar_feature",
    "similar_value",
    "unknown_feature",
    "unpriced",
    "unused_feature",
]

# The columns of usage that kinds are about.
ABOUT = {"unpriced": "cost"}


def integrity(source: Source) -> sql.Composed:
    """All rows of integrity()."""
    measures = [
        sql.SQL(STATEMENTS["missing_measure"]).format(name=sql.Literal(name), measure=sql.Identifier(role))
        for role, (name, _) in measure_roles(source).items()
    ]
    dimensions = [
        sql.SQL(STATEMENTS["similar_value"]).format(name=sql.Literal(name), dimension=sql.Identifier(role))
        for role, (name, _) in dimension_roles(source).items()
    ]
    return statement(
        "integrity",
        source,
        EVERYTHING | set(measure_roles(source)) | set(dimension_roles(source)),
        missing_measures=sql.Composed(measures),
        similar_values=sql.Composed(dimensions),
    )


def check_integrity(connection: psycopg.Connection, case: cases.Case, kinds: list[str] | None) -> None:
    """All rows of integrity() without `kinds`, those of these kinds with them."""
    everything = connection.execute(integrity(case.source)).fetchall()
    expected = [
        row for row in everything if (kinds is None or row[0] in kinds) and ABOUT.get(row[0]) not in case.source.lacks
    ]
    got = connection.execute(
        sql.SQL(
            "SELECT kind, tenant_id, feature, n::text FROM tenant_metrics.integrity({}, {}),"
            " LATERAL (SELECT CASE WHEN kind = ANY ({}) THEN detail END) AS f (feature)"
            ' ORDER BY kind COLLATE "C", tenant_id COLLATE "C" NULLS LAST,'
            ' feature COLLATE "C" NULLS LAST'
        ).format(sql.Literal(case.source.name), sql.Literal(kinds), sql.Literal(NAMING))
    ).fetchall()
    if got != expected:
        extra = [row for row in got if row not in expected]
        missing = [row for row in expected if row not in got]
        raise Difference(f"integrity of {kinds}: not expected {extra[:5]}, missing {missing[:5]}")


def check_case(connection: psycopg.Connection, case: cases.Case) -> None:
    """All readers of tenants, in one transaction."""
    rng = random.Random(f"readers of {case.seed}")
    source = case.source
    connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(source.schema)))
    if case.changes_rows:
        tables.change_rows(connection, case)
    tables.become_reader(connection, case)
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
    for kinds in (None, rng.sample(KINDS, rng.randrange(len(KINDS)))):
        check_integrity(connection, case, kinds)
