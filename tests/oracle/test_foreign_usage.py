"""A foreign table as usage gives the same answers as a plain one."""

from __future__ import annotations

import subprocess

import pytest
from psycopg import sql

import cases
import test_readers
import test_whole_dashboards
from cluster import Cluster
from connections import prepared


@pytest.fixture(scope="module")
def own_cluster(pg_config):
    """A server that finds the libpq of its own PostgreSQL, which postgres_fdw needs."""
    libdir = subprocess.check_output([pg_config, "--libdir"], text=True).strip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_LIBRARY_PATH", libdir)
        cluster = Cluster(pg_config)
        cluster.__enter__()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="module")
def loopback(own_cluster):
    """The database reads itself through postgres_fdw, over the socket."""
    for connections in prepared(own_cluster, "oracle"):
        connection = connections.get()
        connection.execute("CREATE EXTENSION postgres_fdw")
        connection.execute(
            sql.SQL(
                "CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host {}, port {}, dbname 'oracle')"
            ).format(sql.Literal(own_cluster.host), sql.Literal(str(own_cluster.port)))
        )
        connection.execute("CREATE USER MAPPING FOR PUBLIC SERVER loopback OPTIONS (user 'postgres')")
        yield connections


@pytest.mark.parametrize("check", [test_readers.check_case, test_whole_dashboards.check_case])
def test_foreign_usage_equals_plain_sql(loopback, seed, replay, check):
    case = cases.new_case(seed, layout="foreign")
    # The other side of the loop cannot see rows that are not committed.
    case.changes_rows = False
    test_readers.run(loopback.get(), case, replay, check)


test_foreign_usage_equals_plain_sql.share_of_cases = 0.03
