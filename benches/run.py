"""Measures tenant_metrics against what a user would write instead, and prints ratios.

`make bench` builds the extension in release mode and runs this on a private server that is made
for the occasion and removed afterwards.
"""

import argparse
import datetime
import os
import pathlib
import sys

import agreement
import comparisons
import load as client_load
import readers
import scalars
from comparisons import Comparison
from datasets import Dataset, load
from measure import METHOD, Session

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
from cluster import DEFAULT_MAJOR, Cluster  # noqa: E402  (the tests' folder is only known now)

SIZES = {"S": (1_000, 1_000_000), "M": (10_000, 5_000_000), "L": (100_000, 20_000_000)}
EVENTS_PER_WIDE_TENANT = 5

# Everything fits in memory and nothing runs beside the contenders; the rest is PostgreSQL's default.
SETTINGS = {"shared_buffers": "4GB", "max_wal_size": "8GB", "autovacuum": "off"}
SHOWN_SETTINGS = (
    "shared_buffers",
    "work_mem",
    "max_parallel_workers_per_gather",
    "autovacuum",
    "tenant_metrics.memory_limit",
    "tenant_metrics.cache_limit",
)


def say(text: str) -> None:
    """Progress, kept apart from the table, which is the output."""
    print(text, file=sys.stderr, flush=True)


def load_all(session: Session, tenants: int, events: int) -> None:
    """Makes the data sets and a source for each of them but the main one, which is the default."""
    connection = session.connection
    model = Dataset("model", tenants, events)
    for dataset, source in (
        (model, None),
        (Dataset(scalars.PAGE, *SIZES["S"]), None),
        (Dataset("numeric_costs", tenants, events, cost_type="numeric"), "numeric_costs"),
        *(
            (Dataset(f"busy_{size}", size, EVENTS_PER_WIDE_TENANT * size), f"busy_{size}")
            for size in comparisons.WIDE_SIZES
        ),
    ):
        say(f"loading {dataset.schema}: {dataset.tenants:,} tenants, {dataset.events:,} events")
        load(connection, dataset)
        if source:
            setup(session, f"{dataset.schema}.tenants", f"{dataset.schema}.ai_feature_usage", source)
    connection.execute("CREATE TABLE public.no_usage (LIKE model.ai_feature_usage)")
    for size in comparisons.WIDE_SIZES:
        setup(session, f"busy_{size}.tenants", "public.no_usage", f"idle_{size}")
    connection.execute("SET search_path = model, public")
    connection.execute("CHECKPOINT")


def setup(session: Session, tenants: str, usage: str, source: str) -> None:
    session.connection.execute("SELECT tenant_metrics.setup(%s::regclass, %s::regclass, %s)", (tenants, usage, source))


def check_answers(session: Session, leaf: int) -> None:
    say("comparing answers")
    agreement.check(session, leaf)
    agreement.check_numeric(session)
    agreement.check_many_tenants(session, EVENTS_PER_WIDE_TENANT)
    scalars.check(session, tenants=leaf)


def measure_all(session: Session, turns: int, tenants: int, events: int) -> list[Comparison]:
    say("measuring the dashboard")
    rows = comparisons.dashboard(session, turns)
    say("measuring the hybrid property's statement")
    rows += comparisons.hybrid(session, turns)
    say("measuring one month")
    rows += measure_month(session, turns, tenants, events)
    say("measuring numeric costs")
    rows += comparisons.numeric(session, turns)
    say("measuring many tenants")
    rows += comparisons.many_tenants(session, turns, f"{EVENTS_PER_WIDE_TENANT} events each", "busy")
    rows += comparisons.many_tenants(session, turns, "no usage", "idle")
    say("measuring the other readers")
    rows += comparisons.other_readers(session, turns)
    rows += comparisons.one_tenant(session, 5 * turns, leaf=tenants)
    say("measuring the readers of questions behind the numbers")
    rows += readers.whole_forest(session, turns)
    rows += readers.page(session, turns)
    return rows


def measure_scalars(session: Session, dsn: str, turns: int, tenants: int, seconds: float) -> list[Comparison]:
    """Scalars once per row: over all tenants, a page of them and one, and by many clients at once."""
    say("measuring scalars called once per row")
    rows = scalars.all_tenants(session, turns)
    rows += scalars.one_leaf(session, turns, tenants)
    rows += scalars.short_page(session, turns, tenants)
    rows += scalars.through_orm(dsn, turns)
    say("measuring many clients at once")
    rows += client_load.measure(dsn, scalars.PAGE, seconds)
    return rows


def measure_month(session: Session, turns: int, tenants: int, events: int) -> list[Comparison]:
    """The window without an index, with one, and with one on a table stored in the order of time."""
    connection = session.connection
    rows = comparisons.month(session, turns, "no index on created_at")
    connection.execute("CREATE INDEX by_time ON model.ai_feature_usage (created_at)")
    connection.execute("VACUUM (ANALYZE) model.ai_feature_usage")
    rows += comparisons.month(session, turns, "index on created_at")
    connection.execute("DROP INDEX model.by_time")
    say("loading in_time_order")
    load(connection, Dataset("in_time_order", tenants, events, in_time_order=True))
    connection.execute("CREATE INDEX by_time ON in_time_order.ai_feature_usage (created_at)")
    connection.execute("SET search_path = in_time_order, public")
    rows += comparisons.month(session, turns, "index, rows stored in the order of time")
    connection.execute("SET search_path = model, public")
    return rows


def report(session: Session, size: str, turns: int, load_before: float, rows: list[Comparison]) -> str:
    """The table in Markdown, and what one has to know to read it."""
    ask = session.connection.execute
    settings = ", ".join(f"{name} = {ask(f'SHOW {name}').fetchone()[0]}" for name in SHOWN_SETTINGS)
    tenants, events = SIZES[size]
    lines = [
        f"Size {size}: {tenants:,} tenants, {events:,} events, PostgreSQL {ask('SHOW server_version').fetchone()[0]}, "
        f"{os.cpu_count()} processors, load average {load_before:.1f} before and {os.getloadavg()[0]:.1f} after, "
        f"{datetime.date.today().isoformat()}.",
        f"{METHOD} {turns} turns; {5 * turns} for single tenants.",
        f"Settings, the same for all: {settings}; the rest is default.",
        "Targets are stated for size M.",
        "",
        "| what | time | against | time | ratio | target | met |",
        "|---|---:|---|---:|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.title} | {row.cell(row.ours)} | {row.peer_title} | {row.cell(row.peer)} "
            f"| {row.ratio} | {row.target} | {row.met} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="M", help="how many tenants and events (default M)")
    parser.add_argument("--turns", type=int, default=7, help="turns of each contender (default 7)")
    parser.add_argument("--seconds", type=float, default=30, help="how long many clients ask at once (default 30)")
    parser.add_argument("--keep", action="store_true", help="also write the table to benches/results")
    options = parser.parse_args()
    pg_config = os.environ.get("PG_CONFIG", HERE.parent / f".local/pg/{DEFAULT_MAJOR}-release/bin/pg_config")
    tenants, events = SIZES[options.size]
    with Cluster(pg_config, SETTINGS) as cluster:
        cluster.create_database("bench")
        session = Session(cluster.dsn("bench"))
        session.connection.execute("CREATE EXTENSION tenant_metrics")
        load_all(session, tenants, events)
        check_answers(session, leaf=tenants)
        load_before = os.getloadavg()[0]
        rows = measure_all(session, options.turns, tenants, events)
        rows += measure_scalars(session, cluster.dsn("bench"), options.turns, tenants, options.seconds)
        table = report(session, options.size, options.turns, load_before, rows)
    print(table)
    if options.keep:
        kept = HERE / "results" / f"{datetime.date.today().isoformat()}.md"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(f"# `make bench`\n\n{table}", encoding="utf-8")
        say(f"kept in {kept.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
