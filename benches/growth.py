"""The dashboard with summaries as events grow: the same tenants, and four times as many events."""

import contextlib
from collections.abc import Iterator

import psycopg

from agreement import check_summaries, expect_equal
from comparisons import Comparison, read
from measure import Session

TIMES = 4
GROWN = "grown"
FEW = "few"
# The sources, and the schemas with their tables; the set-up of `grown` comes with its data set.
SCHEMAS = {FEW: "model", GROWN: GROWN}


@contextlib.contextmanager
def made(connection: psycopg.Connection) -> Iterator[None]:
    """Summaries of both, as long as this lasts."""
    connection.execute("SELECT tenant_metrics.setup('model.tenants', 'model.ai_feature_usage', %s)", (FEW,))
    for source in SCHEMAS:
        connection.execute("CALL tenant_metrics.enable_summaries(%s)", (source,))
    connection.execute("VACUUM (ANALYZE) tenant_metrics.run")
    try:
        yield
    finally:
        for source in SCHEMAS:
            connection.execute("CALL tenant_metrics.disable_summaries(%s)", (source,))
        connection.execute("SELECT tenant_metrics.teardown(%s)", (FEW,))


def measure(session: Session, turns: int, events: int) -> list[Comparison]:
    """Compares the answers with those of the events first."""
    with made(session.connection):
        for source, wanted in ((FEW, events), (GROWN, TIMES * events)):
            check_summaries(session, source)
            counted = session.connection.execute("SELECT sum(events) FROM tenant_dashboard(source => %s)", (source,))
            expect_equal(f"the events of source {source}", counted.fetchone(), (wanted,))
        few, grown = session.medians([read("tenant_dashboard", source) for source in (FEW, GROWN)], turns)
    return [
        Comparison(
            f"`tenant_dashboard()` with summaries, {TIMES * events:,} events",
            grown,
            f"the same tenants with {events:,} events",
            few,
            at_most=1.2,
        )
    ]
