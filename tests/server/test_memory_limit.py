"""Past tenant_metrics.memory_limit the answer is the same, computed otherwise."""

from __future__ import annotations

import pathlib

import psycopg
import pytest

from million import MILLION, create_model, create_tenants, create_usage

READERS = (
    "SELECT * FROM tenant_usage_series(NULL, '2025-12-01', '2026-03-01')",
    "SELECT * FROM tenant_feature_breakdown(NULL)",
    "SELECT * FROM tenant_feature_matrix(scope => 'subtree', max_depth => 2)",
    "SELECT * FROM tenant_feature_adoption(since => '2026-01-01', until => '2026-02-01')",
    "SELECT * FROM tenant_top(50, since => '2026-01-01', until => '2026-02-01')",
    "SELECT * FROM tenant_compare(since => '2026-01-01', until => '2026-02-01')",
    "SELECT * FROM tenant_activity(at => '2026-01-15')",
    "SELECT * FROM tenant_dashboard()",
    "SELECT * FROM tenant_dashboard(since => '2025-12-31', until => '2026-01-02')",
    "SELECT * FROM tenant_dashboard_for(ARRAY[20000, 7, 1])",
    "SELECT * FROM tenant_adoption_rates()",
    "SELECT * FROM tenant_subtree_costs()",
    "SELECT * FROM tenant_measures(source => 'measured')",
    "SELECT * FROM tenant_usage_series(NULL, '2025-12-01', '2026-03-01', source => 'measured', measure => 'tokens')",
    "SELECT * FROM tenant_feature_breakdown(NULL, source => 'measured', measure => 'tokens')",
    "SELECT * FROM tenant_compare(NULL, '2026-01-01', '2026-02-01', source => 'measured', measure => 'tokens')",
    "SELECT id, tenant_cost(id), tenant_subtree_features_used(id) FROM tenants WHERE id % 1000 = 0 ORDER BY id",
)


@pytest.fixture
def large(database):
    """More tenants and features than a state of 1 MB can hold."""
    create_model(database)
    create_tenants(database, 20_000, "nullif(id / 3, 0)")
    create_usage(database, MILLION, 20_000, features=50)
    database.execute("ALTER TABLE ai_feature_usage ADD tokens bigint GENERATED ALWAYS AS (tenant_id * 7) STORED")
    database.execute("SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', 'measured', measures => '{tokens}')")
    return database


@pytest.mark.parametrize("workers", [0, 2])
def test_answers_are_the_same_past_the_limit(large, workers):
    large.execute(f"SET max_parallel_workers_per_gather = {workers}")
    wanted = [large.execute(reader).fetchall() for reader in READERS]
    large.execute("SET tenant_metrics.memory_limit = '1MB'")
    got = [large.execute(reader).fetchall() for reader in READERS]
    for reader, rows, wanted_rows in zip(READERS, got, wanted, strict=True):
        assert rows == wanted_rows, reader


def test_the_aggregate_engine_alone_fails_past_the_limit(large):
    large.execute("SET tenant_metrics.memory_limit = '1MB'")
    large.execute("SET tenant_metrics.engine = aggregate")
    with pytest.raises(psycopg.errors.OutOfMemory):
        large.execute("SELECT * FROM tenant_dashboard()")
    large.execute("RESET tenant_metrics.memory_limit")
    assert len(large.execute("SELECT * FROM tenant_dashboard()").fetchall()) == 20_000


def test_scalars_share_passes(large):
    """Past the limit a pass has no columns but those asked for; the next one keeps them."""
    large.execute("SET tenant_metrics.memory_limit = '1MB'")
    large.execute(READERS[-1])
    (passes,) = large.execute("SELECT last_passes FROM tenant_metrics.explain()").fetchone()
    assert passes == 2


def peak_kilobytes(connection: psycopg.Connection) -> int:
    """The most memory that the server's process has had in use."""
    status = pathlib.Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


@pytest.mark.parametrize(
    "series",
    [
        "tenant_usage_series(1, '1900-01-01', '2100-01-01', 'hour')",
        "tenant_usage_series_for('{1,2}', '1900-01-01', '2000-01-01', 'hour')",
    ],
)
def test_buckets_need_no_memory(database, series):
    create_model(database)
    create_tenants(database, 10, "nullif(id / 3, 0)")
    database.execute("SET tenant_metrics.memory_limit = '64kB'")
    database.execute("SELECT * FROM tenant_usage_series(1, '2000-01-01', '2000-02-01')")
    before = peak_kilobytes(database)
    # So many buckets would be seen, if each were kept in some bytes.
    (rows,) = database.execute(f"SELECT count(*) FROM {series}").fetchone()
    assert rows > 1_750_000
    assert peak_kilobytes(database) - before < 25_000
