"""What writers pay for summaries: the same inserts and the same COPY with summaries and without, in turns.

The tables for inserts begin with the events of the main data set, with the seed's keys and indexes.
`tenant_metrics.fold_after` is at its default, so background workers fold meanwhile; a turn begins
when no fold is under way. The tables of summaries are vacuumed between turns, which stands in for
autovacuum.
"""

import contextlib
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg

from agreement import check_summaries
from comparisons import Comparison
from measure import Session
from pgbench import Outcome, Pgbench
from tables import partitions

TURN_SECONDS = 4
WARM_SECONDS = 1
COPIED_EVENTS = 1_000_000
COLUMNS = "tenant_id, feature_name, inference_cost, created_at"
CAPTURED, PLAIN = SIDES = ("captured", "plain")
_KEY = "ADD PRIMARY KEY (id)"
_REFERENCE = "ADD FOREIGN KEY (tenant_id) REFERENCES model.tenants (id)"

INSERT = """
\\set tenant random(1, {tenants})
\\set feature random(1, 9)
INSERT INTO {table} (tenant_id, feature_name, inference_cost)
VALUES (
    :tenant,
    ('{{chat,summarize,search,translate,classify,extract,generate,embed,moderate}}'::text[])[:feature],
    0.0125
);
"""


@dataclass(frozen=True)
class Load:
    """Transactions of so many inserts on so many connections."""

    title: str
    connections: int
    inserts: int = 1

    def script(self, table: str, tenants: int) -> str:
        insert = INSERT.format(table=table, tenants=tenants)
        return insert if self.inserts == 1 else f"BEGIN;\n{insert * self.inserts}END;\n"


LOADS = (
    Load("one-row inserts, 1 connection", 1),
    Load("one-row inserts, 2 connections", 2),
    Load("one-row inserts, 16 connections", 16),
    Load("two inserts a transaction, 16 connections", 16, inserts=2),
)


@dataclass(frozen=True)
class Target:
    """A table that COPY fills, `name` in the schema of each side."""

    name: str
    title: str
    at_most: float | None = None


TARGETS = (
    Target("copied", "the seed's table", at_most=1.3),
    Target("unreferenced", "the seed's table without its foreign key", at_most=1.3),
    Target("parts.ai_feature_usage", "ten monthly partitions with a key and an index"),
)


@dataclass(frozen=True)
class Rate(Comparison):
    """Seconds per row, shown as rows per second; `at_least` is a target for the part of the peer's rate."""

    failures: int = 0

    def cell(self, seconds: float) -> str:
        return f"{1 / seconds:,.0f} rows/s"

    @property
    def ratio(self) -> str:
        return f"{self.peer / self.ours:.2f} of the rate"

    @property
    def target(self) -> str:
        return f"≥ {self.at_least:g} of the rate, no failures"

    @property
    def met(self) -> str:
        return "yes" if self.peer / self.ours >= self.at_least and not self.failures else "NO"


@dataclass(frozen=True)
class Written(Comparison):
    """Bytes of WAL per row."""

    def cell(self, seconds: float) -> str:
        return f"{seconds:,.0f} B"

    @property
    def ratio(self) -> str:
        return f"{self.ours / self.peer:.2f} times as many"


def table_of(side: str, name: str) -> str:
    """The table of this name of a side; partitions have a schema of their own."""
    return f"ingest_{side}_{name}" if "." in name else f"ingest_{side}.{name}"


def source_of(name: str) -> str:
    return f"ingest_{name.partition('.')[0]}"


def statements(side: str) -> tuple[str, ...]:
    """What makes the tables of a side."""
    parts = f"ingest_{side}_parts"
    made = [f"CREATE SCHEMA ingest_{side}", f"CREATE SCHEMA {parts}"]
    for name, key in (("filled", _REFERENCE), ("copied", _REFERENCE), ("unreferenced", None)):
        table = f"ingest_{side}.{name}"
        made.append(f"CREATE TABLE {table} (LIKE model.ai_feature_usage INCLUDING DEFAULTS)")
        if name == "filled":
            made.append(f"INSERT INTO {table} SELECT * FROM model.ai_feature_usage")
        made.append(f"ALTER TABLE {table} {', '.join(filter(None, (_KEY, key)))}")
        made.append(f"CREATE INDEX ON {table} (tenant_id)")
    made += partitions(parts, 10, "1 month")
    made.append(f"ALTER TABLE {parts}.ai_feature_usage ADD PRIMARY KEY (id, created_at)")
    made.append(f"CREATE INDEX ON {parts}.ai_feature_usage (tenant_id)")
    made.append(f"VACUUM (ANALYZE) ingest_{side}.filled")
    return tuple(made)


@contextlib.contextmanager
def made(connection: psycopg.Connection) -> Iterator[None]:
    """The tables of both sides, as long as this lasts; one side has summaries."""
    names = ("filled", *(target.name for target in TARGETS))
    for statement in itertools.chain.from_iterable(map(statements, SIDES)):
        connection.execute(statement)
    for name in names:
        table, source = table_of(CAPTURED, name), source_of(name)
        connection.execute("SELECT tenant_metrics.setup('model.tenants', %s::regclass, %s)", (table, source))
        connection.execute("CALL tenant_metrics.enable_summaries(%s)", (source,))
    [(default,)] = connection.execute(
        "SELECT boot_val FROM pg_settings WHERE name = 'tenant_metrics.fold_after'"
    ).fetchall()
    connection.execute(f"SET tenant_metrics.fold_after = {default}")
    try:
        yield
    finally:
        settle(connection)
        connection.execute("RESET tenant_metrics.fold_after")
        for name in names:
            connection.execute("SELECT tenant_metrics.teardown(%s)", (source_of(name),))
        for side in SIDES:
            connection.execute(f"DROP SCHEMA ingest_{side}, ingest_{side}_parts CASCADE")


def settle(connection: psycopg.Connection) -> None:
    """Waits until no fold is under way."""
    running = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'tenant_metrics fold'"
    # A worker that was asked for may not have been started yet.
    quiet = 0
    while quiet < 3:
        time.sleep(0.05)
        [(workers,)] = connection.execute(running).fetchall()
        quiet = 0 if workers else quiet + 1


def wal(connection: psycopg.Connection) -> int:
    """The position in the WAL, in bytes."""
    return connection.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchone()[0]


def in_turns(
    connection: psycopg.Connection, turns: int, turn: Callable[[str, int], tuple[int, float]]
) -> tuple[dict[str, float], dict[str, float]]:
    """The medians of seconds and of WAL bytes per row, of both sides, after a round to warm up.

    `turn` gives the rows that it has written and the seconds that they took. The WAL of the folds
    that follow counts; whose turn it is first changes.
    """
    seconds: dict[str, list[float]] = {side: [] for side in SIDES}
    written: dict[str, list[float]] = {side: [] for side in SIDES}
    for number in range(turns + 1):
        for side in SIDES if number % 2 else reversed(SIDES):
            before = wal(connection)
            rows, elapsed = turn(side, number)
            settle(connection)
            if number > 0:
                seconds[side].append(elapsed / max(rows, 1))
                written[side].append((wal(connection) - before) / max(rows, 1))
            connection.execute("VACUUM tenant_metrics.delta, tenant_metrics.run")
    medians = statistics.median
    return ({side: medians(seconds[side]) for side in SIDES}, {side: medians(written[side]) for side in SIDES})


def measure(session: Session, pgbench: Pgbench, turns: int, tenants: int) -> list[Comparison]:
    connection = session.connection
    with made(connection):
        rows = [row for load in LOADS for row in inserted(connection, pgbench, turns, tenants, load)]
        check_summaries(session, source_of("filled"), engine="summaries")
        data = to_copy(connection)
        for target in TARGETS:
            rows += copied(connection, turns, data, target)
            check_summaries(session, source_of(target.name), engine="summaries")
    return rows


def inserted(
    connection: psycopg.Connection, pgbench: Pgbench, turns: int, tenants: int, load: Load
) -> list[Comparison]:
    """One load by pgbench; what it says beside its numbers goes to stderr."""
    outcomes: dict[str, list[Outcome]] = {side: [] for side in SIDES}
    name = "tenant_metrics.fold_after"
    settings = {name: connection.execute(f"SHOW {name}").fetchone()[0]}

    def turn(side: str, number: int) -> tuple[int, float]:
        script = load.script(table_of(side, "filled"), tenants)
        outcome = pgbench.run(script, load.connections, TURN_SECONDS if number else WARM_SECONDS, number, settings)
        outcomes[side].append(outcome)
        if outcome.messages:
            print(outcome.messages, file=sys.stderr)
        return load.inserts * outcome.transactions, outcome.seconds

    seconds, written = in_turns(connection, turns, turn)
    titles = {side: summed_up(outcomes[side]) for side in SIDES}
    failures = sum(outcome.failures for each in outcomes.values() for outcome in each)
    return [
        Rate(
            f"{load.title}, with summaries: {titles[CAPTURED]}",
            seconds[CAPTURED],
            f"without: {titles[PLAIN]}",
            seconds[PLAIN],
            at_least=0.9,
            failures=failures,
        ),
        bytes_of(load.title, written),
    ]


def bytes_of(title: str, written: dict[str, float]) -> Written:
    return Written(f"WAL per row, {title}, with summaries and folds", written[CAPTURED], "without", written[PLAIN])


def summed_up(outcomes: list[Outcome]) -> str:
    """Failures of all turns, and how much of the machine the client took."""
    failures, deadlocks = (sum(getattr(each, name) for each in outcomes) for name in ("failures", "deadlocks"))
    spent = sum(each.client_seconds for each in outcomes) / sum(each.seconds for each in outcomes)
    part = spent / (os.cpu_count() or 1)
    return f"{failures} failures, {deadlocks} deadlocks, pgbench takes {part:.0%} of the processors"


def to_copy(connection: psycopg.Connection) -> bytes:
    """The first events of the main data set, as COPY reads them."""
    query = f"COPY (SELECT {COLUMNS} FROM model.ai_feature_usage LIMIT {COPIED_EVENTS}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(query) as out:
        return b"".join(bytes(part) for part in out)


def copied(connection: psycopg.Connection, turns: int, data: bytes, target: Target) -> list[Comparison]:
    """COPY into the empty table."""
    events = data.count(b"\n")

    def turn(side: str, _: int) -> tuple[int, float]:
        table = table_of(side, target.name)
        # The emptying is no part of the turn, nor is a fold that it asks for.
        connection.execute(f"TRUNCATE {table}")
        started = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as into:
            into.write(data)
        return events, time.perf_counter() - started

    seconds, written = in_turns(connection, turns, turn)
    title = f"COPY of {events:,} events into {target.title}"
    return [
        Comparison(
            f"{title}, with summaries",
            events * seconds[CAPTURED],
            "without",
            events * seconds[PLAIN],
            at_most=target.at_most,
        ),
        bytes_of(title, written),
    ]
