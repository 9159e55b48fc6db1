"""The agents' questions on random sessions, against plain SQL, with spans that arrive late."""

from __future__ import annotations

import datetime
import decimal
from typing import NamedTuple

import psycopg
import pytest

from example_tables import create_tables, load, question, replaced, set_up, shown

SESSIONS = 2000
LONGEST = 18
SINCE = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)

# The spans below each agent of the session that begins with a root, and the calls of each.
TRUTH = """
WITH RECURSIVE session AS (
    SELECT span_id FROM spans WHERE span_id = %(root)s
    UNION ALL SELECT child.span_id FROM session JOIN spans AS child ON child.parent_span_id = session.span_id
), below (top, span_id) AS (
    SELECT span_id, span_id FROM session
    UNION ALL SELECT below.top, child.span_id FROM below JOIN spans AS child ON child.parent_span_id = below.span_id
), sums AS (
    SELECT top,
        coalesce(sum(cost) FILTER (WHERE cost NOT IN ('NaN', 'Infinity', '-Infinity') AND tenant = top), 0) AS own_cost,
        coalesce(sum(cost) FILTER (WHERE cost NOT IN ('NaN', 'Infinity', '-Infinity')), 0) AS cost,
        coalesce(sum(prompt_tokens) FILTER (WHERE tenant = top), 0) AS own_tokens,
        coalesce(sum(prompt_tokens), 0) AS tokens
    FROM below
    LEFT JOIN (SELECT {tenant} AS tenant, cost, prompt_tokens FROM spans WHERE kind = 'llm') AS calls
        ON tenant = below.span_id
    GROUP BY top
)
SELECT name, own_cost, sums.cost, own_tokens, tokens
FROM sums JOIN spans ON span_id = top WHERE kind = 'agent' ORDER BY start_time, span_id
"""


class Span(NamedTuple):
    """A row of the table."""

    span_id: str
    parent_span_id: str | None
    session_id: str
    name: str
    kind: str
    start_time: datetime.datetime
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: decimal.Decimal | None = None


COLUMNS = ", ".join(Span._fields)


@pytest.fixture
def spans(draw) -> list[Span]:
    return [span for number in range(SESSIONS) for span in session(draw, number)]


def session(draw, number: int) -> list[Span]:
    """A root, and spans below it; only a call of a model has a cost, tokens, and no spans below.

    Every tenth session is one call that no agent made.
    """
    made, above = [], []
    alone = number % 10 == 0
    for step in range(1 if alone else draw.randrange(1, LONGEST)):
        name = f"{number}.{step}"
        kind = draw.choice(["agent", "chain", "tool", "llm", "llm", "llm"])
        if step == 0:
            kind = "llm" if alone else "agent"
        start = SINCE + datetime.timedelta(seconds=number * 60 + draw.randrange(60))
        usage = call(draw) if kind == "llm" else ()
        parent = draw.choice(above[-3:]) if above else None
        made.append(Span(name, parent, str(number), f"{kind} {step}", kind, start, *usage))
        if kind != "llm":
            above.append(name)
    return made


def call(draw) -> tuple:
    prompt, completion = (None if draw.random() < 0.1 else draw.randrange(9000) for _ in range(2))
    cost = decimal.Decimal(draw.randrange(10**6)).scaleb(-draw.randrange(4, 9))
    if draw.random() < 0.05:
        cost = draw.choice([None, decimal.Decimal("NaN"), decimal.Decimal("Infinity")])
    return (draw.choice(["small", "large"]), prompt, completion, cost)


def create_spans(connection: psycopg.Connection, spans: list[Span], tenant: str = "parent_span_id") -> None:
    create_tables(connection, "agents")
    load(connection, "spans", COLUMNS, spans)
    connection.execute("ANALYZE")
    set_up(connection, "agents", "usage_tenant => 'parent_span_id'", f"usage_tenant => '{tenant}'")


def agents_of(connection: psycopg.Connection, root: str) -> list[tuple]:
    """The README's answer for one session."""
    return shown(connection, replaced(question("agents", "tenant_measures_text"), "'a1'", "%(root)s"), {"root": root})


def true_agents(connection: psycopg.Connection, root: str, tenant: str = "parent_span_id") -> list[tuple]:
    return shown(connection, TRUTH.format(tenant=tenant), {"root": root})


@pytest.mark.parametrize("tenant", ["parent_span_id", "span_id"])
def test_agents_of_one_session(database, draw, spans, tenant):
    create_spans(database, spans, tenant)
    for number in draw.sample([number for number in range(SESSIONS) if number % 10], 30):
        answer = agents_of(database, f"{number}.0")
        assert answer, number
        assert answer == true_agents(database, f"{number}.0", tenant), number


def test_one_session_is_looked_up(database, draw, spans):
    create_spans(database, spans)
    agents_of(database, f"{draw.randrange(SESSIONS // 10) * 10 + 1}.0")
    explained = database.execute("SELECT last_single, last_passes FROM tenant_metrics.explain_text()").fetchone()
    assert explained == (1, 0)


def test_numbers_are_right_when_the_parent_arrives(database, draw, spans):
    late = {span.span_id for span in draw.sample([span for span in spans if span.kind != "llm"], len(spans) // 20)}
    create_spans(database, [span for span in spans if span.span_id not in late])
    orphans = [span for span in spans if span.parent_span_id in late and span.span_id not in late]
    calls = [span for span in orphans if span.kind == "llm"]
    assert orphans and calls
    assert found(database, "orphan") == {span.span_id: 1 for span in orphans}
    assert set(found(database, "unattributed_usage")) == {None} | {span.parent_span_id for span in calls}
    asked = draw.sample([span for span in orphans if span.kind == "agent"], 10)
    for orphan in asked:
        assert agents_of(database, orphan.span_id) == true_agents(database, orphan.span_id)
        assert shown(
            database,
            "SELECT depth, tree_status, parent_id FROM tenant_dashboard_text(%(root)s, max_depth => 0)",
            {"root": orphan.span_id},
        ) == [("0", "orphan", orphan.parent_span_id)]
    roots = [f"{orphan.session_id}.0" for orphan in asked]
    before = [agents_of(database, root) for root in roots]
    # Roots that have not arrived have no rows.
    assert before == [true_agents(database, root) for root in roots]
    load(database, "spans", COLUMNS, (span for span in spans if span.span_id in late))
    assert found(database, "orphan") == {}
    assert found(database, "unattributed_usage") == {None: SESSIONS // 10}
    after = [agents_of(database, root) for root in roots]
    assert after == [true_agents(database, root) for root in roots]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_only_calls_lack_a_price(database, spans):
    create_spans(database, spans)
    unpriced: dict[str, int] = {}
    for span in spans:
        if span.kind == "llm" and span.parent_span_id is not None and (span.cost is None or not span.cost.is_finite()):
            unpriced[span.parent_span_id] = unpriced.get(span.parent_span_id, 0) + 1
    assert found(database, "unpriced") == unpriced
    # Over the table itself every tool and agent would be a finding.
    set_up(database, "agents", "'calls'", "'spans'")
    others = sum(span.kind != "llm" and span.parent_span_id is not None for span in spans)
    assert sum(found(database, "unpriced").values()) == sum(unpriced.values()) + others


def found(connection: psycopg.Connection, kind: str) -> dict[str, int]:
    """What integrity finds of a kind: the findings of the README's statement, added up by tenant."""
    sums: dict[str, int] = {}
    for found_kind, tenant, _, number in connection.execute(question("agents", "tenant_metrics.integrity()")):
        if found_kind == kind:
            sums[tenant] = sums.get(tenant, 0) + number
    return sums
