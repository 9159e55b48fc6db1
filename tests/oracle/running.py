"""Runs a case: makes its tables, lets a check read them, and says how to run it again."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

import cases
import summaries
import tables
from difference import Difference

# Without a cache, or an engine would give what another one has found.
ENGINES = [
    {"engine": "auto", "memory_limit": "256MB", "cache_limit": "256MB"},
    {"engine": "auto", "memory_limit": "256MB", "cache_limit": "2kB"},
    {"engine": "aggregate", "memory_limit": "256MB", "cache_limit": "0"},
    {"engine": "portable", "memory_limit": "256MB", "cache_limit": "0"},
    {"engine": "auto", "memory_limit": "64kB", "cache_limit": "0"},
    # Summaries, in the cases that have them.
    {"engine": "summaries", "memory_limit": "256MB", "cache_limit": "0"},
    {"engine": "summaries", "memory_limit": "256MB", "cache_limit": "256MB"},
    {"engine": "summaries", "memory_limit": "64kB", "cache_limit": "0"},
]


def own_settings(settings: dict[str, str]) -> dict[str, str]:
    return {f"tenant_metrics.{name}": value for name, value in settings.items()}


def run(connection: psycopg.Connection, case: cases.Case, replay: str, check) -> None:
    """Makes the tables of a case, and lets `check` read them in a transaction."""
    with connection.transaction():
        tables.create(connection, case)
        tables.setup(connection, case)
        summaries.make(connection, case)
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
        f" lacks {sorted(source.lacks)}, dimensions {source.dimensions},"
        f" measures {source.measures},"
        f" usage {case.layout}, tenants {case.tenant_layout}, {len(case.tenants)} tenants,"
        f" {len(case.duplicates)} further rows of them, {len(case.usage)} events"
    )


def drop(connection: psycopg.Connection, case: cases.Case) -> None:
    if not case.source.built_in:
        connection.execute("SELECT tenant_metrics.teardown(%s)", [case.source.name])
    else:
        summaries.drop(connection, case)
    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(case.source.schema)))
