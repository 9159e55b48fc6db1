"""What is read from summaries, against the events, hand-written SQL, and a table of totals kept by hand."""

import contextlib
from collections.abc import Iterator

import psycopg

from agreement import check_dashboard, check_summaries
from comparisons import Comparison, peer, read
from measure import Session, Work

WAITING_EVENTS = 50_000
COLUMNS = "tenant_id, feature_name, inference_cost, created_at"

# The source `events` is the same table without summaries.
STATEMENTS = (
    "CREATE SCHEMA summed",
    "CREATE TABLE summed.ai_feature_usage (LIKE model.ai_feature_usage INCLUDING ALL)",
    "INSERT INTO summed.ai_feature_usage SELECT * FROM model.ai_feature_usage",
    "CREATE TABLE summed.usage_by_hand (tenant_id int, feature_name text, requests bigint NOT NULL, cost float8,"
    " last_used timestamp, PRIMARY KEY (tenant_id, feature_name))",
    "INSERT INTO summed.usage_by_hand SELECT tenant_id, feature_name, count(*), sum(inference_cost), max(created_at)"
    " FROM model.ai_feature_usage GROUP BY tenant_id, feature_name ORDER BY tenant_id, feature_name",
    "VACUUM (ANALYZE) summed.ai_feature_usage, summed.usage_by_hand",
)
SOURCES = ("summed", "events")


@contextlib.contextmanager
def made(connection: psycopg.Connection) -> Iterator[None]:
    """The tables and their sources, as long as this lasts."""
    for statement in STATEMENTS:
        connection.execute(statement)
    for name in SOURCES:
        connection.execute("SELECT tenant_metrics.setup('model.tenants', 'summed.ai_feature_usage', %s)", (name,))
    connection.execute("CALL tenant_metrics.enable_summaries('summed')")
    connection.execute("VACUUM (ANALYZE) tenant_metrics.run")
    try:
        yield
    finally:
        for name in SOURCES:
            connection.execute("SELECT tenant_metrics.teardown(%s)", (name,))
        connection.execute("DROP SCHEMA summed CASCADE")


def measure(session: Session, turns: int, leaf: int) -> list[Comparison]:
    connection = session.connection
    with made(connection):
        rows = dashboards(session, turns) + single(session, 5 * turns, leaf)
        connection.execute(
            f"INSERT INTO summed.ai_feature_usage ({COLUMNS}) SELECT {COLUMNS} FROM model.ai_feature_usage"
            f" WHERE id <= {WAITING_EVENTS}"
        )
        nothing, waiting = rows[0].ours, session.medians([read("tenant_dashboard", "summed")], turns)[0]
        title = f"the same with {WAITING_EVENTS:,} events waiting to be folded"
        return [*rows, Comparison(title, waiting, "nothing waiting", nothing)]


def dashboards(session: Session, turns: int) -> list[Comparison]:
    """Of all tenants: all time, a month that ends with the events, and days in a zone of another place."""
    [(until,)] = session.connection.execute("SELECT max(created_at) FROM summed.ai_feature_usage").fetchall()
    month = f"since => '{until} UTC'::timestamptz - interval '30 days', "
    days = f"NULL::bigint, '{until} UTC'::timestamptz - interval '300 days', '{until} UTC', tz => 'Asia/Kathmandu', "
    ours, events, sql, by_hand, by_hand_join, window, series, series_of_events = session.medians(
        [
            read("tenant_dashboard", "summed"),
            read("tenant_dashboard", "events"),
            peer("dashboard"),
            peer("by_hand"),
            peer("by_hand_join"),
            read("tenant_dashboard", "summed", month),
            read("tenant_usage_series", "summed", days),
            read("tenant_usage_series", "events", days),
        ],
        turns,
    )
    title = "`tenant_dashboard()` with summaries"
    return [
        Comparison(title, ours, "best hand-written SQL dashboard", sql, at_least=100),
        Comparison(title, ours, "best SQL over a table kept by hand (tenant, feature)", by_hand, at_least=5),
        Comparison(title, ours, "that table joined to the tree row by row", by_hand_join),
        Comparison(title, ours, "the same without summaries", events),
        Comparison("its last 30 days", window, "all time", ours, at_most=2),
        Comparison(
            "`tenant_usage_series(NULL, ...)`, 300 days in a foreign zone, with summaries",
            series,
            "the same without summaries",
            series_of_events,
            at_least=3,
        ),
    ]


def single(session: Session, turns: int, leaf: int) -> list[Comparison]:
    """One root, and one leaf."""
    root, cte, cost, key = session.medians(
        [
            Work("SELECT tenant_subtree_cost($1, source => 'summed')", (1,)),
            peer("subtree", 1),
            Work("SELECT tenant_cost($1, source => 'summed')", (leaf,)),
            Work("SELECT name FROM tenants WHERE id = $1", (leaf,)),
        ],
        turns,
    )
    return [
        Comparison(
            "`tenant_subtree_cost($1)`, one root, with summaries", root, "recursive CTE, prepared", cte, at_least=100
        ),
        Comparison(
            "`tenant_cost($1)`, the last leaf, with summaries",
            cost,
            "a look-up by primary key, prepared",
            key,
            at_most=3,
            unit="µs",
        ),
    ]


def check(session: Session) -> None:
    """The answers are those of the events, and come from summaries; the table kept by hand has them too."""
    with made(session.connection):
        check_summaries(session, "summed")
        for name in ("by_hand", "by_hand_join"):
            check_dashboard(session, f"the dashboard over a table kept by hand, {name}", name, "source => 'summed'")
