"""Summaries of a case's usage, in most of the cases that can have some."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

from cases import Case
from partitions import KINDS

TABLES = ("plain", "attached", *KINDS)


def are_possible(case: Case) -> bool:
    return case.layout in TABLES


def make(connection: psycopg.Connection, case: Case) -> None:
    """Makes summaries, changes rows, and folds what was changed, or some of it."""
    rng = random.Random(f"summaries of {case.seed}")
    if not are_possible(case) or rng.random() < 0.2:
        return
    source = case.source
    path = sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(source.schema))
    connection.execute(path)
    connection.execute("CALL tenant_metrics.enable_summaries(%s, %s)", [source.name, rng.choice([None, 1, 2, 3])])
    usage = source.relation(source.usage)
    for _ in range(rng.choice([0, 1, 2, 4])):
        remainder = rng.randrange(3)
        connection.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT * FROM {0} AS event"
                " WHERE abs(hashtext(event::text)) % 3 = {1};"
                "DELETE FROM {0} AS event WHERE abs(hashtext(event::text)) % 3 = {1};"
                "{2}"
                "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM taken;"
                "DROP TABLE taken"
            ).format(usage, sql.Literal(remainder), sql.SQL(fold(rng, source.name)))
        )
        connection.execute(fold(rng, source.name))
    if rng.random() < 0.3:
        slip(connection, case, usage)
        connection.execute(f"CALL tenant_metrics.{rng.choice(['repair', 'repair', 'rebuild'])}(%s)", [source.name])
    wrong = connection.execute("SELECT * FROM tenant_metrics.verify(%s)", [source.name]).fetchall()
    assert not wrong, f"stored wrongly: {wrong}"


def slip(connection: psycopg.Connection, case: Case, usage: sql.Composable) -> None:
    """Changes rows while the triggers are disabled; verify() finds the tenants."""
    name = case.source.name
    [(number, tenant)] = connection.execute(
        "SELECT number, usage_tenant FROM tenant_metrics.summary WHERE source = %s", [name]
    ).fetchall()
    triggers = [sql.Identifier(f"tenant_metrics_{number}_{kind}") for kind in ("insert", "delete")]
    for trigger in triggers:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(usage, trigger))
    gone = connection.execute(
        sql.SQL("DELETE FROM {0} AS event WHERE abs(hashtext(event::text)) % 5 = 1 RETURNING {1}::text").format(
            usage, sql.Identifier(tenant)
        )
    ).fetchall()
    for trigger in triggers:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(usage, trigger))
    found = connection.execute(
        "SELECT tenant_id FROM tenant_metrics.verify(%s) WHERE part = 'events'", [name]
    ).fetchall()
    expected = {tenant for (tenant,) in gone if tenant is not None}
    assert {tenant for (tenant,) in found} == expected, f"{found} instead of {expected}"


def fold(rng: random.Random, name: str) -> str:
    """A fold, or none."""
    source = sql.Literal(name).as_string(None)
    return rng.choice(["", f"CALL tenant_metrics.compact({source}, full => {rng.choice(['true', 'false'])});"])


def drop(connection: psycopg.Connection, case: Case) -> None:
    """Drops the summaries of the built-in source, if it has some."""
    name = case.source.name
    [(has_some,)] = connection.execute(
        "SELECT EXISTS (SELECT FROM tenant_metrics.summary WHERE source = %s)", [name]
    ).fetchall()
    if has_some:
        connection.execute("CALL tenant_metrics.disable_summaries(%s)", [name])
