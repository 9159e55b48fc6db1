"""TenantUsageScan takes no more workers than there are processors, unless the table asks for them."""

from __future__ import annotations

import os

import pytest

STATE = """
EXPLAIN (FORMAT JSON)
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM usage
"""
# A container's quota may leave fewer.
PROCESSORS = len(os.sched_getaffinity(0))


@pytest.fixture
def connection(database):
    database.execute("LOAD 'tenant_metrics'")
    database.execute(
        "CREATE TABLE usage AS SELECT n AS tenant_id, 'chat' AS feature_name, 1 AS inference_cost, now() AS created_at"
        " FROM generate_series(1, 20000) AS n"
    )
    database.execute("ANALYZE usage")
    for name in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        database.execute(f"SET {name} = 0")
    return database


def planned(connection) -> int:
    """The workers of the plan; it must have the node."""
    ((plan,),) = connection.execute(STATE).fetchone()
    node = plan["Plan"]
    workers = 0
    while "Plans" in node:
        workers = node.get("Workers Planned", workers)
        (node,) = node["Plans"]
    assert node["Custom Plan Provider"] == "TenantUsageScan"
    return workers


@pytest.mark.parametrize("leader", [True, False])
@pytest.mark.parametrize("most", [0, 1, 2, 4])
def test_a_worker_has_a_processor(connection, leader, most):
    connection.execute(f"SET parallel_leader_participation = {leader}")
    connection.execute(f"SET max_parallel_workers_per_gather = {most}")
    assert planned(connection) <= min(most, PROCESSORS - leader)


def test_a_table_may_ask_for_more(connection):
    connection.execute("SET max_parallel_workers_per_gather = 16")
    wanted = PROCESSORS + 3
    connection.execute(f"ALTER TABLE usage SET (parallel_workers = {wanted})")
    assert planned(connection) == wanted
