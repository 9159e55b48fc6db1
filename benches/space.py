"""What summaries store, against heap and indexes of their usage table, for integer and for uuid ids.

The usage tables have the seed's keys and indexes, freshly built, and the sources no measures.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg

from agreement import check_summaries
from comparisons import Comparison
from datasets import Dataset, load
from measure import Session
from tables import with_ids


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


def measure(session: Session, sizes: list[tuple[int, int]], say: Callable[[str], None]) -> list[Comparison]:
    """Tenants and events of each size; the main data set, in `model`, has those of one of them."""
    connection = session.connection
    [main] = connection.execute(
        "SELECT (SELECT count(*) FROM model.tenants), (SELECT count(*) FROM model.ai_feature_usage)"
    ).fetchall()
    rows = []
    for tenants, events in sizes:
        say(f"storing summaries of {tenants:,} tenants, {events:,} events")
        with contextlib.ExitStack() as stack:
            origin = "model"
            if (tenants, events) != main:
                origin = stack.enter_context(schema(connection, "space"))
                load(connection, Dataset(origin, tenants, events))
            title = f"{tenants:,} tenants, {events:,} events"
            rows.append(stored(session, origin, f"int ids, {title}", 1 / 8))
            uuids = stack.enter_context(schema(connection, "space_uuids"))
            make_uuids(connection, uuids, origin)
            rows.append(stored(session, uuids, f"uuid ids, {title}", 1 / 6, "_uuid"))
    return rows


@contextlib.contextmanager
def schema(connection: psycopg.Connection, name: str) -> Iterator[str]:
    connection.execute(f"CREATE SCHEMA {name}")
    try:
        yield name
    finally:
        connection.execute(f"DROP SCHEMA {name} CASCADE")


def make_uuids(connection: psycopg.Connection, schema: str, origin: str) -> None:
    """The same model with uuid ids of tenants, and with the same keys and indexes."""
    usage = f"{schema}.ai_feature_usage"
    for statement in (
        *with_ids(schema, "uuid", origin),
        f"ALTER TABLE {usage} ADD PRIMARY KEY (id)",
        f"CREATE INDEX ON {usage} (tenant_id)",
        f"VACUUM (ANALYZE) {schema}.tenants, {usage}",
    ):
        connection.execute(statement)


def stored(session: Session, schema: str, title: str, at_most: float, twin: str = "") -> Space:
    """All that the tables of summaries take on disk while they have those of this source alone."""
    connection, usage = session.connection, f"{schema}.ai_feature_usage"
    ours = "tenant_metrics.run, tenant_metrics.delta"
    # What other sources have left takes no place.
    connection.execute(f"VACUUM FULL {ours}")
    connection.execute("SELECT tenant_metrics.setup(%s::regclass, %s::regclass, 'space')", (f"{schema}.tenants", usage))
    try:
        connection.execute("CALL tenant_metrics.enable_summaries('space')")
        connection.execute(f"VACUUM (ANALYZE) {ours}")
        check_summaries(session, "space", twin)
        [(bytes_stored, others, table)] = connection.execute(
            "SELECT pg_total_relation_size('tenant_metrics.run') + pg_total_relation_size('tenant_metrics.delta'),"
            " (SELECT count(*) FROM tenant_metrics.summary WHERE source <> 'space'), pg_total_relation_size(%s)",
            (usage,),
        ).fetchall()
    finally:
        connection.execute("SELECT tenant_metrics.teardown('space')")
    if others:
        raise RuntimeError(f"{others} other sources have summaries")
    return Space(
        f"what summaries store, {title}",
        float(bytes_stored),
        "heap and indexes of the table",
        float(table),
        None,
        at_most,
    )
