"""Connections to the database of DATABASE_URL, and statements that are counted."""

import os
import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

_SQL = pathlib.Path(__file__).with_name("sql")
# Ways of asking that have the extension read usage in one way, by tenant_metrics.engine.
_ENGINES = {"summaries": "summaries", "events": "aggregate"}


def engine_of_environment() -> Engine:
    """A pool of connections that commit by themselves and can only read."""
    # Without a driver in the URL, SQLAlchemy would look for psycopg2.
    url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def restrict(connection, _record) -> None:
        before, connection.autocommit = connection.autocommit, True
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET statement_timeout = '30s'")
        connection.autocommit = before

    return engine


def read_statement(name: str):
    """The statement of sql/<name>.sql, whose :parameters are bound."""
    return text((_SQL / f"{name}.sql").read_text().strip())


@dataclass
class Statements:
    """What one request sent to the database, and how long it took to get the answer."""

    milliseconds: float = 0.0
    times_of: dict[str, int] = field(default_factory=dict)
    parameters_of: dict[str, dict] = field(default_factory=dict)

    def count(self, _connection, _cursor, statement, parameters, _context, _executemany) -> None:
        """The listener that SQLAlchemy calls before it sends a statement."""
        self.times_of[statement] = self.times_of.get(statement, 0) + 1
        self.parameters_of.setdefault(statement, parameters)

    def report(self) -> dict:
        """The same for the page; of a repeated statement the parameters of the first time."""
        return {
            "count": sum(self.times_of.values()),
            "milliseconds": round(self.milliseconds, 1),
            "sent": [
                {"sql": sql, "times": times, "parameters": self.bound(sql)} for sql, times in self.times_of.items()
            ],
        }

    def bound(self, statement: str) -> dict[str, str]:
        """The parameters of a statement as SQL has them."""
        parameters = self.parameters_of[statement]
        return {name: "NULL" if value is None else str(value) for name, value in parameters.items()}


@contextmanager
def connected(engine: Engine, way: str) -> Iterator[Connection]:
    """A connection whose readers read usage as the way says, until the block ends."""
    with engine.connect() as connection:
        if way in _ENGINES:
            # In a transaction, so that the setting is not that of whoever gets the connection next.
            connection.execution_options(isolation_level="READ COMMITTED")
            connection.execute(text(f"SET LOCAL tenant_metrics.engine = {_ENGINES[way]}"))
        yield connection


@contextmanager
def counted(connection: Connection) -> Iterator[Statements]:
    """Counts and times the connection's statements until the block ends."""
    statements = Statements()
    event.listen(connection, "before_cursor_execute", statements.count)
    started = time.perf_counter()
    try:
        yield statements
    finally:
        statements.milliseconds = 1000 * (time.perf_counter() - started)
        event.remove(connection, "before_cursor_execute", statements.count)


def said_by(error: DBAPIError) -> str:
    """What the database said, as a sentence and without the statement."""
    diagnostic = getattr(error.orig, "diag", None)
    message = diagnostic.message_primary if diagnostic and diagnostic.message_primary else "no connection"
    return f"The database says: {message}."
