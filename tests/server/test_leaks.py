"""Calls that fail or are cancelled leave no memory behind in their session."""

from __future__ import annotations

import pathlib
import random

import psycopg
import pytest

WARM_UP = 1_000
CALLS = 10_000

# What may be added between the first and the last calls after the warm-up. The server's own
# contexts grow by pages. What a process has in memory goes up and down by megabytes, because the
# allocator keeps some of what is freed, so the least of many measurements counts: a leak of a few
# words a call would raise it by more than this.
CONTEXTS_MAY_GROW = 256 * 1024
RESIDENT_MAY_GROW = 1024 * 1024
MEASURE_EVERY = 100
MEASURED_CALLS = 3_000

TABLES = """
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (
    tenant_id int, feature_name text, inference_cost numeric, created_at timestamp
);
CREATE INDEX ON tenants (parent_id);
CREATE INDEX ON ai_feature_usage (tenant_id);
INSERT INTO tenants SELECT i, nullif(i / 3, 0) FROM generate_series(1, 60) AS i;
INSERT INTO tenants VALUES (1001, 1002), (1002, 1001), (1003, 1002);
INSERT INTO ai_feature_usage
SELECT 1 + i % 60, 'feature ' || i % 9, i / 3, '2026-01-01' FROM generate_series(1, 300) AS i;
ANALYZE tenants, ai_feature_usage;
-- Costs that numeric can hold one by one, but not their sum.
CREATE TABLE dear_usage (LIKE ai_feature_usage);
INSERT INTO dear_usage
SELECT 1, 'feature', ('9' || repeat('0', 131071))::numeric, '2026-01-01' FROM generate_series(1, 2);
SELECT tenant_metrics.setup('tenants', 'dear_usage', 'dear');
-- A usage table that fails while it is read, after some rows.
CREATE VIEW failing_usage AS
SELECT tenant_id, feature_name, 1 / (300 - row_number() OVER ()) AS inference_cost, created_at
FROM ai_feature_usage;
SELECT tenant_metrics.setup('tenants', 'failing_usage', 'failing');
CREATE TABLE gone (LIKE ai_feature_usage);
SELECT tenant_metrics.setup('tenants', 'gone', 'gone');
DROP TABLE gone;
CREATE ROLE leaks_stranger;
"""

# Each with its SQLSTATE; the ones that fail late have made a pass before.
FAILING = [
    ("SET LOCAL tenant_metrics.on_cycle = error; SELECT count(tenant_subtree_cost(id)) FROM tenants", "42P19"),
    (
        "SET LOCAL tenant_metrics.on_cycle = error; SELECT count(tenant_cost(id)), tenant_depth(1003) FROM tenants",
        "42P19",
    ),
    ("SELECT sum(tenant_cost(id)), 1 / (count(*) - 63) FROM tenants", "22012"),
    ("SELECT tenant_descendants(1001)", "42P19"),
    ("SELECT tenant_cost(1, '2026-01-02', '2026-01-01')", "22023"),
    ("SELECT count(*) FROM tenant_dashboard(NULL, '2026-01-02', '2026-01-01')", "22023"),
    ("SELECT count(*) FROM tenant_dashboard(max_depth => -1)", "22023"),
    ("SELECT tenant_cost_uuid(gen_random_uuid())", "42804"),
    ("SELECT tenant_cost_text('no number')", "22P02"),
    ("SELECT tenant_cost(1, source => 'nowhere')", "42704"),
    ("SELECT tenant_subtree_events(1, source => 'gone')", "42P01"),
    ("SELECT tenant_subtree_cost(1, source => 'failing')", "22012"),
    ("SELECT count(*) FROM tenant_dashboard(source => 'failing')", "22012"),
    ("SELECT tenant_tree_json(source => 'failing')", "22012"),
    ("SELECT count(*) FROM tenant_dashboard(source => 'failing') WHERE tenant_id = 1", "22012"),
    ("SELECT count(tenant_id), 1 / (count(*) - 2) FROM tenant_metrics.dashboard WHERE tenant_id IN (1, 2)", "22012"),
    ("SELECT tenant_metrics.setup('tenants', 'tenants', 'x')", "42703"),
    ("SET LOCAL ROLE leaks_stranger; SELECT count(*) FROM tenant_dashboard()", "42501"),
    ("SET LOCAL ROLE leaks_stranger; SELECT count(*) FROM tenant_metrics.dashboard WHERE tenant_id = 1", "42501"),
    ("SET LOCAL ROLE leaks_stranger; SELECT tenant_subtree_cost(1)", "42501"),
]

# Slow, because such sums are, and so one call in many.
DEAR = [
    ("SELECT tenant_subtree_cost(1, source => 'dear')", "22003"),
    ("SELECT count(*) FROM tenant_subtree_costs(source => 'dear')", "22003"),
]
DEAR_EVERY = 500

# Cancelled somewhere in their work, or not at all.
CANCELLED = [
    "SELECT count(*) FROM tenant_dashboard(), generate_series(1, 200)",
    "SELECT sum(tenant_subtree_cost(id % 60 + 1)) FROM generate_series(1, 100000) AS id",
    "SELECT sum(tenant_cost(id, now() - id * interval '1 s')) FROM generate_series(1, 299) AS id",
    "SELECT sum((SELECT events FROM tenant_metrics.dashboard WHERE tenant_id = id % 60 + 1))"
    " FROM generate_series(1, 100000) AS id",
    "SELECT count(tenant_tree_json(id)) FROM generate_series(1, 299) AS id",
]

SAVEPOINTS = """
DO $$
BEGIN
    PERFORM set_config('tenant_metrics.on_cycle', 'error', true);
    FOR cyclic IN 1001..1003 LOOP
        BEGIN
            PERFORM sum(tenant_cost(id)), tenant_subtree_cost(cyclic) FROM tenants;
        EXCEPTION WHEN invalid_recursion THEN
        END;
    END LOOP;
END $$
"""


def fail(connection: psycopg.Connection, chance: random.Random) -> None:
    """One call that fails, in one of the ways that a client may go on from."""
    rare = chance.randrange(DEAR_EVERY) == 0
    statement, sqlstate = chance.choice(DEAR if rare else FAILING)
    kind = chance.randrange(10)
    if kind == 0:
        statement, sqlstate = chance.choice(CANCELLED), None
        timeout = chance.choice([1, 2, 5])
        statement = f"SET LOCAL statement_timeout = {timeout}; {statement}"
    elif kind == 1:
        connection.execute(SAVEPOINTS)
        return
    elif kind == 2:
        connection.execute("BEGIN; SELECT sum(tenant_cost(id)) FROM tenants; SAVEPOINT s")
        with pytest.raises(psycopg.Error):
            connection.execute(statement)
        connection.execute("ROLLBACK TO s")
        connection.execute("SELECT sum(tenant_cost(id)) FROM tenants; COMMIT")
        return
    try:
        connection.execute(f"BEGIN; {statement}; COMMIT")
    except psycopg.errors.QueryCanceled:
        assert sqlstate is None
    except psycopg.Error as error:
        assert error.sqlstate == sqlstate, statement
    else:
        assert sqlstate is None, statement
    connection.execute("ROLLBACK")


def contexts(connection: psycopg.Connection) -> dict[str, int]:
    """Bytes of the server's memory: all of it, and what lives as long as the session."""
    query = """
        SELECT sum(total_bytes), sum(total_bytes) FILTER (WHERE name = 'TopMemoryContext'),
               sum(total_bytes) FILTER (WHERE name = 'CacheMemoryContext'), count(*)
        FROM pg_backend_memory_contexts
    """
    row = connection.execute(query).fetchone()
    return dict(zip(("all", "TopMemoryContext", "CacheMemoryContext", "number"), map(int, row), strict=True))


def resident(connection: psycopg.Connection) -> int:
    """Bytes that the backend's process has in memory and shares with no other."""
    status = pathlib.Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    kilobytes = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(kilobytes.split()[1]) * 1024


def test_failing_calls_leave_nothing(database):
    chance = random.Random(1)
    database.execute(TABLES)
    database.execute("SET client_min_messages = error")
    measured = {}
    before = {}
    for call in range(CALLS + 1):
        if call == WARM_UP:
            before = contexts(database)
        if call % MEASURE_EVERY == 0:
            measured[call] = resident(database)
        fail(database, chance)
    after = contexts(database)
    first = min(n for call, n in measured.items() if WARM_UP <= call <= WARM_UP + MEASURED_CALLS)
    last = min(n for call, n in measured.items() if call >= CALLS - MEASURED_CALLS)
    print(f"contexts: {before}, then {after}; resident: {first}, then {last}")
    for name in ("all", "TopMemoryContext", "CacheMemoryContext"):
        assert after[name] - before[name] <= CONTEXTS_MAY_GROW, name
    # Kept plans have contexts of their own, and their number has a limit.
    assert after["number"] - before["number"] <= 200
    assert last - first <= RESIDENT_MAY_GROW
