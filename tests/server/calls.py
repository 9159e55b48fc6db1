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

# What a caller who meant well would pass, by the argument's name.
SENSIBLE = {
    "source": ("'default'", "'uuids'", "'texts'"),
    "tenants": ("'tenants'::regclass",),
    "usage": ("'ai_feature_usage'::regclass",),
    "tenant_id": ("'id'::name",),
    "parent_id": ("'parent_id'::name",),
    "usage_tenant": ("'tenant_id'::name",),
    "usage_feature": ("'feature_name'::name",),
    "usage_cost": ("'inference_cost'::name",),
    "usage_time": ("'created_at'::name",),
    "time_zone": ("'UTC'", "'Europe/Berlin'"),
    "feature_table": ("'tenants'::regclass", "NULL"),
    "since": ("'2025-01-01'::timestamptz", "NULL"),
    "until": ("'2027-01-01'::timestamptz", "NULL"),
    "at": ("'2026-01-15'::timestamptz",),
    "bucket": ("'day'", "'week'", "'month'", "'quarter'", "'year'"),
    "tz": ("'UTC'", "'Europe/Berlin'", "'Pacific/Apia'"),
    "scope": ("'own'", "'subtree'"),
    "measure": ("'cost'", "NULL"),
    "by": ("'cost'", "'subtree_cost'", "'events'", "'adoption_rate'", "'growth'"),
}

FUNCTIONS = """
SELECT p.oid::regproc::text, p.prokind, coalesce(p.proargnames[:p.pronargs], '{}'),
       ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n) ORDER BY n),
       p.pronargs - p.pronargdefaults
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'tenant_metrics' AND NOT 'internal'::regtype = ANY (p.proargtypes)
ORDER BY 1
"""


@dataclass(frozen=True)
class Function:
    """What the extension offers to callers; its types as format_type writes them."""

    name: str
    is_aggregate: bool
    is_procedure: bool
    arguments: tuple[str, ...]
    types: tuple[str, ...]
    required: int


def functions(connection: psycopg.Connection) -> list[Function]:
    """Everything of the extension that SQL can call."""
    return [
        Function(name, kind == "a", kind == "p", tuple(arguments), tuple(types), required)
        for name, kind, arguments, types, required in connection.execute(FUNCTIONS)
    ]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def value(chance: random.Random, name: str, sql_type: str) -> str:
    """SQL for one argument: sensible, or odd, or hostile, or NULL, or of another type."""
    dice = chance.random()
    if dice < 0.75 and name in SENSIBLE:
        return chance.choice(SENSIBLE[name])
    if dice < 0.8:
        return chance.choice(("NULL", f"NULL::{sql_type}"))
    if dice < 0.85:
        sql_type = chance.choice(sorted(VALUES))
    if sql_type in ("text", "name") and chance.random() < 0.4:
        return f"{literal(chance.choice(HOSTILE_NAMES))}::{sql_type}"
    return chance.choice(VALUES.get(sql_type, ("NULL",)))


def malformed_call(chance: random.Random, function: Function) -> str:
    """A call with arguments by name, some of them left out, or all by position."""
    arguments = function.arguments or ("",) * len(function.types)
    values = [value(chance, *argument) for argument in zip(arguments, function.types, strict=True)]
    if all(arguments) and chance.random() < 0.7:
        values = [
            f"{name} => {given}"
            for number, (name, given) in enumerate(zip(arguments, values, strict=True))
            if chance.random() < (0.98 if number < function.required else 0.4)
        ]
    call = f"{function.name}({', '.join(values)})"
    if function.is_aggregate:
        return f"SELECT {call} FROM generate_series(1, 3)"
    return f"SELECT * FROM {call} LIMIT 100"
