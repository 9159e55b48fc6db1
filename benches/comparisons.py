"""What is measured against what, and the target that each ratio has."""

import pathlib
from dataclasses import dataclass

from measure import Session, Work

_PEERS = pathlib.Path(__file__).with_name("peers")
MONTH = "since => '2026-09-01 00:00+00', until => '2026-10-01 00:00+00'"
WIDE_SIZES = (10_000, 100_000, 1_000_000)


def peer(name: str, *arguments) -> Work:
    """The statement of a file in benches/peers, without the comment that heads it."""
    lines = (_PEERS / f"{name}.sql").read_text().splitlines()
    return Work("\n".join(line for line in lines if not line.startswith("--")), arguments)


def read(reader: str, source: str, arguments: str = "") -> Work:
    """A reader of all rows, of this source."""
    return Work(f"SELECT * FROM {reader}({arguments}source => '{source}')")


@dataclass(frozen=True)
class Comparison:
    """One row of the table.

    `at_least` is a target for how many times faster than the peer we are, `at_most` one for how
    many times as long we take; without either the row is for information.
    """

    title: str
    ours: float
    peer_title: str
    peer: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "ms"

    def cell(self, seconds: float) -> str:
        """A time to three digits, in this row's unit."""
        value = seconds * (1_000_000 if self.unit == "µs" else 1_000)
        decimals = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
        return f"{value:,.{decimals}f} {self.unit}"

    @property
    def ratio(self) -> str:
        if self.at_most is not None or self.ours > self.peer:
            return f"{self.ours / self.peer:.2f} times as long"
        return f"{self.peer / self.ours:.1f} times faster"

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g} times faster"
        if self.at_most is not None:
            return f"≤ {self.at_most:g} times as long"
        return ""

    @property
    def met(self) -> str:
        if self.at_least is not None:
            return "yes" if self.peer / self.ours >= self.at_least else "NO"
        if self.at_most is not None:
            return "yes" if self.ours / self.peer <= self.at_most else "NO"
        return ""


def dashboard(session: Session, turns: int) -> list[Comparison]:
    """The whole dashboard, all time."""
    ours, sql, scan = session.medians(
        [Work("SELECT * FROM tenant_dashboard()"), peer("dashboard"), peer("scan")], turns
    )
    title = "`tenant_dashboard()`"
    return [
        Comparison(title, ours, "best hand-written SQL dashboard", sql, at_least=5),
        Comparison(title, ours, "bare scan of the usage table", scan, at_most=1.5),
    ]


def hybrid(session: Session, turns: int) -> list[Comparison]:
    """The one column that the hybrid property computes."""
    ours, per_row, statement = session.medians(
        [
            Work("SELECT * FROM tenant_dashboard()"),
            Work("SELECT id, tenant_adoption_rate(id) FROM tenants"),
            peer("hybrid"),
        ],
        turns,
    )
    peer_title = "hybrid property's statement (adoption rate only)"
    return [
        Comparison("`tenant_dashboard()`", ours, peer_title, statement, at_least=20),
        Comparison("`tenant_adoption_rate(id)` called once per row", per_row, peer_title, statement),
    ]


def month(session: Session, turns: int, where: str, binding: bool = True) -> list[Comparison]:
    """One month's window; `where` tells how the table is indexed."""
    ours, sql, scan = session.medians(
        [Work(f"SELECT * FROM tenant_dashboard({MONTH})"), peer("month_dashboard"), peer("month_scan")], turns
    )
    title = f"one month of `tenant_dashboard()`, {where}"
    return [
        Comparison(title, ours, "bare scan of that month", scan, at_most=1.5 if binding else None),
        Comparison(title, ours, "best hand-written SQL of that month", sql),
    ]


def numeric(session: Session, turns: int) -> list[Comparison]:
    """A numeric cost column instead of a float8 one, the same amounts in it."""
    exact, binary = session.medians(
        [
            Work("SELECT * FROM tenant_dashboard(source => 'numeric_costs')"),
            Work("SELECT * FROM tenant_dashboard()"),
        ],
        turns,
    )
    return [Comparison("`tenant_dashboard()`, numeric costs", exact, "the same with float8 costs", binary, at_most=2)]


def many_tenants(session: Session, turns: int, usage: str, source: str) -> list[Comparison]:
    """What a row of output costs, from the smallest forest to the largest."""
    times = session.medians(
        [Work(f"SELECT * FROM tenant_dashboard(source => '{source}_{size}')") for size in WIDE_SIZES], turns
    )
    per_row = [time / size for time, size in zip(times, WIDE_SIZES, strict=True)]
    return [
        Comparison(
            f"a row of {size:,} tenants, {usage}",
            each,
            f"a row of {WIDE_SIZES[0]:,} tenants",
            per_row[0],
            at_most=1.3,
            unit="µs",
        )
        for size, each in zip(WIDE_SIZES[1:], per_row[1:], strict=True)
    ]


def other_readers(session: Session, turns: int) -> list[Comparison]:
    """The other bulk readers, next to the bare scan that all of them need."""
    calls = [
        "SELECT * FROM tenant_adoption_rates()",
        "SELECT * FROM tenant_subtree_costs()",
        "SELECT tenant_tree_json()",
        "SELECT * FROM tenant_dashboard(1)",
        "SELECT * FROM tenant_dashboard_for(ARRAY(SELECT generate_series(1, 50)::bigint))",
    ]
    titles = [
        "`tenant_adoption_rates()`",
        "`tenant_subtree_costs()`",
        "`tenant_tree_json()`",
        "`tenant_dashboard(1)`, one root",
        "`tenant_dashboard_for(...)`, 50 tenants",
    ]
    *times, scan = session.medians([*map(Work, calls), peer("scan")], turns)
    return [
        Comparison(title, time, "bare scan of the usage table", scan) for title, time in zip(titles, times, strict=True)
    ]


def one_tenant(session: Session, turns: int, leaf: int) -> list[Comparison]:
    """Single calls, prepared, next to the statement that one would write for them."""
    own, own_sql, leaf_own, leaf_sql, root, root_sql = session.medians(
        [
            Work("SELECT tenant_cost($1)", (1,)),
            peer("tenant_cost", 1),
            Work("SELECT tenant_cost($1)", (leaf,)),
            peer("tenant_cost", leaf),
            Work("SELECT tenant_subtree_cost($1)", (1,)),
            peer("subtree", 1),
        ],
        turns,
    )
    return [
        Comparison("`tenant_cost($1)`, the busiest tenant", own, "`sum(inference_cost)` of it, prepared", own_sql),
        Comparison("`tenant_cost($1)`, the last leaf", leaf_own, "`sum(inference_cost)` of it, prepared", leaf_sql),
        Comparison("`tenant_subtree_cost($1)`, one root", root, "recursive CTE, prepared", root_sql),
    ]
