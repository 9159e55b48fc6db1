"""Parts of the tables of a case: their rows, the conditions of policies and views, foreign tables."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

from cases import Case

# What policies and views say of a row. Every type of an id, of a feature and of a time has a text.
ON_USAGE = [
    "{usage_tenant}::text IN (SELECT {id}::text FROM {tenants})",
    "length({feature}) % 2 = 0 OR {feature} IS NULL",
    "{cost} IS NOT NULL",
    "{time} IS NULL OR {time} < '2024-03-31'",
    "{time}::timestamptz < statement_timestamp() OR {usage_tenant} IS NULL",
    "oracle.chosen({usage_tenant}::text)",
    "oracle.allowed({usage_tenant}::text)",
    "oracle.changing({usage_tenant}::text)",
]
ON_TENANTS = [
    "length({id}::text) % 2 = length(current_setting('app.parity', true)) % 2",
    "{parent} IS NOT NULL OR current_user = 'oracle_reader'",
    "oracle.chosen({id}::text)",
    "oracle.allowed({id}::text)",
    "oracle.changing({id}::text)",
]


def drop_column(connection: psycopg.Connection, table: sql.Identifier) -> None:
    """Makes attribute numbers differ from the places of the columns."""
    connection.execute(sql.SQL("ALTER TABLE {} DROP COLUMN dropped").format(table))


def copy(connection: psycopg.Connection, table, columns: list, rows: list[tuple]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, sql.SQL(", ").join(columns))
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


def condition(case: Case, conditions: list[str], rng: random.Random) -> sql.Composed:
    names = {**case.source.identifiers(), "tenants": case.source.relation(case.source.tenants)}
    return sql.SQL(rng.choice(conditions)).format(**names)


def create_foreign_table(
    connection: psycopg.Connection, case: Case, name: sql.Identifier, behind: str, columns: list
) -> None:
    connection.execute(
        sql.SQL("CREATE FOREIGN TABLE {} ({}) SERVER loopback OPTIONS (schema_name {}, table_name {})").format(
            name, sql.SQL(", ").join(columns[::-1]), sql.Literal(case.source.schema), sql.Literal(behind)
        )
    )
