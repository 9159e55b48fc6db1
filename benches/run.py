"""Measures tenant_metrics against what a user would write instead, and prints ratios.

`make bench` builds the extension in release mode and runs this on a private server that is made
for the occasion and removed afterwards.
"""

import argparse
import datetime
import os
import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

import agreement
import comparisons
import filtered
import growth
import ingest
import load as client_load
import lookups
import metered
import readers
import scalars
import space
import summaries
import tables
from comparisons import Comparison
from datasets import Dataset, load
from measure import METHOD, Session
from pgbench import Pgbench

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
from cluster import DEFAULT_MAJOR, Cluster  # noqa: E402  (the tests' folder is only known now)

SIZES = {"S": (1_000, 1_000_000), "M": (10_000, 5_000_000), "L": (100_000, 20_000_000)}
EVENTS_PER_WIDE_TENANT = 5
BUSY = tuple(f"busy_{size}" for size in comparisons.WIDE_SIZES)

# Everything fits in memory and nothing runs beside the contenders; the rest is PostgreSQL's default.
SETTINGS = {"shared_buffers": "4GB", "max_wal_size": "8GB", "autovacuum": "off", "statement_timeout": "0"}
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


@dataclass(frozen=True)
class Bench:
    """What a group of comparisons works with; `dsn` and `pgbench` are of a superuser."""

    session: Session
    dsn: str
    pgbench: Pgbench
    tenants: int
    events: int
    turns: int
    seconds: float


@dataclass(frozen=True)
class Group:
    """Comparisons that are made together.

    `datasets` are those it needs beside the main one. `check` compares the contenders' answers, for
    groups that do not compare them by themselves. A group that is not measured `by_default`, because
    it takes long, is measured where `--only` names it.
    """

    title: str
    measure: Callable[[Bench], list[Comparison]]
    check: Callable[[Bench], None] = lambda bench: None
    datasets: tuple[str, ...] = ()
    by_default: bool = True


def load_all(bench: Bench, names: set[str]) -> None:
    """Makes the main data set, `model`, and those named, with a source for each that has other tables."""
    connection = bench.session.connection
    for dataset in (
        Dataset("model", bench.tenants, bench.events),
        Dataset(scalars.PAGE, *SIZES["S"]),
        Dataset("numeric_costs", bench.tenants, bench.events, cost_type="numeric"),
        Dataset(growth.GROWN, bench.tenants, growth.TIMES * bench.events),
        *(Dataset(f"busy_{size}", size, EVENTS_PER_WIDE_TENANT * size) for size in comparisons.WIDE_SIZES),
    ):
        if dataset.schema not in {"model", *names}:
            continue
        say(f"loading {dataset.schema}: {dataset.tenants:,} tenants, {dataset.events:,} events")
        load(connection, dataset)
        if dataset.schema not in ("model", scalars.PAGE):
            setup(bench, f"{dataset.schema}.tenants", f"{dataset.schema}.ai_feature_usage", dataset.schema)
    connection.execute("SET search_path = model, public")
    if names.issuperset(BUSY):
        connection.execute("CREATE TABLE public.no_usage (LIKE model.ai_feature_usage)")
        for size in comparisons.WIDE_SIZES:
            setup(bench, f"busy_{size}.tenants", "public.no_usage", f"idle_{size}")
    connection.execute("CHECKPOINT")


def setup(bench: Bench, tenants: str, usage: str, source: str) -> None:
    bench.session.connection.execute(
        "SELECT tenant_metrics.setup(%s::regclass, %s::regclass, %s)", (tenants, usage, source)
    )


def check_main(bench: Bench) -> None:
    agreement.check(bench.session, leaf=bench.tenants)


def measure_dashboard(bench: Bench) -> list[Comparison]:
    return comparisons.dashboard(bench.session, bench.turns) + comparisons.hybrid(bench.session, bench.turns)


def measure_month(bench: Bench) -> list[Comparison]:
    """The window without an index, with one, and with one on a table stored in the order of time."""
    session, turns = bench.session, bench.turns
    connection = session.connection
    rows = comparisons.month(session, turns, "no index on created_at")
    connection.execute("CREATE INDEX by_time ON model.ai_feature_usage (created_at)")
    connection.execute("VACUUM (ANALYZE) model.ai_feature_usage")
    rows += comparisons.month(session, turns, "index on created_at")
    connection.execute("DROP INDEX model.by_time")
    say("loading in_time_order")
    load(connection, Dataset("in_time_order", bench.tenants, bench.events, in_time_order=True))
    connection.execute("CREATE INDEX by_time ON in_time_order.ai_feature_usage (created_at)")
    connection.execute("SET search_path = in_time_order, public")
    rows += comparisons.month(session, turns, "index, rows stored in the order of time")
    connection.execute("SET search_path = model, public")
    return rows


def measure_many_tenants(bench: Bench) -> list[Comparison]:
    rows = comparisons.many_tenants(bench.session, bench.turns, f"{EVENTS_PER_WIDE_TENANT} events each", "busy")
    return rows + comparisons.many_tenants(bench.session, bench.turns, "no usage", "idle")


def measure_readers(bench: Bench) -> list[Comparison]:
    """The other readers, and the questions behind the numbers."""
    session, turns = bench.session, bench.turns
    rows = comparisons.other_readers(session, turns)
    rows += comparisons.one_tenant(session, 5 * turns, leaf=bench.tenants)
    rows += readers.whole_forest(session, turns)
    return rows + readers.page(session, turns)


def measure_scalars(bench: Bench) -> list[Comparison]:
    """Scalars once per row: over all tenants, one of them, a page, and a page of an ORM."""
    session, turns = bench.session, bench.turns
    rows = scalars.all_tenants(session, turns)
    rows += scalars.one_leaf(session, turns, bench.tenants)
    rows += scalars.short_page(session, turns, bench.tenants)
    return rows + scalars.through_orm(bench.dsn, turns)


def measure_filtered(bench: Bench) -> list[Comparison]:
    """Row-level security and views, over the page's 1,000 tenants and over the main data set."""
    schemas = ("model",) if (bench.tenants, bench.events) == SIZES["S"] else (scalars.PAGE, "model")
    return [row for schema in schemas for row in filtered.measure(bench.dsn, bench.turns, schema)]


def measure_space(bench: Bench) -> list[Comparison]:
    """The sizes up to that of the main data set."""
    sizes = [size for size in SIZES.values() if size <= (bench.tenants, bench.events)]
    return space.measure(bench.session, sizes, say)


# In the order of the table; the clients come last, because nothing else can be measured beside them.
GROUPS = {
    "dashboard": Group("the dashboard and the hybrid property's statement", measure_dashboard, check_main),
    "month": Group("one month", measure_month, check_main),
    "numeric": Group(
        "numeric costs",
        lambda bench: comparisons.numeric(bench.session, bench.turns),
        lambda bench: agreement.check_numeric(bench.session),
        ("numeric_costs",),
    ),
    "many_tenants": Group(
        "many tenants",
        measure_many_tenants,
        lambda bench: agreement.check_many_tenants(bench.session, EVENTS_PER_WIDE_TENANT),
        BUSY,
    ),
    "readers": Group("the other readers", measure_readers, check_main),
    "scalars": Group(
        "scalars called once per row",
        measure_scalars,
        lambda bench: scalars.check(bench.session, bench.tenants),
        (scalars.PAGE,),
    ),
    "filtered": Group("row-level security and views", measure_filtered, datasets=(scalars.PAGE,)),
    "tables": Group(
        "partitions, UUIDs and texts",
        lambda bench: tables.measure(bench.dsn, bench.turns),
    ),
    "metered": Group(
        "measures, dimensions, and tenants of several tables",
        lambda bench: metered.measure(bench.session, bench.turns),
        lambda bench: metered.check(bench.session),
    ),
    "summaries": Group(
        "summaries",
        lambda bench: summaries.measure(bench.session, bench.turns, bench.tenants),
        lambda bench: summaries.check(bench.session),
    ),
    "growth": Group(
        "summaries as events grow",
        lambda bench: growth.measure(bench.session, bench.turns, bench.events),
        datasets=(growth.GROWN,),
        by_default=False,
    ),
    "ingest": Group(
        "inserts and COPY with summaries and without",
        lambda bench: ingest.measure(bench.session, bench.pgbench, bench.turns, bench.tenants),
    ),
    "space": Group("what summaries store", measure_space),
    "lookups": Group(
        "readers asked for few tenants",
        lambda bench: lookups.measure(bench.session, bench.turns, bench.tenants),
        lambda bench: lookups.check(bench.session, bench.tenants),
    ),
    "load": Group(
        "many clients at once",
        lambda bench: client_load.measure(bench.dsn, scalars.PAGE, bench.seconds),
        datasets=(scalars.PAGE,),
    ),
}


def check_all(bench: Bench, groups: list[Group]) -> None:
    say("comparing answers")
    # Several groups have one check.
    for check in dict.fromkeys(group.check for group in groups):
        check(bench)


def measure_all(bench: Bench, groups: list[Group]) -> list[Comparison]:
    rows = []
    for group in groups:
        say(f"measuring {group.title}")
        rows += group.measure(bench)
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
        "Targets are stated for size M; under row-level security, over views and of look-ups for S too.",
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
    opt_in = ", ".join(name for name, group in GROUPS.items() if not group.by_default)
    parser.add_argument(
        "--only",
        action="append",
        choices=GROUPS,
        help=f"measure this group; may be repeated; without it all but {opt_in}, which takes long",
    )
    parser.add_argument("--keep", action="store_true", help="also write the table to benches/results")
    options = parser.parse_args()
    pg_config = os.environ.get("PG_CONFIG", HERE.parent / f".local/pg/{DEFAULT_MAJOR}-release/bin/pg_config")
    tenants, events = SIZES[options.size]
    with Cluster(pg_config, SETTINGS) as cluster:
        cluster.create_database("bench")
        dsn = cluster.dsn("bench")
        session = Session(dsn)
        session.connection.execute("CREATE EXTENSION tenant_metrics")
        pgbench = Pgbench(cluster.bindir, cluster.libdir, dsn)
        bench = Bench(session, dsn, pgbench, tenants, events, options.turns, options.seconds)
        groups = [
            group for name, group in GROUPS.items() if (name in options.only if options.only else group.by_default)
        ]
        load_all(bench, {name for group in groups for name in group.datasets})
        check_all(bench, groups)
        load_before = os.getloadavg()[0]
        rows = measure_all(bench, groups)
        table = report(session, options.size, options.turns, load_before, rows)
    print(table)
    if options.keep:
        kept = HERE / "results" / f"{datetime.date.today().isoformat()}.md"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(f"# `make bench`\n\n{table}", encoding="utf-8")
        say(f"kept in {kept.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
