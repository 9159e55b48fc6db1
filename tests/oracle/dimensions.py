"""Columns of usage that tell events apart, beside the feature."""

from __future__ import annotations

import psycopg
from psycopg import sql

from cases import Case
from truth import dimension_roles

# A value of a dimension, of each type, by a number from 0 to 4; NULL for 4.
KINDS = ("large", "Small", "ünï", "")
NUMBERED_KIND = f"(ARRAY[{', '.join(map(repr, KINDS))}])[n + 1]"
VALUES = {
    "boolean": "CASE WHEN n < 4 THEN n % 2 = 0 END",
    **dict.fromkeys(("smallint", "integer", "bigint"), "CASE WHEN n < 4 THEN n * 7 - 9 END"),
}


def create_enum(connection: psycopg.Connection, case: Case) -> None:
    """The type that some dimensions have."""
    schema = sql.Identifier(case.source.schema)
    kinds = sql.SQL(", ").join(map(sql.Literal, KINDS))
    connection.execute(sql.SQL("CREATE TYPE {}.kind AS ENUM ({})").format(schema, kinds))


def types(case: Case) -> dict[str, sql.Composable]:
    """The types of the dimensions, by what the truth calls them."""
    schema = sql.Identifier(case.source.schema)
    roles = dimension_roles(case.source).items()
    return {role: sql.SQL(type_name).format(schema) for role, (_, type_name) in roles}


def columns(case: Case, declared: dict[str, sql.Composable]) -> list[sql.Composed]:
    """The columns, with the types that they are declared with."""
    roles = dimension_roles(case.source).items()
    return [sql.SQL("{} {}").format(sql.Identifier(name), declared[role]) for role, (name, _) in roles]


def fill(connection: psycopg.Connection, case: Case, table: sql.Identifier, declared: dict) -> None:
    """Gives the events of the table values of their dimensions, which hang on what the events are."""
    names = case.source.identifiers()
    for role, (name, type_name) in dimension_roles(case.source).items():
        connection.execute(
            sql.SQL(
                "UPDATE {table} SET {name} = (SELECT {value} FROM (SELECT abs(hashtext(concat("
                "{role}, {usage_tenant}, {feature}, {cost}, {time})) % 5) AS n) AS number)::{type}"
            ).format(
                table=table,
                name=sql.Identifier(name),
                value=sql.SQL(VALUES.get(type_name, NUMBERED_KIND)),
                role=sql.Literal(role),
                type=declared[role],
                **names,
            )
        )
