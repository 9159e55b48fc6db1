"""Makes the tenants of a case: a table, or a view of one or several."""

from __future__ import annotations

import random

import psycopg
from psycopg import sql

from cases import PREFIXES, Case
from relations import ON_TENANTS, condition, copy, create_foreign_table, drop_column


def tenant_parts(case: Case) -> list[tuple[str, str]]:
    """The tables that the tenants are stored in, each with the prefix that its ids lack."""
    if case.tenant_layout in ("keyed", "loose"):
        return [(case.source.tenants, "")]
    if case.tenant_layout == "united":
        return [(f"part {number} of tenants", "") for number in range(3)]
    if case.tenant_layout == "prefixed":
        return [(f"tenants of {prefix}", prefix) for prefix in PREFIXES]
    return [("rows of tenants", "")]


def create_tenants(
    connection: psycopg.Connection, case: Case, types: dict[str, sql.Composable], rng: random.Random
) -> None:
    source = case.source
    names = source.identifiers()
    parts = tenant_parts(case)
    rows: dict[str, list[tuple]] = {table: [] for table, _ in parts}
    for tenant, parent in [*case.tenants, *case.duplicates]:
        fitting = [(table, prefix) for table, prefix in parts if (tenant or prefix).startswith(prefix)]
        table, prefix = rng.choice(fitting)
        rows[table].append((tenant and tenant[len(prefix) :], parent))
    for table, prefix in parts:
        relation = source.relation(table)
        connection.execute(
            sql.SQL("CREATE TABLE {} (dropped text, {} {}, name text, {} {} {})").format(
                relation,
                names["parent"],
                types["parent"],
                names["id"],
                types["id"],
                sql.SQL(id_constraint(case)),
            )
        )
        drop_column(connection, relation)
        copy(connection, relation, [names["id"], names["parent"]], rows[table])
        if case.tenant_layout != "keyed" and rng.random() < 0.6:
            for key in (full_id(case, prefix), names["parent"]):
                connection.execute(sql.SQL("CREATE INDEX ON {} (({}))").format(relation, key))
    if case.tenant_layout == "foreign":
        columns = [
            sql.SQL("{} {}").format(names["parent"], types["parent"]),
            sql.SQL("{} {}").format(names["id"], types["id"]),
        ]
        create_foreign_table(connection, case, source.relation(source.tenants), parts[0][0], columns)
    elif parts[0][0] != source.tenants:
        create_tenant_view(connection, case, rng)


def id_constraint(case: Case) -> str:
    """What keeps ids unique; rows without an id are no rows of a primary key's."""
    if case.tenant_layout != "keyed":
        return ""
    return "UNIQUE" if any(row[0] is None for row in case.tenants) else "PRIMARY KEY"


def full_id(case: Case, prefix: str) -> sql.Composed:
    stored = case.source.identifiers()["id"]
    return sql.SQL("{} || {}").format(sql.Literal(prefix), stored) if prefix else sql.SQL("{}").format(stored)


def create_tenant_view(connection: psycopg.Connection, case: Case, rng: random.Random) -> None:
    source, names = case.source, case.source.identifiers()
    queries = [
        sql.SQL("SELECT {} AS {}, {} FROM {}").format(
            full_id(case, prefix), names["id"], names["parent"], source.relation(table)
        )
        for table, prefix in tenant_parts(case)
    ]
    kind, options = sql.SQL("VIEW"), []
    if case.tenant_layout == "stored":
        kind = sql.SQL("MATERIALIZED VIEW")
    elif connection.info.server_version >= 150000 and rng.random() < 0.5:
        # The policies of the tables below apply too.
        options.append("security_invoker")
    if case.tenant_layout == "barred":
        options.append("security_barrier")
        queries = [sql.SQL("{} WHERE {}").format(queries[0], condition(case, ON_TENANTS, rng))]
    connection.execute(
        sql.SQL("CREATE {} {} {} AS {}").format(
            kind,
            source.relation(source.tenants),
            sql.SQL(f"WITH ({', '.join(options)})" if options else ""),
            sql.SQL(" UNION ALL ").join(queries),
        )
    )


def move(connection: psycopg.Connection, case: Case, mover: str, parent) -> None:
    """Gives a tenant another parent, in whichever table it is."""
    for table, prefix in tenant_parts(case):
        connection.execute(
            sql.SQL("UPDATE {} SET {} = {} WHERE {} = {}").format(
                case.source.relation(table),
                case.source.identifiers()["parent"],
                sql.Literal(parent),
                full_id(case, prefix),
                sql.Literal(mover),
            )
        )
