"""The tables, the set-up and the questions of an example, as its folder has them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import psycopg

from cluster import ROOT
from documents import examples


def statements(name: str) -> list[str]:
    """The SQL statements of an example's README, without comments and commands of psql."""
    blocks = examples((ROOT / "examples" / name / "README.md").read_text())
    sql = re.sub(r"^(--|\\).*\n", "", "".join(block.sql for block in blocks), flags=re.MULTILINE)
    return [statement.strip() for statement in re.split(r";$", sql, flags=re.MULTILINE) if statement.strip()]


def question(name: str, *parts: str) -> str:
    """The one statement of an example's README that has these parts."""
    (found,) = (statement for statement in statements(name) if all(part in statement for part in parts))
    return found


def create_tables(connection: psycopg.Connection, name: str) -> None:
    connection.execute((ROOT / "examples" / name / "schema.sql").read_text())


def set_up(connection: psycopg.Connection, name: str, old: str = "", new: str = "") -> None:
    """Runs the README's calls of setup, with one part replaced."""
    calls = [statement for statement in statements(name) if "tenant_metrics.setup(" in statement]
    assert calls and all(old in call for call in calls)
    for call in calls:
        connection.execute(call.replace(old, new) if old else call)


def load(connection: psycopg.Connection, table: str, columns: str, rows: Iterable[tuple]) -> None:
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def replaced(sql: str, old: str, new: str) -> str:
    """A question about something else than the README's."""
    assert old in sql, f"the question has lost {old}"
    return sql.replace(old, new)


def shown(connection: psycopg.Connection, sql: str, parameters: dict | None = None) -> list[tuple[str, ...]]:
    """Rows as text: sums are compared with all their digits."""
    return [tuple(map(str, row)) for row in connection.execute(sql, parameters)]
