"""Past tenant_metrics.memory_limit the answer is the same, computed otherwise."""

from __future__ import annotations

import psycopg
import pytest

from million import create_model, create_tenants, create_usage

READERS = (
    "SELECT * FROM tenant_dashboard()",
    "SELECT * FROM tenant_dashboard(since => '2025-12-31', until => '2026-01-02')",
    "SELECT * FROM tenant_dashboard_for(ARRAY[20000, 7, 1])",
    "SELECT * FROM tenant_adoption_rates()",
    "SELECT * FROM tenant_subtree_costs()",
    "SELECT id, tenant_cost(id), tenant_subtree_features_used(id) FROM tenants WHERE id % 1000 = 0 ORDER BY id",
)


@pytest.fixture
def large(database):
    """More tenants and features than a state of 1 MB can hold."""
    create_model(database)
    create_tenants(database, 20_000, "nullif(id / 3, 0)")
    create_usage(database, 1_000_000, 20_000, features=50)
    return database


@pytest.mark.parametrize("workers", [0, 2])
def test_same_answers(large, workers):
    large.execute(f"SET max_parallel_workers_per_gather = {workers}")
    wanted = [large.execute(reader).fetchall() for reader in READERS]
    large.execute("SET tenant_metrics.memory_limit = '1MB'")
    got = [large.execute(reader).fetchall() for reader in READERS]
    for reader, rows, wanted_rows in zip(READERS, got, wanted, strict=True):
        assert rows == wanted_rows, reader


def test_limit_is_reached(large):
    large.execute("SET tenant_metrics.memory_limit = '1MB'")
    large.execute("SET tenant_metrics.engine = aggregate")
    with pytest.raises(psycopg.errors.OutOfMemory):
        large.execute(READERS[0])
    large.execute("RESET tenant_metrics.memory_limit")
    assert len(large.execute(READERS[0]).fetchall()) == 20_000
