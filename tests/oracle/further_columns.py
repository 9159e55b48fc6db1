"""Columns of usage beside those that every source has: dimensions, which tell events apart, and measures."""

from __future__ import annotations

import psycopg
from psycopg import sql

from cases import Case
from truth import Source, dimension_roles, measure_roles

KINDS = ("large", "Small", "ünï", "", " LARGE", "small ", "ÜNÏ")
LESS_THAN_LARGEST = ("0", "1", "-17", "250", None)
DOUBLES = ("0", "0.1", "-2.5", "123456.5", "1e22", "1e300", "5e-324", "NaN", "Infinity", "-Infinity", None)
REALS = ("0", "0.1", "-2.5", "16777217", "3e38", "1e-45", "NaN", "Infinity", "-Infinity", None)
NUMERICS = ("0", "1.00", "-17.5", "0.000000000000000000000000000001", "9" * 300, None)
# The values of a dimension or a measure, by its type; any other type is the enum, or a text.
VALUES = {
    "boolean": ("true", "false", None),
    "smallint": (*LESS_THAN_LARGEST, "32767", "-32768"),
    "integer": (*LESS_THAN_LARGEST, "2147483647", "-2147483648"),
    "bigint": (*LESS_THAN_LARGEST, "9223372036854775807", "-9223372036854775808"),
    "double precision": DOUBLES,
    "real": REALS,
    "numeric": (*NUMERICS, "NaN", "Infinity", "-Infinity"),
    "numeric(12,2)": ("0", "1.5", "-17.25", "9999999999.99", "NaN", None),
}


def create_enum(connection: psycopg.Connection, case: Case) -> None:
    """The type that some dimensions have."""
    schema = sql.Identifier(case.source.schema)
    kinds = sql.SQL(", ").join(map(sql.Literal, KINDS))
    connection.execute(sql.SQL("CREATE TYPE {}.kind AS ENUM ({})").format(schema, kinds))


def roles(source: Source) -> dict[str, tuple[str, str]]:
    """The columns, name and type, by what the truth calls them."""
    return dimension_roles(source) | measure_roles(source)


def types(case: Case) -> dict[str, sql.Composable]:
    """The types of the columns, by what the truth calls them."""
    schema = sql.Identifier(case.source.schema)
    return {role: sql.SQL(type_name).format(schema) for role, (_, type_name) in roles(case.source).items()}


def columns(case: Case, declared: dict[str, sql.Composable]) -> list[sql.Composed]:
    """The columns, with the types that they are declared with."""
    named = roles(case.source).items()
    return [sql.SQL("{} {}").format(sql.Identifier(name), declared[role]) for role, (name, _) in named]


def fill(connection: psycopg.Connection, case: Case, table: sql.Identifier, declared: dict) -> None:
    """Gives the events of the table values of these columns, which hang on what the events are."""
    names = case.source.identifiers()
    for role, (name, type_name) in roles(case.source).items():
        values = VALUES.get(type_name, (*KINDS, None))
        connection.execute(
            sql.SQL(
                "UPDATE {table} SET {name} = ({values}::text[])["
                "1 + abs(hashtext(concat({role}, {usage_tenant}, {feature}, {cost}, {time})) % {count})]::{type}"
            ).format(
                table=table,
                name=sql.Identifier(name),
                values=sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(map(sql.Literal, values))),
                count=sql.Literal(len(values)),
                role=sql.Literal(role),
                type=declared[role],
                **names,
            )
        )
