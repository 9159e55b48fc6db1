"""Random combinations of owners, grants and row-level security."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import psycopg

from access_methods import METHODS
from cases import MODEL_COLUMNS
from partitions import KINDS, Partitioned
from truth import Source

TENANT_COLUMNS = ["id", "parent_id", "name", "region"]
USAGE_COLUMNS = ["tenant_id", "feature_name", "inference_cost", "created_at", "tokens"]
GRANTEES = ["rights_reader", "rights_group", "rights_bypass"]
ACTORS = ["rights_reader", "rights_reader", "rights_member", "rights_bypass", "rights_owner"]

# Conditions of policies; {0} is the schema.
ON_TENANTS = [
    "true",
    "false",
    "id % 2 = 0",
    "parent_id IS NOT NULL",
    "name <> 'hidden'",
    "region = current_setting('app.region', true)",
    "id IN (SELECT tenant_id FROM {0}.membership WHERE who = current_user)",
    "EXISTS (SELECT FROM {0}.membership AS m WHERE m.tenant_id = id)",
    "pg_has_role('rights_group', 'member')",
    "{0}.in_region(region)",
    "{0}.allowed(region)",
    "{0}.listed(id)",
    "session_user = current_user OR region = 'eu'",
    "statement_timestamp() > '2024-01-01' OR id = 1",
    "{0}.unequal(id)",
]
ON_USAGE = [
    "true",
    "false",
    "inference_cost > 0",
    "feature_name <> 'secret'",
    "created_at < '2024-06-01'",
    "tenant_id IN (SELECT id FROM {0}.tenants)",
    "tenant_id IN (SELECT tenant_id FROM {0}.membership WHERE who = current_user)",
    "region = current_setting('app.region', true)",
    "tenant_id % 3 <> 0",
    "{0}.in_region(region)",
    "{0}.allowed(region)",
    "{0}.listed(tenant_id)",
    "session_user = current_user OR region = 'eu'",
    "created_at < statement_timestamp() - interval '1 day'",
    "{0}.unequal(tenant_id)",
]

# What the conditions call: functions of both languages, with and without SET clauses, one volatile.
FUNCTIONS = [
    "in_region(region text) RETURNS boolean LANGUAGE sql STABLE"
    " AS $$ SELECT region = current_setting('app.region', true) $$",
    "allowed(region text) RETURNS boolean LANGUAGE plpgsql STABLE SET app.within = 'us'"
    " AS $$ BEGIN RETURN region IN (current_setting('app.region', true), current_setting('app.within')); END $$",
    "listed(tenant int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS"
    " $$ SELECT EXISTS (SELECT FROM {0}.membership WHERE tenant_id = tenant AND who = 'rights_reader') $$",
    "unequal(tenant int) RETURNS boolean LANGUAGE plpgsql VOLATILE"
    " AS $$ BEGIN RETURN tenant % 2 <> length(current_setting('app.region', true)) % 2; END $$",
]
# The layouts of usage in which its rows are in the table `base`.
BEHIND = ("view", "materialized")


@dataclass
class Combination:
    seed: int
    source: Source
    statements: list[str] = field(default_factory=list)
    tenants: list[tuple] = field(default_factory=list)
    usage: list[tuple] = field(default_factory=list)
    actors: list[str] = field(default_factory=list)
    has_summaries: bool = False


def tenant_rows(rng: random.Random) -> list[tuple]:
    """A forest of about twenty tenants with an orphan and sometimes a cycle."""
    rows = []
    for tenant in range(1, rng.randint(3, 24)):
        parent = None if tenant <= 2 else rng.choice([None, *range(1, tenant), 99])
        name = rng.choice(["hidden", "seen", "seen"])
        rows.append([tenant, parent, name, rng.choice(["eu", "us"])])
    if rng.random() < 0.3:
        rows[0][1] = rng.choice(rows)[0]
    return [tuple(row) for row in rows]


def usage_rows(rng: random.Random, tenants: list[tuple]) -> list[tuple]:
    ids = [row[0] for row in tenants] + [98, None]
    return [
        (
            rng.choice(ids),
            rng.choice(["chat", "search", "secret", "vision", None]),
            rng.choice([None, -0.5, 0.25, 1, 2.125, "NaN"]),
            f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} 12:00",
            rng.choice(["eu", "us"]),
        )
        for _ in range(rng.choice([0, 30, 90]))
    ]


def grants(rng: random.Random, relation: str, columns: list[str]) -> list[str]:
    """SELECT on the table, on some columns, or on nothing, for some roles."""
    found = []
    for grantee in GRANTEES:
        chance = rng.random()
        if chance < 0.55:
            found.append(f"GRANT SELECT ON {relation} TO {grantee}")
        elif chance < 0.95:
            some = [name for name in columns if rng.random() < 0.9]
            if some:
                found.append(f"GRANT SELECT ({', '.join(some)}) ON {relation} TO {grantee}")
    return found


def policies(rng: random.Random, schema: str, table: str, conditions: list[str]) -> list[str]:
    found = []
    for number in range(rng.choice([0, 1, 1, 2, 3])):
        kind = rng.choice(["PERMISSIVE", "PERMISSIVE", "RESTRICTIVE"])
        command = rng.choice(["ALL", "SELECT", "SELECT", "SELECT", "UPDATE"])
        role = rng.choice(["PUBLIC", "PUBLIC", "PUBLIC", "rights_group", "rights_reader"])
        condition = rng.choice(conditions).format(schema)
        found.append(
            f"CREATE POLICY p{number} ON {schema}.{table} AS {kind} FOR {command} TO {role} USING ({condition})"
        )
    found.append(f"ALTER TABLE {schema}.{table} ENABLE ROW LEVEL SECURITY")
    if rng.random() < 0.4:
        found.append(f"ALTER TABLE {schema}.{table} FORCE ROW LEVEL SECURITY")
    return found


def view_options(rng: random.Random, major: int) -> str:
    """How a view asks for rights, and whether it lets conditions through."""
    chosen = ["security_invoker"] if major >= 15 and rng.random() < 0.5 else []
    chosen += ["security_barrier"] if rng.random() < 0.3 else []
    return f" WITH ({', '.join(chosen)})" if chosen else ""


def condition(rng: random.Random, schema: str, conditions: list[str]) -> str:
    """None, or one of the conditions."""
    return rng.choice(["", f" WHERE {rng.choice(conditions).format(schema)}"])


def usage_view(rng: random.Random, schema: str, layout: str, major: int) -> list[str]:
    """A view of the base table, perhaps through another one, or its copy."""
    found, below = [], "base"
    if rng.random() < 0.3:
        below = "recent"
        found += [
            f"CREATE VIEW {schema}.recent{view_options(rng, major)} AS"
            f" SELECT * FROM {schema}.base{condition(rng, schema, ON_USAGE)}",
            f"ALTER VIEW {schema}.recent OWNER TO rights_owner",
            *grants(rng, f"{schema}.recent", USAGE_COLUMNS),
        ]
    query = f"SELECT {', '.join(USAGE_COLUMNS)} FROM {schema}.{below}"
    if layout == "materialized":
        kind, options = "MATERIALIZED VIEW", ""
    else:
        kind, options = "VIEW", view_options(rng, major)
        query += condition(rng, schema, ON_USAGE)
        if rng.random() < 0.2:
            query = f"SELECT * FROM ({query}) AS few WHERE tenant_id < 9 UNION ALL {query}"
    found.append(f"CREATE {kind} {schema}.ai_feature_usage{options} AS {query}")
    if rng.random() < 0.7:
        found.append(f"ALTER {kind} {schema}.ai_feature_usage OWNER TO rights_owner")
    return found + grants(rng, f"{schema}.ai_feature_usage", USAGE_COLUMNS)


def id_type(rng: random.Random, schema: str) -> str:
    """The type of a column with ids: an integer, or a domain over it."""
    return rng.choice(["int"] * 3 + [f"{schema}.tenant_number"])


def usage_statements(rng: random.Random, schema: str, layout: str, major: int) -> list[str]:
    """The usage relation: a table, a partitioned one, or a view on one."""
    base = "base" if layout in BEHIND else "ai_feature_usage"
    parts = Partitioned(rng.choice(KINDS), schema, base, "tenant_id", "created_at", ("1", "7"))
    clause = f" {parts.clause()}" if layout == "partitioned" else ""
    found = [
        f"CREATE TABLE {schema}.{base} (tenant_id {id_type(rng, schema)}, feature_name text,"
        f" inference_cost float8, created_at timestamp, region text,"
        f" tokens int GENERATED ALWAYS AS (tenant_id * 100 + length(feature_name)) STORED){clause}",
        f"ALTER TABLE {schema}.{base} OWNER TO rights_owner",
    ]
    if layout == "partitioned":
        found += parts.statements(rng, METHODS)
    if layout in BEHIND:
        found += usage_view(rng, schema, layout, major)
    found += grants(rng, f"{schema}.{base}", USAGE_COLUMNS)
    if rng.random() < 0.6:
        found += policies(rng, schema, base, ON_USAGE)
    return found


def tenants_statements(rng: random.Random, schema: str, major: int) -> list[str]:
    """The tenants relation: a table, or a view on one, perhaps of several parts."""
    base = rng.choice(["tenants", "accounts"])
    found = [
        f"CREATE TABLE {schema}.{base} (id {id_type(rng, schema)} PRIMARY KEY,"
        f" parent_id {id_type(rng, schema)}, name text, region text)",
        f"ALTER TABLE {schema}.{base} OWNER TO rights_owner",
        *grants(rng, f"{schema}.{base}", TENANT_COLUMNS),
    ]
    if base == "accounts":
        query = f"SELECT * FROM {schema}.accounts{condition(rng, schema, ON_TENANTS)}"
        if rng.random() < 0.4:
            parts = [f"SELECT * FROM ({query}) AS part WHERE id % 3 {which}" for which in ("= 0", "<> 0")]
            query = " UNION ALL ".join(parts)
        found += [
            f"CREATE VIEW {schema}.tenants{view_options(rng, major)} AS {query}",
            f"ALTER VIEW {schema}.tenants OWNER TO rights_owner",
            *grants(rng, f"{schema}.tenants", TENANT_COLUMNS),
        ]
    if rng.random() < 0.6:
        found += policies(rng, schema, base, ON_TENANTS)
    return found


def new_combination(seed: int, major: int) -> Combination:
    """The combination of a seed on a major version; the same for ever."""
    rng = random.Random(seed)
    schema = f"rights_{seed}"
    built_in = rng.random() < 0.3
    catalogue = "none" if built_in else rng.choice(["none", "features", "feature_table"])
    layout = rng.choice(["plain", "plain", "partitioned", "view", "view", "materialized"])
    tenants = tenant_rows(rng)
    made = [
        f"CREATE SCHEMA {schema}",
        f"CREATE DOMAIN {schema}.tenant_number AS int CHECK (VALUE > 0)",
        f"CREATE TABLE {schema}.membership (who name, tenant_id int)",
        f"INSERT INTO {schema}.membership SELECT who, tenant_id"
        " FROM unnest('{rights_reader,rights_member,rights_owner}'::name[]) AS who,"
        " generate_series(1, 25) AS tenant_id"
        " WHERE (tenant_id + length(who)) % 4 < 2",
        f"CREATE TABLE {schema}.features (name text)",
        f"INSERT INTO {schema}.features VALUES ('chat'), ('search'), ('unused'), (NULL)",
        # Views and policies read it as the owner, when a materialized view is filled.
        f"GRANT SELECT ON {schema}.membership TO rights_owner",
        f"GRANT USAGE ON SCHEMA {schema} TO rights_owner",
        *(f"CREATE FUNCTION {schema}.{function.format(schema)}" for function in FUNCTIONS),
        *tenants_statements(rng, schema, major),
        f"GRANT SELECT ON {schema}.tenants TO rights_owner",
        *usage_statements(rng, schema, layout, major),
    ]
    if rng.random() < 0.9:
        made.append(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
    if rng.random() < 0.8:
        made.append(f"GRANT SELECT ON {schema}.membership TO PUBLIC")
    if rng.random() < 0.8:
        made.append(f"GRANT SELECT ON {schema}.features TO PUBLIC")
    lacks = frozenset(role for role in ("feature", "cost", "time") if not built_in and rng.random() < 0.1)
    if "feature" in lacks:
        catalogue = "none"
    source = Source(
        name="default" if built_in else schema,
        schema=schema,
        tenants="tenants",
        usage="ai_feature_usage",
        id_type="integer",
        time_type="timestamp",
        columns=MODEL_COLUMNS,
        catalogue=catalogue,
        features=["chat", "secret", "unused"],
        built_in=built_in,
        qualified=not built_in,
        lacks=lacks,
        measures=[] if built_in else [("tokens", "int")],
    )
    usage = usage_rows(rng, tenants)
    actors = rng.sample(ACTORS, 3)
    if rng.random() < 0.1:
        actors.append("postgres")
    has_summaries = layout == "plain" and not built_in and random.Random(f"summaries of {seed}").random() < 0.8
    return Combination(seed, source, made, tenants, usage, actors, has_summaries)


def create(connection: psycopg.Connection, combination: Combination) -> None:
    source = combination.source
    schema = source.schema
    for statement in combination.statements:
        connection.execute(statement)
    accounts, base = (
        name if f"CREATE TABLE {schema}.{name} " in " ".join(combination.statements) else name_of_all
        for name, name_of_all in (("accounts", "tenants"), ("base", source.usage))
    )
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {schema}.{accounts} VALUES (%s, %s, %s, %s)", combination.tenants)
        cursor.executemany(f"INSERT INTO {schema}.{base} VALUES (%s, %s, %s, %s, %s)", combination.usage)
    if f"CREATE MATERIALIZED VIEW {schema}." in " ".join(combination.statements):
        connection.execute(f"REFRESH MATERIALIZED VIEW {schema}.ai_feature_usage")
    if source.built_in:
        return
    extra = {
        "features": ", features => ARRAY['chat', 'secret', 'unused']",
        "feature_table": f", feature_table => '{schema}.features'",
    }.get(source.catalogue, "")
    extra += "".join(f", usage_{role} => NULL" for role in sorted(source.lacks))
    extra += ", measures => '{tokens}'"
    connection.execute(
        f"SELECT tenant_metrics.setup('{schema}.tenants', '{schema}.ai_feature_usage', '{source.name}'{extra})"
    )
    if combination.has_summaries:
        connection.execute("CALL tenant_metrics.enable_summaries(%s)", [source.name])
        connection.execute(f"UPDATE {schema}.ai_feature_usage SET region = 'eu' WHERE tenant_id % 3 = 1")


def drop(connection: psycopg.Connection, combination: Combination) -> None:
    if not combination.source.built_in:
        connection.execute("SELECT tenant_metrics.teardown(%s)", [combination.source.name])
    connection.execute(f"DROP SCHEMA {combination.source.schema} CASCADE")
