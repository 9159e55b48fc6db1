"""Many clients at once, all asking for one page of tenants with scalars per row.

Every client asks again as soon as it is answered. What is reported is how many pages a second the
server answers, until the last page that was asked for in time is there.
"""

import pathlib
import sys
import threading
import time
from dataclasses import dataclass, field

import psycopg
import sqlalchemy
from psycopg.pq import ExecStatus

from agreement import Disagreement
from comparisons import Comparison, peer
from measure import Work

CONNECTIONS = 50
CLIENTS = 500
POOLED_CONNECTIONS = 20
SCALARS = Work("SELECT id, name, tenant_adoption_rate(id), tenant_subtree_cost(id) FROM tenants")
HYBRID = peer("hybrid")
SAMPLE_SECONDS = 0.5


@dataclass
class Outcome:
    """What a load came to."""

    pages: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    private_bytes: int = 0

    def __str__(self) -> str:
        memory = f"{self.private_bytes / 2**20:,.0f} MB"
        return f"{self.pages:,} pages, {len(self.failures)} failures, {memory}"


@dataclass(frozen=True)
class Throughput(Comparison):
    """Seconds per page, shown as pages per second."""

    failures: int = 0

    def cell(self, seconds: float) -> str:
        return f"{1 / seconds:.1f}/s"

    @property
    def target(self) -> str:
        return "no failures"

    @property
    def met(self) -> str:
        return "NO" if self.failures else "yes"


def measure(dsn: str, schema: str, seconds: float) -> list[Comparison]:
    """Both statements under both loads; `dsn` is of a superuser, who sees the server's processes."""
    dsn = psycopg.conninfo.make_conninfo(dsn, options=f"-c search_path={schema},public")
    tenants = check(dsn)
    rows = []
    for title, clients, connections in (
        (f"{CONNECTIONS} connections", CONNECTIONS, CONNECTIONS),
        (f"{CLIENTS} clients, pool of {POOLED_CONNECTIONS}", CLIENTS, POOLED_CONNECTIONS),
    ):
        ours, theirs = (run(dsn, work, tenants, clients, connections, seconds) for work in (SCALARS, HYBRID))
        for failure in sorted({*ours.failures, *theirs.failures}):
            print(failure, file=sys.stderr)
        rows.append(
            Throughput(
                f"page of {tenants:,} tenants with two scalars, {title}, {seconds:g} s: {ours}",
                ours.seconds / max(ours.pages, 1),
                f"hybrid property's statement (adoption rate only): {theirs}",
                theirs.seconds / max(theirs.pages, 1),
                failures=len(ours.failures) + len(theirs.failures),
            )
        )
    return rows


def check(dsn: str) -> int:
    """Compares the adoption rates of both statements; returns the number of tenants."""
    with psycopg.connect(dsn) as connection:
        ours = {row[0]: round(row[2], 9) for row in connection.execute(SCALARS.sql)}
        theirs = {row[0]: round(float(row[1]), 9) for row in connection.execute(HYBRID.sql)}
    if ours != theirs:
        raise Disagreement("the page's adoption rates differ from the hybrid property's")
    return len(ours)


def run(dsn: str, work: Work, tenants: int, clients: int, connections: int, seconds: float) -> Outcome:
    """Lets `clients` ask for pages over a pool of `connections` for some seconds."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(dsn, autocommit=True),
        pool_size=connections,
        max_overflow=0,
        # With 500 clients the slower statement keeps most of them waiting until the end.
        pool_timeout=3600,
    )
    _fill(engine, connections)
    outcome, lock = Outcome(), threading.Lock()
    started = time.perf_counter()

    def ask() -> None:
        while True:
            failure = None
            with engine.connect() as connection:
                if time.perf_counter() - started > seconds:
                    return
                server = connection.connection.driver_connection.pgconn
                result = server.exec_(work.sql.encode())
                if result.status != ExecStatus.TUPLES_OK:
                    failure = result.get_error_message()
                elif result.ntuples != tenants:
                    failure = f"{result.ntuples} tenants"
            with lock:
                outcome.pages += failure is None
                outcome.failures += [failure] if failure else []

    def guarded() -> None:
        try:
            ask()
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a failure to report)
            with lock:
                outcome.failures.append(str(error))

    with psycopg.connect(dsn, autocommit=True) as watcher, PeakMemory(watcher) as memory:
        threads = [threading.Thread(target=guarded) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcome.seconds = time.perf_counter() - started
    outcome.private_bytes = memory.peak
    engine.dispose()
    return outcome


def _fill(engine: sqlalchemy.Engine, connections: int) -> None:
    """Opens all connections of the pool before the clock starts."""
    opened = [engine.connect() for _ in range(connections)]
    for connection in opened:
        connection.close()


class PeakMemory:
    """The most private memory that the server's backends and parallel workers had together.

    Shared memory is the same for all contenders, and counts for none.
    """

    def __init__(self, watcher: psycopg.Connection):
        self.peak = 0
        self._watcher = watcher
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            processes = self._watcher.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'parallel worker') "
                "AND pid <> pg_backend_pid()"
            )
            self.peak = max(self.peak, sum(private_bytes(pid) for (pid,) in processes))


def private_bytes(pid: int) -> int:
    """The resident memory of a process that it shares with no file and no shared memory."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        # A parallel worker that has ended since.
        return 0
    lines = (line.split() for line in status.splitlines())
    return sum(1024 * int(line[1]) for line in lines if line[:1] == ["RssAnon:"])
