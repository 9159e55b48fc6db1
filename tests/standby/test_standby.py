"""Every reader answers on a hot standby, and goes on answering after promotion."""

from __future__ import annotations

import time

import psycopg
import pytest

from cluster import ROOT, Cluster

MODEL = ROOT / "tests" / "clients" / "model.sql"

# A source of model.sql for each suffix that a reader's name can have, and how
# an id is written there.
SOURCES = {
    "": ("default", "{}"),
    "_uuid": ("accounts", "'00000000-0000-4000-8000-{:012d}'::uuid"),
    "_text": ("workspaces", "(ARRAY['acme', 'acme/europe'])[{}]"),
}

READERS = """
SELECT p.proname, coalesce(p.proargnames[:p.pronargs], '{}')
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE p.proname LIKE 'tenant\\_%' AND p.prokind = 'f'
ORDER BY 1
"""


@pytest.fixture(scope="module")
def primary(pg_config):
    # So that what is committed is written, and catch_up waits for it.
    with Cluster(pg_config, {"synchronous_commit": "on"}) as cluster:
        with cluster.connect() as connection:
            connection.execute("CREATE EXTENSION tenant_metrics")
            connection.execute(MODEL.read_text())
        yield cluster


@pytest.fixture
def standby(primary):
    with primary.standby() as standby:
        catch_up(primary, standby)
        yield standby


def catch_up(primary: Cluster, standby: Cluster) -> None:
    """Waits until the standby has replayed what the primary has written."""
    with primary.connect() as sender, standby.connect() as receiver:
        (written,) = sender.execute("SELECT pg_current_wal_lsn()").fetchone()
        for _ in range(600):
            if receiver.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (written,)).fetchone()[0]:
                return
            time.sleep(0.1)
    raise AssertionError("the standby does not follow its primary")


def calls(connection: psycopg.Connection) -> list[str]:
    """Two calls of every reader that the extension has, without and with its optional arguments."""
    statements = [
        "SELECT * FROM tenant_metrics.dashboard",
        "SELECT * FROM tenant_metrics.integrity('default')",
        "SELECT * FROM tenant_metrics.explain()",
    ]
    for name, arguments in connection.execute(READERS):
        suffix = next(suffix for suffix in ("_uuid", "_text", "") if name.endswith(suffix))
        source, tenant = SOURCES[suffix]
        values = {
            "id": tenant.format(2),
            "ancestor": tenant.format(1),
            "ids": f"ARRAY[{tenant.format(2)}, {tenant.format(1)}]",
            "source": f"'{source}'",
            "n": "3",
            "measure": "'cost'",
        }
        window = {"since": "'2026-01-01 00:00+00'", "until": "'2026-02-01 00:00+00'"}
        if name.startswith("tenant_compare"):
            values |= window
        options = {
            **window,
            "root": tenant.format(2),
            "max_depth": "1",
        }
        for given in (values, values | options):
            passed = ", ".join(f"{argument} => {given[argument]}" for argument in arguments if argument in given)
            statements.append(f"SELECT * FROM {name}({passed})")
    return statements


def answers(connection: psycopg.Connection) -> dict[str, list[tuple]]:
    return {statement: connection.execute(statement).fetchall() for statement in calls(connection)}


def test_readers_agree_with_the_primary(primary, standby):
    with primary.connect() as there, standby.connect() as here:
        wanted = answers(there)
        assert len(wanted) > 100
        got = answers(here)
        for statement, rows in wanted.items():
            assert got[statement] == rows, statement
        sources = [name for (name,) in here.execute("SELECT source FROM tenant_metrics.status()")]
        assert {"accounts", "workspaces"} <= set(sources)


def test_standby_follows(primary, standby):
    cost = "SELECT tenant_cost(8)"
    with primary.connect() as there, standby.connect() as here:
        (before,) = here.execute(cost).fetchone()
        there.execute("INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost) VALUES (8, 'chat', 0.5)")
        catch_up(primary, standby)
        assert here.execute(f"{cost} - %s = 0.5", (before,)).fetchone() == (True,)


@pytest.mark.parametrize(
    "call",
    [
        "tenant_metrics.setup('tenants', 'ai_feature_usage')",
        "tenant_metrics.teardown('accounts')",
    ],
)
def test_changes_are_refused(standby, call):
    with standby.connect() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute(f"SELECT {call}")


def test_session_survives_promotion(primary, standby):
    with standby.connect() as connection:
        before = answers(connection)
        standby.promote()
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        after = answers(connection)
        for statement, rows in before.items():
            assert after[statement] == rows, statement
        connection.execute("INSERT INTO ai_feature_usage (tenant_id, feature_name) VALUES (8, 'vision')")
        assert connection.execute("SELECT tenant_events(8) > 0").fetchone() == (True,)
        connection.execute("SELECT tenant_metrics.teardown('accounts')")
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute("SELECT * FROM tenant_dashboard_uuid(source => 'accounts')")
