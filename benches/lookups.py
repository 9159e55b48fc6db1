"""Readers asked for few tenants, next to as many look-ups of what these tenants cost.

A page asks `tenant_dashboard_for` for its rows; an ORM loads an entity that is mapped to the view
`tenant_metrics.dashboard` by its id. All statements are prepared.
"""

import statistics

from agreement import expect_close, expect_equal
from comparisons import Comparison, peer
from measure import Session, Work
from scalars import DASHBOARD, leaves

PAGE = 20
PAGES = 5


def dashboard_for(tenants: list[int]) -> Work:
    """The rows of a page in one statement."""
    return Work("SELECT * FROM tenant_dashboard_for($1::bigint[])", (f"{{{','.join(map(str, tenants))}}}",))


def entity(tenant: int) -> Work:
    """The row of one tenant as an ORM loads it."""
    return Work("SELECT * FROM tenant_metrics.dashboard WHERE tenant_id = $1", (tenant,))


def sums(tenants: list[int]) -> list[Work]:
    """The statement that one would write for the cost of a leaf, once for each."""
    return [peer("tenant_cost", tenant) for tenant in tenants]


def pages(tenants: int) -> list[list[int]]:
    """Some pages of leaves; the same ones in every run."""
    chosen = leaves(tenants)
    return [chosen[first : first + PAGE] for first in range(0, PAGE * PAGES, PAGE)]


def check(session: Session, tenants: int) -> None:
    """Compares the readers' rows with those of the whole dashboard, and their costs with the sums."""
    dashboard = {row[0]: row for row in session.rows(DASHBOARD)}
    for page in pages(tenants):
        expected = [dashboard[tenant] for tenant in page]
        expect_equal("a page of leaves", session.rows(dashboard_for(page)), expected)
    costs = {row[0]: row[1:] for row in session.rows(Work("SELECT tenant_id, cost FROM tenant_dashboard()"))}
    for tenant in pages(tenants)[0]:
        expect_equal(f"leaf {tenant}", session.rows(dashboard_for([tenant])), [dashboard[tenant]])
        expect_equal(f"entity {tenant}", session.rows(entity(tenant)), [dashboard[tenant]])
        (sum_of_leaf,) = sums([tenant])
        expect_close(f"the cost of leaf {tenant}", {tenant: costs[tenant]}, {tenant: session.rows(sum_of_leaf)[0]})


def measure(session: Session, turns: int, tenants: int) -> list[Comparison]:
    """A page of leaves, one leaf, and an entity."""
    asked = pages(tenants)
    page, page_sums = _medians(session, turns, [([dashboard_for(ids)], sums(ids)) for ids in asked])
    one, loaded, one_sum = _medians(
        session, turns, [([dashboard_for([id])], [entity(id)], sums([id])) for id in asked[0]]
    )
    plain = "`sum(inference_cost)` of it, prepared"
    return [
        Comparison(
            f"`tenant_dashboard_for($1)`, {PAGE} leaves, prepared",
            page,
            f"`sum(inference_cost)` of each, prepared, {PAGE} statements",
            page_sums,
            at_most=2,
        ),
        Comparison("`tenant_dashboard_for($1)`, a leaf, prepared", one, plain, one_sum, at_most=3),
        Comparison(
            "`tenant_metrics.dashboard WHERE tenant_id = $1`, a leaf, prepared", loaded, plain, one_sum, at_most=3
        ),
    ]


def _medians(session: Session, turns: int, rounds: list[tuple[list[Work], ...]]) -> list[float]:
    """The median time of each contender's statements together, over all rounds at every turn."""
    contenders = list(range(len(rounds[0])))
    times: list[list[float]] = [[] for _ in contenders]
    for turn in range(turns + 1):
        for works in rounds:
            # Whoever comes first brings the rows into the processor's cache for the others.
            contenders.append(contenders.pop(0))
            for contender in contenders:
                elapsed = sum(session.seconds(work) for work in works[contender])
                if turn > 0:
                    times[contender].append(elapsed)
    return [statistics.median(each) for each in times]
