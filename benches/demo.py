"""Shows the extension on 1,000 tenants with 1 million events, next to what one would do without it.

    python benches/demo.py 'host=... dbname=...'

The events are loaded at the first run only.
"""

import pathlib
import statistics
import sys
import time
from collections.abc import Callable

import psycopg
import sqlalchemy
from sqlalchemy.orm import Session

from datasets import Dataset, is_loaded, load
from orm import function_per_row, hybrid_statement, n_plus_one
from text_table import text_table

MODEL = Dataset("public", tenants=1_000, events=1_000_000, varied_features=True)
TURNS = 3
# A contender that has taken so long gets no further turn.
ENOUGH_SECONDS = 1.0
TENANT = 42
TOP_ROWS = 12
HAND_WRITTEN = pathlib.Path(__file__).with_name("peers") / "dashboard.sql"
DASHBOARD = "SELECT * FROM tenant_dashboard()"

# What a contender says of each tenant: its adoption rate and, if it knows, the cost of its subtree.
Answer = dict[int, tuple[float, ...]]

TOP = f"""
SELECT tenant_id, repeat('  ', depth) || tenants.name, descendants, subtree_events, features_used,
       adoption_rate, cost, subtree_cost
FROM tenant_dashboard() AS dashboard
JOIN tenants ON tenants.id = dashboard.tenant_id
LIMIT {TOP_ROWS}
"""

CALLS = (
    "tenant_adoption_rate({id})",
    "tenant_subtree_adoption_rate({id})",
    "tenant_features_used({id})",
    "tenant_events({id})",
    "tenant_cost({id})",
    "tenant_subtree_cost({id})",
    "tenant_last_used({id})",
    "tenant_depth({id})",
    "tenant_path({id})",
)


def show_progress(loaded: int) -> None:
    """One line that grows on a terminal, a line per tenth elsewhere."""
    text = f"loading {MODEL.events:,} usage events of {MODEL.tenants:,} tenants: {loaded / MODEL.events:4.0%}"
    if sys.stdout.isatty():
        done = 30 * loaded // MODEL.events
        print(f"\r{text} [{'#' * done:.<30}]", end="\n" if loaded == MODEL.events else "", flush=True)
    else:
        print(text, flush=True)


def show_top(connection: psycopg.Connection) -> None:
    """The first rows of the dashboard."""
    rows = connection.execute(TOP).fetchall()
    print(f"\nThe first {TOP_ROWS} of {MODEL.tenants:,} rows of the dashboard: {DASHBOARD}\n")
    header = ["tenant", "name", "below", "subtree events", "features", "adoption", "cost", "subtree cost"]
    cells = [
        [str(id), name, str(below), f"{events:,}", str(features), f"{rate:.0%}", f"{cost:,.2f}", f"{subtree:,.2f}"]
        for id, name, below, events, features, rate, cost, subtree in rows
    ]
    print(text_table(header, cells, left=2))


def show_tenant(connection: psycopg.Connection) -> None:
    """What the scalar functions say of one tenant."""
    calls = [call.format(id=TENANT) for call in CALLS]
    values = connection.execute(f"SELECT {', '.join(calls)}").fetchone()
    print(f"\nTenant {TENANT}, by scalar functions:\n")
    print(
        text_table(
            ["SELECT ...", "value"], [[call, str(value)] for call, value in zip(calls, values, strict=True)], left=2
        )
    )


def rates(answer: dict[int, float]) -> Answer:
    """The answer of a contender that knows adoption rates only."""
    return {id: (round(float(rate), 9),) for id, rate in answer.items()}


def dashboard(session: Session, sql: str) -> Answer:
    """The whole dashboard; of each tenant the adoption rate and the cost of its subtree."""
    rows = session.execute(sqlalchemy.text(sql)).all()
    return {row.tenant_id: (round(float(row.adoption_rate), 9), round(float(row.subtree_cost or 0), 6)) for row in rows}


CONTENDERS: list[tuple[str, str, Callable[[Session], Answer]]] = [
    ("ORM, N+1", "adoption rate", lambda session: rates(n_plus_one(session))),
    ("ORM, hybrid property", "adoption rate", lambda session: rates(hybrid_statement(session))),
    ("ORM, tenant_adoption_rate(id)", "adoption rate", lambda session: rates(function_per_row(session))),
    ("best hand-written SQL", "7 columns", lambda session: dashboard(session, HAND_WRITTEN.read_text())),
    ("one call, tenant_dashboard()", "17 columns", lambda session: dashboard(session, DASHBOARD)),
]


def timed(engine: sqlalchemy.Engine, contender: Callable[[Session], Answer]) -> tuple[Answer, int, float]:
    """What a contender answers, how many statements it sends, and how long it takes."""
    statements = 0

    def count(*_) -> None:
        nonlocal statements
        statements += 1

    with Session(engine) as session:
        session.connection()
        sqlalchemy.event.listen(engine, "before_cursor_execute", count)
        try:
            started = time.perf_counter()
            answer = contender(session)
            return answer, statements, time.perf_counter() - started
        finally:
            sqlalchemy.event.remove(engine, "before_cursor_execute", count)


def check(answers: dict[str, Answer]) -> None:
    """Ends the demo if two contenders disagree."""
    first, *others = answers
    for title in others:
        if {id: values[:1] for id, values in answers[title].items()} != answers[first]:
            sys.exit(f"error: '{title}' gives other adoption rates than '{first}'")
    by_hand, one_call = list(answers)[-2:]
    if answers[by_hand] != answers[one_call]:
        sys.exit(f"error: '{one_call}' gives other costs than '{by_hand}'")


def compare(dsn: str) -> None:
    """The same page in every way, side by side, provided that all of them agree."""
    engine = reading(dsn, "aggregate")
    turns = f"medians of {TURNS} turns; one turn of what takes longer than {ENOUGH_SECONDS:.0f} s"
    print(f"\nThe same page in {len(CONTENDERS)} ways, over one connection ({turns}):\n", flush=True)
    answers, statements, times = {}, {}, {title: [] for title, _, _ in CONTENDERS}
    for _ in range(TURNS):
        for title, _, contender in CONTENDERS:
            if sum(times[title]) > ENOUGH_SECONDS:
                continue
            answers[title], statements[title], elapsed = timed(engine, contender)
            times[title].append(elapsed)
    check(answers)
    medians = {title: statistics.median(each) for title, each in times.items()}
    slowest = medians[CONTENDERS[0][0]]
    cells = [
        [title, page, f"{statements[title]:,}", f"{1000 * medians[title]:,.0f} ms", f"{slowest / medians[title]:.1f}x"]
        for title, page, _ in CONTENDERS
    ]
    print(text_table(["how", "what it computes", "statements", "time", "speed"], cells, left=2))
    print(
        f"\nAll of them give the same adoption rate for each of the {MODEL.tenants:,} tenants,"
        "\nand the last two the same cost of its subtree."
    )


def reading(dsn: str, engine: str) -> sqlalchemy.Engine:
    """Connections in which the extension reads usage in this way."""
    options = f"-c tenant_metrics.engine={engine}"
    return sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn, options=options))


def show_summaries(connection: psycopg.Connection, dsn: str) -> None:
    """The same dashboard without summaries and with them."""
    [(state,)] = connection.execute("SELECT summaries FROM tenant_metrics.status()").fetchall()
    if state is None:
        print("\nMaking summaries of the events: CALL tenant_metrics.enable_summaries()", flush=True)
        started = time.perf_counter()
        connection.execute("CALL tenant_metrics.enable_summaries()")
        print(
            f"This took {time.perf_counter() - started:.1f} s. Writes go on meanwhile, and from now on into them too."
        )
    elif state != "current":
        sys.exit(f"error: the summaries of the events are {state}; call tenant_metrics.rebuild()")
    engines = {"the events": reading(dsn, "aggregate"), "summaries": reading(dsn, "summaries")}
    answers, times = {}, {name: [] for name in engines}
    for _ in range(TURNS):
        for name, engine in engines.items():
            answers[name], _, elapsed = timed(engine, lambda session: dashboard(session, DASHBOARD))
            times[name].append(elapsed)
    if answers["the events"] != answers["summaries"]:
        sys.exit("error: the dashboard of summaries differs from that of the events")
    events, summaries = (1000 * statistics.median(each) for each in times.values())
    print(
        f"\nThe same dashboard, the same rows: {events:,.0f} ms from the events, {summaries:,.0f} ms from summaries,"
        f" {events / summaries:.1f}x.\nSummaries have a total for each tenant and feature, however many events there"
        " are (docs/summaries.md).\nTo turn them off: CALL tenant_metrics.disable_summaries()"
    )


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    dsn = sys.argv[1]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS tenant_metrics")
        if not is_loaded(connection, MODEL):
            load(connection, MODEL, show_progress)
        show_top(connection)
        show_tenant(connection)
        compare(dsn)
        show_summaries(connection, dsn)


if __name__ == "__main__":
    main()
