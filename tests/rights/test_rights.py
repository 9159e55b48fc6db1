"""A role gets what plain SQL would give it: the same rows, or the same SQLSTATE."""

from __future__ import annotations

import psycopg
from psycopg import sql

from combinations import Combination
from comparison import Difference
from role_comparison import RoleComparison, check


def act(connection: psycopg.Connection, combination: Combination, actor: str, rng) -> None:
    """Everything that one role asks, with the settings that policies may read."""
    region = rng.choice(["eu", "us", ""])
    row_security = rng.choice(["on"] * 9 + ["off"])
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(actor)))
    connection.execute("SELECT set_config('app.region', %s, true)", [region])
    connection.execute(sql.SQL("SET LOCAL row_security = {}").format(sql.Literal(row_security)))
    engine = rng.choice(["auto", "auto", "aggregate", "portable"])
    connection.execute(sql.SQL("SET LOCAL tenant_metrics.engine = {}").format(sql.Literal(engine)))
    window = rng.choice([(None, None), ("2024-03-01 00:00+00", "2024-09-15 12:00+00")])
    try:
        comparison = RoleComparison(connection, combination.source, sql.Identifier("truth"), window)
        comparison.every_reader(rng)
    except Difference as difference:
        raise Difference(
            f"as {actor}, row_security {row_security}, engine {engine}, app.region '{region}': {difference}"
        ) from None
    connection.execute("RESET ROLE")


def test_role_gets_what_plain_sql_gives(rights_database, seed, replay):
    check(rights_database, seed, replay, act)
