"""Folds by background workers: that they happen, and that nobody is in their way, nor they in anybody's."""

from __future__ import annotations

import contextlib
import os
import time

import psycopg
import pytest

from cluster import PG_CONFIG, Cluster

TRIES = int(os.environ.get("TENANT_METRICS_TRIES", "2"))
# Long enough for a slow machine.
PATIENCE_S = 60

TABLES = """
CREATE EXTENSION tenant_metrics;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants SELECT n, nullif(n / 4, 0) FROM generate_series(1, 100) AS n;
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz);
CALL tenant_metrics.enable_summaries();
"""
SOME = """
INSERT INTO ai_feature_usage
SELECT 1 + n % 100, 'feature ' || n % 9, n % 50 / 100.0, timestamptz '2026-01-01' + n * interval '1 minute'
FROM generate_series(1, {events}) AS n
"""
# More than a worker folds in a moment.
MANY = SOME.replace("{events}", "300000")
FEW = SOME.replace("{events}", "50")
WAITING = "SELECT count(*) FROM tenant_metrics.delta"
WORKERS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'tenant_metrics fold'"
WRONG = "SELECT count(*) FROM tenant_metrics.verify()"


@pytest.fixture(scope="module")
def server():
    settings = {"tenant_metrics.fold_after": "200", "max_prepared_transactions": "4", "fsync": "on"}
    with Cluster(PG_CONFIG, settings) as started:
        yield started


@pytest.fixture
def database(server):
    """A connection to a database with summaries, whose name it has."""
    server.create_database("folded")
    with server.connect("folded") as connection:
        connection.execute(TABLES)
        yield connection
    server.drop_database("folded")


def value(connection: psycopg.Connection, sql: str) -> int:
    [(found,)] = connection.execute(sql).fetchall()
    return found


def wait_for(is_so) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.02)


@contextlib.contextmanager
def busy_worker(server: Cluster, database: str):
    """Lets a worker begin with many events; in the block it is at its beginning, and goes on."""
    with server.connect(database) as connection, server.connect(database) as holder:
        holder.execute("BEGIN; LOCK TABLE tenant_metrics.run IN SHARE MODE")
        connection.execute(MANY)
        wait_for(lambda: value(connection, f"{WORKERS} AND wait_event_type = 'Lock'") > 0)
    yield


def test_what_statements_append_is_folded(database):
    for _ in range(100):
        database.execute(FEW)
    # About one in four of the statements asks; the last may not have asked.
    wait_for(lambda: value(database, WAITING) < 50 and value(database, WORKERS) == 0)
    assert value(database, WRONG) == 0


def test_whatever_the_database_says_of_its_sessions(database):
    database.execute("""
        ALTER DATABASE folded SET default_transaction_read_only = on;
        ALTER DATABASE folded SET default_transaction_isolation = 'serializable';
        ALTER DATABASE folded SET search_path = nowhere""")
    for _ in range(100):
        database.execute(FEW)
    wait_for(lambda: value(database, WAITING) < 50)
    assert value(database, WRONG) == 0


def test_it_can_be_left_to_hands(database):
    database.execute("SET tenant_metrics.fold_after = 0")
    for _ in range(100):
        database.execute(FEW)
    assert value(database, WAITING) == 100
    database.execute("BEGIN; SET LOCAL ROLE pg_monitor")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute("SET tenant_metrics.fold_after = 1")
    database.execute("ROLLBACK")


def test_what_is_prepared_or_taken_back_is_counted_once_or_never(database):
    database.execute("SET tenant_metrics.fold_after = 1")
    for number in range(4):
        database.execute(f"BEGIN; {FEW}; PREPARE TRANSACTION 'fold_{number}'")
        database.execute(f"BEGIN; {FEW}; ROLLBACK")
        database.execute(FEW)
    for number in range(4):
        database.execute(f"{'COMMIT' if number % 2 else 'ROLLBACK'} PREPARED 'fold_{number}'")
    assert value(database, WRONG) == 0
    assert value(database, "SELECT sum(events)::int FROM tenant_dashboard()") == 6 * 50
    database.execute(FEW)
    wait_for(lambda: value(database, WAITING) == 0)
    assert value(database, WRONG) == 0


def test_a_worker_is_told_to_stop(server, database):
    for _ in range(TRIES):
        with busy_worker(server, "folded"):
            database.execute(WORKERS.replace("count(*)", "pg_terminate_backend(pid)"))
        wait_for(lambda: value(database, WORKERS) == 0)
        assert value(database, WRONG) == 0
        database.execute("TRUNCATE ai_feature_usage")


def test_writers_do_not_wait_for_a_worker(server, database):
    database.execute("SET lock_timeout = '1s'; SET tenant_metrics.fold_after = 0")
    with busy_worker(server, "folded"):
        for _ in range(20):
            database.execute(FEW)
        database.execute("DELETE FROM ai_feature_usage WHERE tenant_id = 7")
    assert value(database, "SELECT events::int FROM tenant_dashboard_for('{7}')") == 0
    assert value(database, WRONG) == 0


def test_a_database_is_dropped_under_a_worker(server):
    for _ in range(TRIES):
        server.create_database("dropped")
        with server.connect("dropped") as connection:
            connection.execute(TABLES)
        with busy_worker(server, "dropped"), server.connect() as connection:
            # The server waits five seconds for others, and fails then.
            connection.execute("DROP DATABASE dropped")


def test_the_extension_is_dropped_under_a_worker(server):
    server.create_database("bared")
    with server.connect("bared") as connection:
        connection.execute(TABLES)
        with busy_worker(server, "bared"):
            connection.execute("DROP EXTENSION tenant_metrics CASCADE")
        wait_for(lambda: value(connection, WORKERS) == 0)
    server.drop_database("bared")


def test_the_server_stops_under_a_worker():
    with Cluster(PG_CONFIG, {"tenant_metrics.fold_after": "200", "fsync": "on"}) as server:
        with server.connect() as connection:
            connection.execute(TABLES)
        for _ in range(TRIES):
            with busy_worker(server, "postgres"):
                server.run("pg_ctl", "--pgdata", server.data, "--mode", "fast", "--silent", "--wait", "stop")
            server.start()
            with server.connect() as connection:
                assert value(connection, WRONG) == 0
                connection.execute("TRUNCATE ai_feature_usage")


def test_no_worker_is_free():
    settings = {"tenant_metrics.fold_after": "1", "max_worker_processes": "0"}
    with Cluster(PG_CONFIG, settings) as server, server.connect() as connection:
        connection.execute(TABLES)
        told = []
        connection.add_notice_handler(lambda notice: told.append((notice.message_primary, notice.message_hint)))
        for _ in range(3):
            connection.execute(FEW)
        assert told == [
            (
                "no background worker was free to fold summaries",
                "They stay exact. Call tenant_metrics.compact(), or raise max_worker_processes.",
            )
        ]
        assert value(connection, WAITING) == 3
        connection.execute("CALL tenant_metrics.compact()")
        assert value(connection, WAITING) == 0
        assert value(connection, WRONG) == 0
