"""The truth itself: truth.sql against loops in Python that share nothing with it."""

from __future__ import annotations

import decimal

import psycopg
import pytest
from psycopg import sql

import brute_force
import cases
import tables
from truth import statement, truth_table

COLUMNS = """
SELECT tenant_id::text, depth, height, descendants,
       events, features_used, cost, unpriced_events, extract(epoch FROM last_used)::text,
       subtree_events, subtree_features_used, subtree_cost,
       extract(epoch FROM subtree_last_used)::text
FROM pg_temp.truth
ORDER BY seq
"""


def listed_features(source) -> set | None:
    return set(source.features) if source.catalogue in ("features", "feature_table") else None


def read_events(connection: psycopg.Connection, source) -> list[tuple]:
    query = sql.SQL("SELECT tenant::text, feature, cost, priced, extract(epoch FROM at) FROM ({}) AS event").format(
        statement("event", source)
    )
    listed = listed_features(source)
    return [
        (tenant, feature if listed is None or feature in listed else None, cost, priced, at)
        for tenant, feature, cost, priced, at in connection.execute(query)
    ]


def flat(entry: tuple) -> tuple:
    depth, height, descendants, own, subtree = entry
    events, features, cost, unpriced, last = own
    below = subtree or (None, None, None, None, None)
    text = [None if at is None else str(at) for at in (last, below[4])]
    return (
        *(depth, height, descendants),
        *(events, features, cost, unpriced, text[0]),
        *(below[0], below[1], below[2], text[1]),
    )


def counted_rows(connection: psycopg.Connection, case: cases.Case) -> list[tuple]:
    """One row for each tenant that can be seen: that with the smallest parent, or without one."""
    names = case.source.identifiers()
    seen = connection.execute(
        sql.SQL("SELECT {}::text, {}::text FROM {}").format(
            names["id"], names["parent"], case.source.relation(case.source.tenants)
        )
    )

    def by_parent(row: tuple) -> tuple:
        parent = row[1]
        if parent is None:
            return (False,)
        return True, int(parent) if case.source.family == "" else parent.encode()

    rows: dict[str, tuple] = {}
    for tenant, parent in seen:
        row = (tenant, parent)
        if tenant is not None:
            rows[tenant] = min(rows.get(tenant, row), row, key=by_parent)
    return list(rows.values())


def check(connection: psycopg.Connection, case: cases.Case) -> None:
    source = case.source
    tables.create(connection, case)
    truth = sql.Identifier("pg_temp", "truth")
    connection.execute(truth_table(source, truth, (None, None)))
    got = {row[0]: row[1:] for row in connection.execute(COLUMNS)}
    tenants = counted_rows(connection, case)
    with decimal.localcontext() as context:
        context.prec = 20_000
        expected = brute_force.dashboard(tenants, read_events(connection, source))
        assert got == {tenant: flat(entry) for tenant, entry in expected.items()}


def check_order(connection: psycopg.Connection) -> None:
    """A parent before its children, depth-first, cycles last."""
    rows = connection.execute(
        "SELECT tenant_id::text, parent_id::text, depth, tree_status FROM pg_temp.truth ORDER BY seq"
    ).fetchall()
    trail: list[str] = []
    for tenant, parent, depth, status in rows:
        if status == "cycle":
            trail = ["no sound tenant may follow"] * 10_000
            continue
        assert depth <= len(trail) < 10_000
        assert depth == 0 or trail[depth - 1] == parent
        trail[depth:] = [tenant]


@pytest.mark.share_of_cases(0.1)
def test_truth_equals_loops(connections, seed, replay):
    connection = connections.get()
    try:
        with connection.transaction(force_rollback=True):
            check(connection, cases.new_case(seed))
            check_order(connection)
    except AssertionError as error:
        pytest.fail(f"{error}\nreplay: {replay}", pytrace=True)
