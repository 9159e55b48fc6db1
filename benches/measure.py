"""Times statements the same way for every contender.

A statement runs over a unix socket and its whole result is fetched by libpq in text format, the
protocol's default, and thrown away undecoded: planning, execution, output and transfer count,
Python does not. Contenders of one comparison take turns in one session, so that a slow spell of
the machine meets all of them, and the median of the turns is what is reported.
"""

import statistics
import time
from dataclasses import dataclass

import psycopg
from psycopg.pq import ExecStatus

METHOD = (
    "Contenders take turns in one session over a unix socket, warm; each result is fetched whole by "
    "libpq in text format and not decoded; planning counts. Times are medians."
)


@dataclass(frozen=True)
class Work:
    """A statement; with arguments it is prepared once and only executed at each turn."""

    sql: str
    arguments: tuple = ()


class Session:
    """A connection on which works are timed."""

    def __init__(self, dsn: str):
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.connection.execute("SET TimeZone = 'UTC'")
        self._prepared: dict[str, bytes] = {}

    def close(self) -> None:
        self.connection.close()

    def rows(self, work: Work) -> list[tuple]:
        """The decoded rows of `work`, for comparing answers."""
        sql = work.sql
        for number in range(len(work.arguments), 0, -1):
            sql = sql.replace(f"${number}", "%s")
        return self.connection.execute(sql, work.arguments or None).fetchall()

    def seconds(self, work: Work) -> float:
        """The time of one run of `work`."""
        server = self.connection.pgconn
        name = self._prepare(work) if work.arguments else b""
        arguments = [str(argument).encode() for argument in work.arguments]
        started = time.perf_counter()
        if work.arguments:
            result = server.exec_prepared(name, arguments)
        else:
            result = server.exec_(work.sql.encode())
        elapsed = time.perf_counter() - started
        self._expect(result, ExecStatus.TUPLES_OK, work)
        return elapsed

    def medians(self, contenders: list[Work], turns: int) -> list[float]:
        """The median time of each contender over `turns` rounds, after one round to warm up."""
        times: list[list[float]] = [[] for _ in contenders]
        for turn in range(turns + 1):
            for position, contender in enumerate(contenders):
                elapsed = self.seconds(contender)
                if turn > 0:
                    times[position].append(elapsed)
        return [statistics.median(each) for each in times]

    def _prepare(self, work: Work) -> bytes:
        if work.sql not in self._prepared:
            name = f"contender_{len(self._prepared)}".encode()
            self._expect(self.connection.pgconn.prepare(name, work.sql.encode()), ExecStatus.COMMAND_OK, work)
            self._prepared[work.sql] = name
        return self._prepared[work.sql]

    @staticmethod
    def _expect(result, status: ExecStatus, work: Work) -> None:
        if result.status != status:
            raise RuntimeError(f"{result.get_error_message()}\nStatement: {work.sql}")
