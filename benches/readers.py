"""The readers of questions behind the numbers, next to `tenant_dashboard()` in the same window."""

import pathlib
import re

from comparisons import Comparison
from measure import Session, Work

_PAGE = pathlib.Path(__file__).resolve().parent.parent / "examples/dashboard/sql"

# Half of the events, so that the period before has the other half.
SINCE, UNTIL = "2026-05-31 00:00+00", "2026-10-28 00:00+00"
WINDOW = f"since => '{SINCE}', until => '{UNTIL}'"
DASHBOARD = f"SELECT * FROM tenant_dashboard({WINDOW})"

WHOLE_FOREST = {
    "`tenant_usage_series(NULL, ...)`, days": f"SELECT * FROM tenant_usage_series(NULL, {WINDOW})",
    "`tenant_usage_series_for(...)` of the roots, days": "SELECT * FROM tenant_usage_series_for("
    f"ARRAY(SELECT id::bigint FROM tenants WHERE parent_id IS NULL), {WINDOW})",
    "`tenant_feature_breakdown(NULL, ...)`": f"SELECT * FROM tenant_feature_breakdown(NULL, {WINDOW})",
    "`tenant_feature_matrix(...)`, own": f"SELECT * FROM tenant_feature_matrix({WINDOW})",
    "`tenant_feature_matrix(...)`, subtrees of two levels": "SELECT * FROM tenant_feature_matrix("
    f"{WINDOW}, max_depth => 1, scope => 'subtree')",
    "`tenant_feature_adoption(...)`": f"SELECT * FROM tenant_feature_adoption({WINDOW})",
    "`tenant_top(20, ...)`": f"SELECT * FROM tenant_top(20, {WINDOW})",
    "`tenant_compare(...)`": f"SELECT * FROM tenant_compare({WINDOW})",
    "`tenant_activity(...)`": "SELECT * FROM tenant_activity(at => '2026-10-27 12:00+00')",
}


def whole_forest(session: Session, turns: int) -> list[Comparison]:
    """Each reader over all tenants."""
    works = [Work(statement) for statement in WHOLE_FOREST.values()]
    *times, dashboard = session.medians([*works, Work(DASHBOARD)], turns)
    return [
        Comparison(title, time, "`tenant_dashboard(...)` in the same window", dashboard, at_most=1.5)
        for title, time in zip(WHOLE_FOREST, times, strict=True)
    ]


def page_statement(name: str, since: str, until: str) -> Work:
    """A statement of the example page about the whole forest, with literals for its parameters."""
    values = {
        "root": "NULL::bigint",
        "since": f"'{since}'",
        "until": f"'{until}'",
        "tz": "'UTC'",
        "bucket": "'day'",
    }
    text = (_PAGE / f"{name}.sql").read_text()
    return Work(re.sub(r"(?<!:):([a-z]+)", lambda parameter: values[parameter[1]], text))


def page(session: Session, turns: int) -> list[Comparison]:
    """The three statements of the example page together: as it opens, and of half of the events."""
    opening = ("2026-09-28", "2026-10-28")
    half = (SINCE[:10], UNTIL[:10])
    statements = ("tree", "features", "series")
    works = [page_statement(name, *window) for window in (opening, half) for name in statements]
    *times, everything, dashboard = session.medians(
        [*works, Work("SELECT * FROM tenant_dashboard()"), Work(DASHBOARD)], turns
    )
    opened, halved = sum(times[:3]), sum(times[3:])
    same = "`tenant_dashboard(...)` in the same window"
    return [
        Comparison("the page's three statements, its 30 days", opened, "`tenant_dashboard()`", everything, at_most=3),
        Comparison("the page's three statements, half of the events", halved, same, dashboard),
    ]
