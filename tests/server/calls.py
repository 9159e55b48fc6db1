"""Generates calls that no sane client sends: NULLs, extremes, wrong types, hostile names."""

from __future__ import annotations

import random
from dataclasses import dataclass

import psycopg

HOSTILE_NAMES = (
    'quote " double',
    "quote ' single",
    "dot.ted",
    "'; DROP TABLE canary; --",
    '"; DROP TABLE canary; --',
    "$$ dollar $1 $2 $x$",
    "percent %s %d {} {0}",
    "back \\ slash \\n",
    "new\nline\ttab",
    "ünïcödé 名前 🦀",
    "select",
    " ",
    "/* comment */ -- ",
    "63 bytes " + "x" * 54,
)

# SQL for values of each type; what is no value of another type is tried there too.
VALUES = {
    "bigint": ("1", "0", "-1", "9223372036854775807", "-9223372036854775808", "2147483648", "42"),
    "int": ("0", "1", "-1", "2147483647", "-2147483648"),
    "text": (
        "''",
        "'default'",
        "'1'",
        "'no such'",
        "repeat('x', 100000)",
        "E'\\x01\\n'",
        "'9223372036854775808'",
    ),
    "uuid": ("'00000000-0000-0000-0000-000000000000'::uuid", "gen_random_uuid()"),
    "timestamptz": (
        "'-infinity'::timestamptz",
        "'infinity'::timestamptz",
        "'4713-01-01 BC'::timestamptz",
        "'294276-12-31'::timestamptz",
        "now()",
        "'2026-01-01'::timestamptz",
    ),
    "bigint[]": (
        "'{}'::bigint[]",
        "ARRAY[1, NULL, 1]::bigint[]",
        "ARRAY[[1, 2], [3, 4]]::bigint[]",
        "'[5:6]={1,2}'::bigint[]",
    ),
    "uuid[]": ("'{}'::uuid[]", "ARRAY[NULL]::uuid[]"),
    "text[]": (
        "'{}'::text[]",
        "ARRAY['chat', NULL, 'chat', '']",
        "ARRAY[['a'], ['b']]",
        "array_fill('x'::text, ARRAY[1000])",
    ),
    "regclass": (
        "'tenants'::regclass",
        "'ai_feature_usage'::regclass",
        "'pg_class'::regclass",
        "'tenants_pkey'::regclass",
        "'a_view'::regclass",
        "'a_sequence'::regclass",
        "'a_type'::regclass",
        "0::regclass",
        "4294967295::regclass",
    ),
    "name": (
        "'id'::name",
        "'parent_id'::name",
        "'ctid'::name",
        "'tableoid'::name",
        "''::name",
        "'no_such'::name",
    ),
    "bytea": (
        "''::bytea",
        "'\\x00ff'::bytea",
        "decode(repeat('ff', 1000), 'hex')",
        "decode(repeat('00', 1000), 'hex')",
    ),
    "double precision": ("'NaN'::float8", "'-Infinity'::float8", "1e308::float8", "-0.0::float8"),
    "numeric": ("'NaN'::numeric", "1e1000::numeric", "0.1"),
    "boolean": ("true", "false"),
    "jsonb": ("'{}'::jsonb", "'null'::jsonb"),
}

FUNCTIONS = """
SELECT p.oid::regproc::text, p.prokind, coalesce(p.proargnames[:p.pronargs], '{}'),
       ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n) ORDER BY n)
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE NOT 'internal'::regtype = ANY (p.proargtypes)
ORDER BY 1
"""


@dataclass(frozen=True)
class Function:
    """What the extension offers to callers; its types as format_type writes them."""

    name: str
    is_aggregate: bool
    arguments: list[str]
    types: list[str]


def functions(connection: psycopg.Connection) -> list[Function]:
    """Everything of the extension that SQL can call."""
    return [
        Function(name, kind == "a", arguments, types)
        for name, kind, arguments, types in connection.execute(FUNCTIONS)
    ]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def value(chance: random.Random, sql_type: str) -> str:
    """SQL for one argument, mostly of the right type."""
    dice = chance.random()
    if dice < 0.15:
        return chance.choice(("NULL", f"NULL::{sql_type}"))
    if dice < 0.30:
        sql_type = chance.choice(sorted(VALUES))
    if sql_type in ("text", "name") and chance.random() < 0.4:
        return f"{literal(chance.choice(HOSTILE_NAMES))}::{sql_type}"
    return chance.choice(VALUES.get(sql_type, ("NULL",)))


def malformed_call(chance: random.Random, function: Function) -> str:
    """A call with arguments by position or, some of them left out, by name."""
    named = len(function.arguments) == len(function.types) and all(function.arguments)
    if named and chance.random() < 0.6:
        chosen = [
            pair
            for pair in zip(function.arguments, function.types, strict=True)
            if chance.random() < 0.6
        ]
        arguments = ", ".join(f"{name} => {value(chance, sql_type)}" for name, sql_type in chosen)
    else:
        arguments = ", ".join(value(chance, sql_type) for sql_type in function.types)
    if function.is_aggregate:
        return f"SELECT {function.name}({arguments}) FROM generate_series(1, 3)"
    return f"SELECT * FROM {function.name}({arguments}) LIMIT 100"
