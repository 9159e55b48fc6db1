"""Checks that every contender gives its peer's answer, before anything is timed.

The peers add floats, the extension adds exactly, so costs may differ in the last digits of a float.
"""

import math

from comparisons import MONTH, WIDE_SIZES, peer
from measure import Session, Work


class Disagreement(Exception):
    """Two contenders gave different answers, so their times mean nothing."""


def check(session: Session, leaf: int) -> None:
    """Compares the answers of all contenders of the main data set."""
    expect_close(
        "the hybrid property's statement", _ours(session, "adoption_rate"), keyed(session.rows(peer("hybrid")))
    )
    check_dashboard(session, "the hand-written dashboard", "dashboard")
    expect_close(
        "the hand-written dashboard of a month",
        _ours(session, "subtree_adoption_rate, subtree_events, subtree_cost", MONTH),
        keyed(session.rows(peer("month_dashboard"))),
    )
    expect_close(
        "tenant_adoption_rate per row",
        _ours(session, "adoption_rate"),
        keyed(session.rows(Work("SELECT id, tenant_adoption_rate(id) FROM tenants"))),
    )
    for tenant in (1, leaf):
        expect_close(
            f"the cost of tenant {tenant}",
            keyed(session.rows(Work("SELECT 0, tenant_cost($1)", (tenant,)))),
            keyed([(0, *session.rows(peer("tenant_cost", tenant))[0])]),
        )
    expect_close(
        "the recursive CTE",
        keyed(session.rows(Work("SELECT 0, tenant_subtree_cost($1)", (1,)))),
        keyed([(0, *session.rows(peer("subtree", 1))[0])]),
    )


def check_dashboard(session: Session, what: str, peer_name: str, arguments: str = "") -> None:
    """Compares a peer that makes the hand-written dashboard's columns with `tenant_dashboard`."""
    columns = "adoption_rate, cost, subtree_adoption_rate, subtree_events, subtree_cost, subtree_last_used::timestamp"
    expect_close(what, _ours(session, columns, arguments), keyed(session.rows(peer(peer_name))))


def check_summaries(session: Session, source: str, twin: str = "", engine: str = "auto") -> None:
    """The source's dashboard comes from summaries under this setting, and has the rows that the events give."""
    connection = session.connection
    dashboard = Work(f"SELECT * FROM tenant_dashboard{twin}(source => '{source}')")
    connection.execute(f"SET tenant_metrics.engine = {engine}")
    way = connection.execute(f"SELECT engine FROM tenant_metrics.explain{twin}(source => %s)", (source,)).fetchone()
    ours = session.rows(dashboard)
    connection.execute("SET tenant_metrics.engine = aggregate")
    of_events = session.rows(dashboard)
    connection.execute("RESET tenant_metrics.engine")
    expect_equal(f"the way of source {source}", way, ("summaries",))
    if ours != of_events:
        others = [pair for pair in zip(ours, of_events, strict=False) if pair[0] != pair[1]]
        raise Disagreement(
            f"source {source} with summaries: {len(ours)} rows instead of {len(of_events)}, {str(others[:1])[:400]}"
        )


def check_numeric(session: Session) -> None:
    """The float8 amounts have few digits, so both columns have the same exact sums."""
    both = [
        session.rows(Work(f"SELECT * FROM tenant_dashboard({arguments})"))
        for arguments in ("", "source => 'numeric_costs'")
    ]
    if both[0] != both[1]:
        raise Disagreement("the dashboards of float8 and of numeric costs differ")


def check_many_tenants(session: Session, events_per_tenant: int) -> None:
    """Every tenant has its row and every event is counted once."""
    for prefix, events in (("busy", events_per_tenant), ("idle", 0)):
        for size in WIDE_SIZES:
            source = f"{prefix}_{size}"
            counted = session.rows(
                Work(
                    "SELECT count(*), sum(events), sum(subtree_events) FILTER (WHERE parent_id IS NULL) "
                    f"FROM tenant_dashboard(source => '{source}')"
                )
            )
            if counted != [(size, events * size, events * size)]:
                raise Disagreement(f"source {source}: rows, events and the roots' events are {counted[0]}")


def _ours(session: Session, columns: str, arguments: str = "") -> dict:
    return keyed(session.rows(Work(f"SELECT tenant_id, {columns} FROM tenant_dashboard({arguments})")))


def keyed(rows: list[tuple]) -> dict:
    """The rows by their first column."""
    return {row[0]: row[1:] for row in rows}


def expect_equal(what: str, found, expected) -> None:
    """Compares two answers to the last digit."""
    if found != expected:
        raise Disagreement(f"{what}: {str(found)[:200]} instead of {str(expected)[:200]}")


def expect_close(what: str, ours: dict, theirs: dict) -> None:
    """Compares keyed rows, in which a peer may have added floats."""
    if ours.keys() != theirs.keys():
        raise Disagreement(f"{what} covers other tenants: {len(theirs)} instead of {len(ours)}")
    for tenant, row in ours.items():
        for our_value, their_value in zip(row, theirs[tenant], strict=True):
            if not _close(our_value, their_value):
                raise Disagreement(f"{what}, tenant {tenant}: {theirs[tenant]} instead of {row}")


def _close(ours, theirs) -> bool:
    # SQL sums nothing to NULL where a dashboard says 0.
    if theirs is None:
        return ours is None or ours == 0
    if isinstance(ours, (int, float)) or hasattr(ours, "as_tuple"):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs
