"""Summaries that are built, folded, compared and mended while others write, and after cancels and crashes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import dataclass

import psycopg

from cluster import PG_CONFIG, Cluster

TABLES = """
CREATE EXTENSION tenant_metrics;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants SELECT n, nullif(n / 4, 0) FROM generate_series(1, 200) AS n;
CREATE TABLE ai_feature_usage (
    id bigserial, tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz){partitions};
CREATE INDEX ON ai_feature_usage (id);
INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at)
SELECT 1 + n % 200, 'feature ' || n % 7, n % 100 / 8.0, timestamptz '2026-01-01' + n * interval '1 minute'
FROM generate_series(1, {events}) AS n;
CREATE INDEX ON ai_feature_usage (tenant_id);
CREATE TABLE done (writer int, number int);
"""

PARTITIONS = """ PARTITION BY RANGE (created_at);
CREATE TABLE part_0 PARTITION OF ai_feature_usage FOR VALUES FROM (MINVALUE) TO ('2026-01-02');
CREATE TABLE part_1 PARTITION OF ai_feature_usage FOR VALUES FROM ('2026-01-02') TO ('2030-01-01')
    PARTITION BY HASH (tenant_id);
CREATE TABLE part_1_0 PARTITION OF part_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1_1 PARTITION OF part_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE rest PARTITION OF ai_feature_usage FOR VALUES FROM ('2999-01-01') TO (MAXVALUE)"""

# The summaries, and the events by plain SQL.
DIFFERENCES = """
WITH summed AS MATERIALIZED (
    SELECT tenant_id, events, cost, last_used FROM tenant_dashboard() WHERE events > 0
), plain AS (
    SELECT tenant_id::bigint, count(*), coalesce(sum(inference_cost), 0), max(created_at)
    FROM ai_feature_usage JOIN tenants AS t ON t.id = tenant_id GROUP BY 1
)
SELECT (SELECT count(*) FROM (TABLE summed EXCEPT TABLE plain) AS d)
    + (SELECT count(*) FROM (TABLE plain EXCEPT TABLE summed) AS d)
"""


@dataclass(frozen=True)
class Usage:
    """The usage table, which has partitions or has not."""

    is_partitioned: bool

    def made(self, events: int) -> str:
        partitions = PARTITIONS if self.is_partitioned else ""
        return TABLES.replace("{partitions}", partitions).replace("{events}", str(events))

    def change(self, rng: random.Random) -> str:
        """Of the table, or of a partition."""
        tenant = rng.randint(1, 200)
        parts = ["part_0", "part_1", "part_1_1"] if self.is_partitioned else []
        table = rng.choice(["ai_feature_usage", *parts])
        return rng.choice(
            [
                f"INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at)"
                f" SELECT {tenant}, 'new', n, now() FROM generate_series(1, {rng.choice([1, 1, 3, 30])}) AS n",
                f"DELETE FROM {table} WHERE id IN"
                f" (SELECT id FROM {table} WHERE tenant_id = {tenant} LIMIT {rng.choice([1, 3, 20])})",
                f"UPDATE {table} SET inference_cost = inference_cost + 1"
                f" WHERE id IN (SELECT id FROM {table} WHERE tenant_id = {tenant} ORDER BY id DESC LIMIT 5)",
                f"UPDATE ai_feature_usage SET tenant_id = {rng.randint(1, 200)}, created_at = now()"
                f" WHERE id IN (SELECT id FROM ai_feature_usage WHERE tenant_id = {tenant} LIMIT 5)",
            ]
        )

    def redefine(self, rng: random.Random) -> str:
        """A partition that comes without rows, or goes."""
        year = rng.randint(2030, 2040)
        bounds = f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
        return rng.choice(
            [
                *[f"CREATE TABLE IF NOT EXISTS year_{year} PARTITION OF ai_feature_usage {bounds}"] * 3,
                f"DROP TABLE IF EXISTS year_{year}",
            ]
        )


class Writer(threading.Thread):
    """Changes rows until it is told to stop, or the server is gone; remembers what was acknowledged."""

    def __init__(self, usage: Usage, dsn: str, number: int, seed: int):
        super().__init__(daemon=True)
        self.usage = usage
        self.dsn, self.number, self.rng = dsn, number, random.Random(f"writer {number} of {seed}")
        self.halt = threading.Event()
        self.acknowledged = 0
        self.failure: psycopg.Error | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self.dsn, autocommit=True) as connection:
                # Workers fold too.
                connection.execute("SET tenant_metrics.fold_after = 40")
                while not self.halt.is_set():
                    self.transaction(connection)
        except psycopg.Error as error:
            is_killed = error.sqlstate is None or isinstance(error, psycopg.errors.CrashShutdown)
            self.failure = None if is_killed else error

    def transaction(self, connection: psycopg.Connection) -> None:
        number, is_kept = self.acknowledged + 1, self.rng.random() < 0.85
        # Rows are locked in no order and move to other partitions, so some transactions have to give up.
        given_up = (
            psycopg.errors.DeadlockDetected,
            psycopg.errors.LockNotAvailable,
            psycopg.errors.SerializationFailure,
        )
        with contextlib.suppress(*given_up):
            with connection.transaction(force_rollback=not is_kept):
                connection.execute("SET LOCAL lock_timeout = '2s'; SET LOCAL deadlock_timeout = '50ms'")
                for _ in range(self.rng.choice([1, 1, 2, 5])):
                    connection.execute(self.usage.change(self.rng))
                connection.execute("INSERT INTO done VALUES (%s, %s)", [self.number, number])
            if is_kept:
                self.acknowledged = number


@contextlib.contextmanager
def writers(cluster: Cluster, usage: Usage, database: str, seed: int, count: int = 3):
    running = [Writer(usage, cluster.dsn(database), number, seed) for number in range(count)]
    for writer in running:
        writer.start()
    try:
        yield running
    finally:
        for writer in running:
            writer.halt.set()
        for writer in running:
            writer.join(60)
    for writer in running:
        assert not writer.is_alive()
        assert writer.failure is None, writer.failure


def state(connection: psycopg.Connection) -> str:
    [(summaries,)] = connection.execute("SELECT summaries FROM tenant_metrics.status()").fetchall()
    return summaries


def check(connection: psycopg.Connection) -> None:
    """What readers say is what plain SQL says in the same snapshot, and so is what is stored."""
    connection.execute("SET tenant_metrics.engine = summaries")
    [(differing,)] = connection.execute(DIFFERENCES).fetchall()
    assert differing == 0
    if state(connection) == "current":
        assert connection.execute("SELECT * FROM tenant_metrics.verify()").fetchall() == []


def operation(rng: random.Random, connection: psycopg.Connection) -> str:
    """What an owner may call now."""
    parts = rng.randint(1, 4)
    now = state(connection)
    if now is None:
        return f"enable_summaries(parts => {parts})"
    if now in ("current", "building") or now.startswith("stale"):
        calls = ["compact()", "compact(full => true)", "repair()", "pause()", "disable_summaries()"]
        return rng.choice([*calls, *[f"rebuild(parts => {parts})"] * 3])
    return rng.choice(["resume()", "resume()", f"rebuild(parts => {parts})"])


def call(connection: psycopg.Connection, called: str, timeout: str) -> bool:
    """Whether the call came to its end before it was cancelled, by the timeout or for a writer."""
    connection.execute(f"SET statement_timeout = '{timeout}'")
    try:
        connection.execute(f"CALL tenant_metrics.{called}")
        return True
    except (psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected):
        # A writer may hold a partition while it waits for the table.
        return False
    finally:
        reset(connection)


def reset(connection: psycopg.Connection) -> None:
    """Takes the timeout back, which can cancel this statement too."""
    while True:
        with contextlib.suppress(psycopg.errors.QueryCanceled):
            connection.execute("RESET statement_timeout")
            return


def seed() -> int:
    return int(os.environ.get("TENANT_METRICS_SEED") or random.randrange(10**9))


def test_summaries_are_exact_while_others_write_and_calls_are_cancelled(cluster):
    chosen = seed()
    print(f"TENANT_METRICS_SEED={chosen}")
    rng = random.Random(f"operations of {chosen}")
    cluster.create_database("summaries_online")
    try:
        with psycopg.connect(cluster.dsn("summaries_online"), autocommit=True) as connection:
            usage = Usage(is_partitioned=rng.random() < 0.5)
            connection.execute(usage.made(5000))
            connection.execute("CALL tenant_metrics.enable_summaries(parts => 3)")
            cancelled = 0
            with writers(cluster, usage, "summaries_online", chosen) as running:
                end = time.monotonic() + 15
                while time.monotonic() < end or not cancelled:
                    is_cancelled = rng.random() < 0.4
                    timeout = f"{rng.randint(1, 60)}ms" if is_cancelled else "0"
                    called = operation(rng, connection)
                    cancelled += not call(connection, called, timeout)
                    check(connection)
                    if usage.is_partitioned and rng.random() < 0.3:
                        # A writer may hold a partition while it waits for the table.
                        with contextlib.suppress(psycopg.errors.DeadlockDetected):
                            connection.execute(usage.redefine(rng))
                        check(connection)
            assert all(writer.acknowledged > 0 for writer in running)
            finish(connection)
    finally:
        cluster.drop_database("summaries_online")


def finish(connection: psycopg.Connection) -> None:
    """Whatever was interrupted goes on, and is right at the end."""
    now = state(connection)
    if now is None:
        connection.execute("CALL tenant_metrics.enable_summaries()")
    elif now.startswith("stale"):
        connection.execute("CALL tenant_metrics.repair()")
    elif now != "current":
        connection.execute("CALL tenant_metrics.resume()")
    assert state(connection) == "current"
    check(connection)
    connection.execute("CALL tenant_metrics.compact(full => true)")
    check(connection)


def test_a_build_tells_how_far_it_is(cluster):
    cluster.create_database("summaries_progress")
    try:
        with (
            psycopg.connect(cluster.dsn("summaries_progress"), autocommit=True) as builder,
            psycopg.connect(cluster.dsn("summaries_progress"), autocommit=True) as other,
        ):
            builder.execute(Usage(is_partitioned=False).made(200_000))
            told = []
            builder.add_notice_handler(lambda notice: told.append(notice.message_primary))
            thread = threading.Thread(
                target=lambda: builder.execute("CALL tenant_metrics.enable_summaries(parts => 3)"), daemon=True
            )
            thread.start()
            seen = set()
            while thread.is_alive():
                seen.add(state(other))
                # Events that are written meanwhile are in the summaries too.
                other.execute("INSERT INTO ai_feature_usage (tenant_id, inference_cost) VALUES (7, 1)")
            thread.join()
            check(other)
            assert state(other) == "current"
            percents = [
                int(found[len("building: ") : -2]) for found in seen if found and found.startswith("building: ")
            ]
            assert percents and all(0 <= percent <= 100 for percent in percents), seen
            assert len(told) >= 2
            for message in told:
                assert message.startswith('summaries of source "default": ') and " events a second, about " in message
    finally:
        cluster.drop_database("summaries_progress")


def processes(postmaster: int) -> list[int]:
    """A postmaster and its children."""
    with open(f"/proc/{postmaster}/task/{postmaster}/children", encoding="ascii") as children:
        return [postmaster, *map(int, children.read().split())]


def kill(cluster: Cluster) -> None:
    """Kills all processes of the server at once, which leaves no time to write anything."""
    postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
    killed = processes(postmaster)
    for process in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for process in killed:
        while os.path.exists(f"/proc/{process}") and not is_zombie(process):
            time.sleep(0.01)
    # Where nobody waits for it, the process is a zombie, which the next server would take for a running one.
    socket = cluster.folder / f".s.PGSQL.{cluster.port}"
    for file in (cluster.data / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
        file.unlink(missing_ok=True)


def is_zombie(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_every_acknowledged_commit_is_counted_once_after_a_crash():
    chosen, crashes = seed(), int(os.environ.get("TENANT_METRICS_CRASHES", "8"))
    print(f"TENANT_METRICS_SEED={chosen}")
    rng = random.Random(f"crashes of {chosen}")
    usage = Usage(is_partitioned=rng.random() < 0.5)
    acknowledged = 0
    with Cluster(PG_CONFIG, {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}) as cluster:
        with cluster.connect() as connection:
            connection.execute(usage.made(5000))
            connection.execute("CALL tenant_metrics.enable_summaries(parts => 2)")
        for _ in range(crashes):
            with cluster.connect() as connection:
                connection.execute("TRUNCATE done")
            with writers(cluster, usage, "postgres", rng.randrange(10**9)) as running:
                folding = threading.Thread(target=fold_until_killed, args=[cluster, rng.randrange(10**9)], daemon=True)
                folding.start()
                time.sleep(rng.uniform(0.3, 1.2))
                kill(cluster)
                folding.join(60)
                assert not folding.is_alive()
            cluster.start()
            with cluster.connect() as connection:
                check(connection)
                last = dict(connection.execute("SELECT writer, max(number) FROM done GROUP BY writer").fetchall())
                for writer in running:
                    # One more may have been committed whose answer was lost.
                    assert last.get(writer.number, 0) - writer.acknowledged in (0, 1)
                    acknowledged += writer.acknowledged
                finish(connection)
    assert acknowledged > 0


def fold_until_killed(cluster: Cluster, chosen: int) -> None:
    rng = random.Random(f"folds of {chosen}")
    with contextlib.suppress(psycopg.OperationalError), cluster.connect() as connection:
        while True:
            connection.execute(f"CALL tenant_metrics.{operation(rng, connection)}")
