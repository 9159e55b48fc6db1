"""TenantUsageScan takes as many workers as may be and have a processor, unless the table asks for more."""

from __future__ import annotations

import os
import pathlib

import pytest

STATE = """
EXPLAIN (FORMAT JSON)
SELECT tenant_metrics.usage_state(tenant_id, feature_name, inference_cost, created_at) FROM usage
"""
GROUPS = pathlib.Path("/sys/fs/cgroup")
# A container's quota of processor time per period, in both versions of control groups.
QUOTAS = ["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]


def processors() -> int:
    """How many this process may use, and so may the server."""
    found = len(os.sched_getaffinity(0))
    for files in QUOTAS:
        if all((GROUPS / file).exists() for file in files):
            quota, period = " ".join((GROUPS / file).read_text() for file in files).split()
            if quota not in ("max", "-1"):
                found = min(found, max(1, int(quota) // int(period)))
    return found


PROCESSORS = processors()


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
def test_every_processor_has_a_worker_and_every_worker_a_processor(connection, leader, most):
    connection.execute(f"SET parallel_leader_participation = {leader}")
    connection.execute(f"SET max_parallel_workers_per_gather = {most}")
    workers = min(most, PROCESSORS - leader)
    # One that works alone saves nothing.
    assert planned(connection) == (0 if workers + leader == 1 else workers)


def test_a_table_may_ask_for_more(connection):
    connection.execute("SET max_parallel_workers_per_gather = 16")
    wanted = PROCESSORS + 3
    connection.execute(f"ALTER TABLE usage SET (parallel_workers = {wanted})")
    assert planned(connection) == wanted
