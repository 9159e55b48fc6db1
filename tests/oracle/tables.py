"""Makes the tables of a case and sets its source up."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

import further_columns
from access_methods import METHODS
from cases import Case
from partitions import KINDS, Partitioned
from relations import ON_TENANTS, ON_USAGE, condition, copy, create_foreign_table, drop_column
from tenant_tables import create_tenants, full_id, move, tenant_parts
from truth import Source, literal_array

# Layouts in which the usage relation stands in front of the table of the rows.
BEHIND = ("view", "union", "foreign", "condition", "barrier", "nested", "materialized")

USAGE_ROLES = ["usage_tenant", "feature", "cost", "time"]


def column_types(connection: psycopg.Connection, case: Case) -> dict[str, sql.Composable]:
    """The types of the columns, each of which may be a domain, or one over another."""
    source = case.source
    types = {
        "id": "varchar(3500)" if source.id_type == "varchar" else source.id_type,
        "parent": case.parent_type,
        "usage_tenant": case.usage_tenant_type,
        "feature": "text" if case.seed % 3 else "varchar(9500)",
        "cost": case.cost_type,
        "time": source.time_type,
        "feature_name": "text",
    }
    types = {role: sql.SQL(type_name) for role, type_name in types.items()}
    rng = random.Random(f"domains of {case.seed}")
    declared: dict[str, sql.Composable] = {}
    for role, type_name in (types | further_columns.types(case)).items():
        declared[role] = type_name
        for level in range(rng.choice([0] * 9 + [rng.randint(1, 2)])):
            domain = source.relation(f"{role} {level}")
            connection.execute(sql.SQL("CREATE DOMAIN {} AS {}").format(domain, declared[role]))
            declared[role] = domain
    return declared


def create_usage(
    connection: psycopg.Connection, case: Case, types: dict[str, sql.Composable], rng: random.Random
) -> None:
    source = case.source
    usage = source.relation(source.usage)
    base = source.relation("base") if case.layout in BEHIND else usage
    names = source.identifiers()
    columns = [sql.SQL("{} {}").format(names[role], types[role]) for role in USAGE_ROLES]
    columns += further_columns.columns(case, types)
    rng.shuffle(columns)
    parts = partitioned(case)
    clause = sql.SQL(parts.clause() if parts else "")
    connection.execute(
        sql.SQL("CREATE TABLE {} (dropped int, {}) {}").format(base, sql.SQL(", ").join(columns), clause)
    )
    drop_column(connection, base)
    if parts:
        # Tables of their own have their columns in another order.
        attached = sql.SQL(", ").join(columns[::-1]).as_string(None) if case.layout == "attached" else ""
        for statement in parts.statements(rng, METHODS, attached):
            connection.execute(statement)
    copy(connection, base, [names[role] for role in USAGE_ROLES], case.usage)
    if case.layout == "inherited":
        create_children(connection, case)
    further_columns.fill(connection, case, base, types)
    if case.layout == "foreign part":
        create_foreign_part(connection, case, columns)
    if case.layout == "foreign":
        usage = source.relation(source.usage)
        create_foreign_table(connection, case, usage, "base", columns)
    elif base is not usage:
        create_view(connection, case, base, rng)
    for role in ("time", "usage_tenant"):
        if rng.random() < 0.3:
            connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(base, names[role]))
    if case.layout == "plain" and rng.random() < 0.2:
        connection.execute(sql.SQL("ALTER TABLE {} SET (parallel_workers = 3)").format(base))


def partitioned(case: Case) -> Partitioned | None:
    """The partitions of the usage table, if it has any."""
    source = case.source
    kind = "range" if case.layout in ("attached", "foreign part") else case.layout
    if kind not in KINDS:
        return None
    names = source.identifiers()
    # A char(n) would be listed twice with blanks at its end and without.
    listed = dict.fromkeys(tenant.rstrip(" ") for tenant in case.known[:2])
    return Partitioned(
        kind,
        schema=sql.Identifier(source.schema).as_string(None),
        table=sql.Identifier(source.usage).as_string(None),
        tenant=names["usage_tenant"].as_string(None),
        time=names["time"].as_string(None),
        listed=tuple(sql.Literal(tenant).as_string(None) for tenant in listed),
    )


def create_children(connection: psycopg.Connection, case: Case) -> None:
    """Children of the usage table by inheritance, of which one has a child too, with a part of its rows each."""
    source = case.source
    usage, names = source.relation(source.usage), source.identifiers()
    child, grandchild = source.relation("child"), source.relation("grandchild")
    connection.execute(sql.SQL("CREATE TABLE {} () INHERITS ({})").format(child, usage))
    connection.execute(sql.SQL("CREATE TABLE {} (more int DEFAULT 1) INHERITS ({})").format(grandchild, child))
    columns = sql.SQL(", ").join(names[role] for role in USAGE_ROLES)
    for below, moves in ((child, "{} IS NULL"), (grandchild, "length({}) % 2 = 0")):
        connection.execute(
            sql.SQL(
                "WITH moved AS (DELETE FROM ONLY {usage} WHERE {moves} RETURNING {columns})"
                " INSERT INTO {below} ({columns}) SELECT {columns} FROM moved"
            ).format(usage=usage, moves=sql.SQL(moves).format(names["feature"]), columns=columns, below=below)
        )


def create_view(connection: psycopg.Connection, case: Case, base: sql.Identifier, rng: random.Random) -> None:
    names = case.source.identifiers()
    others = [sql.Identifier(name) for name, _ in further_columns.roles(case.source).values()]
    columns = sql.SQL(", ").join([*others, *(names[role] for role in ("time", "cost", "feature", "usage_tenant"))])
    kind, options = sql.SQL("VIEW"), sql.SQL("")
    query = sql.SQL("SELECT {} FROM {}").format(columns, base)
    filtered = sql.SQL("{} WHERE {}").format(query, condition(case, ON_USAGE, rng))
    usage = case.source.relation(case.source.usage)
    if case.layout == "union":
        query = sql.SQL("{0} WHERE {1} IS NULL UNION ALL {0} WHERE {1} IS NOT NULL").format(query, names["feature"])
    elif case.layout == "condition":
        query = filtered
    elif case.layout == "barrier":
        # From version 15 on the policies of the table below apply too.
        invoker = ", security_invoker" if connection.info.server_version >= 150000 else ""
        query, options = filtered, sql.SQL(f"WITH (security_barrier{invoker})")
    elif case.layout == "nested":
        below = case.source.relation("below")
        connection.execute(sql.SQL("CREATE VIEW {} AS {}").format(below, filtered))
        query = sql.SQL("SELECT {} FROM {}").format(columns, below)
    elif case.layout == "materialized":
        kind = sql.SQL("MATERIALIZED VIEW")
    connection.execute(sql.SQL("CREATE {} {} {} AS {}").format(kind, usage, options, query))


def create_policies(connection: psycopg.Connection, case: Case, rng: random.Random) -> None:
    """Policies, which only a role other than the superuser meets."""
    source = case.source
    behind = "base" if case.layout in BEHIND else source.usage
    tables = [("usage", behind, ON_USAGE)]
    tables += [("tenants", table, ON_TENANTS) for table, _ in tenant_parts(case)]
    for role, name, conditions in tables:
        if role not in case.policed:
            continue
        table = source.relation(name)
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table))
        connection.execute(
            sql.SQL("CREATE POLICY visible ON {} USING ({})").format(table, condition(case, conditions, rng))
        )
    if case.policed:
        schema = sql.Identifier(source.schema)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO oracle_reader").format(schema))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO oracle_reader").format(schema))


def become_reader(connection: psycopg.Connection, case: Case) -> None:
    """For the rest of the transaction policies apply, if the case has any."""
    # Conditions of views read it too. A function's SET clause would leave an empty value where there
    # was none, of which parallel workers are not told.
    connection.execute("SET LOCAL app.parity = 'even'")
    if case.policed:
        connection.execute("SET LOCAL ROLE oracle_reader")


def create_foreign_part(connection: psycopg.Connection, case: Case, columns: list) -> None:
    """Puts a foreign table that stands for a partition in its place.

    The other side of the loop sees neither before they are committed, so the partition has its rows.
    """
    source = case.source
    usage, part, far = (source.relation(name) for name in (source.usage, "part_1", "far part"))
    connection.execute(sql.SQL("ALTER TABLE {} DETACH PARTITION {}").format(usage, part))
    create_foreign_table(connection, case, far, "part_1", columns)
    connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} " + partitioned(case).bounds()[1]).format(usage, far)
    )


def create(connection: psycopg.Connection, case: Case) -> None:
    """Makes the schema of a case and fills its tables."""
    source = case.source
    rng = random.Random(f"tables of {case.seed}")
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(source.schema)))
    further_columns.create_enum(connection, case)
    types = column_types(connection, case)
    create_tenants(connection, case, types, rng)
    create_usage(connection, case, types, rng)
    if source.catalogue == "feature_table":
        name = sql.Identifier(source.columns["feature_name"])
        table = source.relation(source.feature_table)
        connection.execute(sql.SQL("CREATE TABLE {} (n int, {} {})").format(table, name, types["feature_name"]))
        copy(connection, table, [name], [(feature,) for feature in source.features])
    create_policies(connection, case, rng)
    if rng.random() < 0.5:
        for table, _ in tenant_parts(case):
            connection.execute(sql.SQL("ANALYZE {}").format(source.relation(table)))


def setup(connection: psycopg.Connection, case: Case) -> None:
    """Registers the source, unless it is to be found as the built-in default."""
    source = case.source
    if source.built_in:
        return
    arguments = {
        "tenants": as_regclass(connection, source.relation(source.tenants)),
        "usage": as_regclass(connection, source.relation(source.usage)),
        "source": sql.Literal(source.name),
        "tenant_id": sql.Literal(source.columns["id"]),
        "parent_id": sql.Literal(source.columns["parent"]),
        "usage_tenant": sql.Literal(source.columns["usage_tenant"]),
        **{f"usage_{role}": told_of(source, role) for role in ("feature", "cost", "time")},
        "time_zone": sql.Literal(source.time_zone),
        "dimensions": literal_array([name for name, _ in source.dimensions], "text"),
        "measures": literal_array([name for name, _ in source.measures], "text"),
    }
    if source.catalogue == "feature_count":
        arguments["feature_count"] = sql.Literal(source.feature_count)
    elif source.catalogue == "features":
        arguments["features"] = literal_array(source.features, "text")
    elif source.catalogue == "feature_table":
        table = source.relation(source.feature_table)
        arguments["feature_table"] = as_regclass(connection, table)
        arguments["feature_column"] = sql.Literal(source.columns["feature_name"])
    named = [sql.SQL("{} => {}").format(sql.Identifier(name), value) for name, value in arguments.items()]
    connection.execute(sql.SQL("SELECT tenant_metrics.setup({})").format(sql.SQL(", ").join(named)))


def told_of(source: Source, role: str) -> sql.Literal:
    return sql.Literal(None if role in source.lacks else source.columns[role])


def as_regclass(connection: psycopg.Connection, table: sql.Identifier) -> sql.Composed:
    return sql.SQL("{}::regclass").format(sql.Literal(table.as_string(connection)))


def change_rows(connection: psycopg.Connection, case: Case) -> None:
    """Changes that only the reading transaction can see."""
    rng = random.Random(f"changes of {case.seed}")
    source = case.source
    names = source.identifiers()
    usage = source.relation("base" if case.layout in BEHIND else source.usage)
    copy(connection, usage, [names[role] for role in USAGE_ROLES], case.late_usage)
    if len(case.known) <= 2:
        return
    mover, parent, gone = rng.sample(case.known, 3)
    move(connection, case, mover, parent)
    for table, prefix in tenant_parts(case):
        tenants, full = source.relation(table), full_id(case, prefix)
        connection.execute(sql.SQL("DELETE FROM {} WHERE {} = {}").format(tenants, full, sql.Literal(gone)))
    connection.execute(
        sql.SQL("UPDATE {} SET {} = NULL WHERE {} = {}").format(
            usage, names["cost"], names["usage_tenant"], sql.Literal(rng.choice(case.known))
        )
    )
