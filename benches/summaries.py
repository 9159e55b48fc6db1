"""Summaries: what is read from them against the events and hand-written SQL, and what they cost."""

import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from agreement import expect_equal
from comparisons import Comparison, peer, read
from measure import Session, Work

COPIED_EVENTS = 200_000
WAITING_EVENTS = 50_000
COLUMNS = "tenant_id, feature_name, inference_cost, created_at"

# `events` is the same table without summaries; `bare` one that nobody captures.
STATEMENTS = (
    "CREATE SCHEMA summed",
    "CREATE TABLE summed.ai_feature_usage (LIKE model.ai_feature_usage INCLUDING ALL)",
    "INSERT INTO summed.ai_feature_usage SELECT * FROM model.ai_feature_usage",
    "CREATE TABLE summed.bare (LIKE model.ai_feature_usage INCLUDING ALL)",
    "CREATE TABLE summed.filled (LIKE model.ai_feature_usage INCLUDING ALL)",
    "VACUUM (ANALYZE) summed.ai_feature_usage",
)
TABLES = {"summed": "ai_feature_usage", "events": "ai_feature_usage", "filled": "filled"}
WITH_SUMMARIES = ("summed", "filled")


@dataclass(frozen=True)
class Space(Comparison):
    """Bytes against bytes; `at_most` is a target for the part."""

    def cell(self, seconds: float) -> str:
        return f"{seconds / 1e6:,.1f} MB"

    @property
    def ratio(self) -> str:
        return f"1/{self.peer / self.ours:.1f}"

    @property
    def target(self) -> str:
        return f"≤ 1/{1 / self.at_most:g}"


@contextlib.contextmanager
def made(connection: psycopg.Connection) -> Iterator[None]:
    """The tables and their sources, as long as this lasts."""
    for statement in STATEMENTS:
        connection.execute(statement)
    for name, table in TABLES.items():
        connection.execute("SELECT tenant_metrics.setup('model.tenants', %s::regclass, %s)", (f"summed.{table}", name))
    for name in WITH_SUMMARIES:
        connection.execute("CALL tenant_metrics.enable_summaries(%s)", (name,))
    connection.execute("VACUUM (ANALYZE) tenant_metrics.run")
    try:
        yield
    finally:
        for name in TABLES:
            connection.execute("SELECT tenant_metrics.teardown(%s)", (name,))
        connection.execute("DROP SCHEMA summed CASCADE")


def measure(session: Session, turns: int, leaf: int) -> list[Comparison]:
    connection = session.connection
    with made(connection):
        rows = dashboards(session, turns) + single(session, 5 * turns, leaf)
        rows += [copied(connection, turns), stored(connection)]
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
    ours, events, sql, window, series, series_of_events = session.medians(
        [
            read("tenant_dashboard", "summed"),
            read("tenant_dashboard", "events"),
            peer("dashboard"),
            read("tenant_dashboard", "summed", month),
            read("tenant_usage_series", "summed", days),
            read("tenant_usage_series", "events", days),
        ],
        turns,
    )
    title = "`tenant_dashboard()` with summaries"
    return [
        Comparison(title, ours, "best hand-written SQL dashboard", sql, at_least=100),
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


def copied(connection: psycopg.Connection, turns: int) -> Comparison:
    """COPY into an empty table with summaries, and into one without."""
    with connection.cursor() as cursor:
        query = f"COPY (SELECT {COLUMNS} FROM model.ai_feature_usage LIMIT {COPIED_EVENTS}) TO STDOUT"
        with cursor.copy(query) as out:
            data = b"".join(bytes(part) for part in out)
        times: dict[str, list[float]] = {"filled": [], "bare": []}
        for turn in range(turns + 1):
            for table, found in times.items():
                cursor.execute(f"TRUNCATE summed.{table}")
                started = time.perf_counter()
                with cursor.copy(f"COPY summed.{table} ({COLUMNS}) FROM STDIN") as into:
                    into.write(data)
                if turn > 0:
                    found.append(time.perf_counter() - started)
    ours, peer_time = (statistics.median(found) for found in times.values())
    title = f"COPY of {COPIED_EVENTS:,} events into a table with summaries"
    return Comparison(title, ours, "into one without", peer_time, at_most=1.3)


def stored(connection: psycopg.Connection) -> Space:
    connection.execute("TRUNCATE summed.filled")
    connection.execute("VACUUM tenant_metrics.delta, tenant_metrics.run")
    [(ours, table)] = connection.execute(
        "SELECT sum(pg_column_size(r)), pg_total_relation_size('summed.ai_feature_usage')"
        " FROM tenant_metrics.run AS r JOIN tenant_metrics.summary AS s ON s.number = r.source"
        " WHERE s.source = 'summed'"
    ).fetchall()
    return Space("what summaries store", float(ours), "heap and indexes of the table", float(table), at_most=1 / 8)


def check(session: Session) -> None:
    """The answers are those of the events, and come from summaries."""
    with made(session.connection):
        others = session.connection.execute(
            "(SELECT * FROM tenant_dashboard(source => 'summed') EXCEPT ALL"
            " SELECT * FROM tenant_dashboard(source => 'events')) LIMIT 1"
        ).fetchall()
        engine = session.connection.execute("SELECT engine FROM tenant_metrics.explain(source => 'summed')").fetchone()
    expect_equal("tenant_dashboard() with summaries", others, [])
    expect_equal("the way of tenant_dashboard() with summaries", engine, ("summaries",))
