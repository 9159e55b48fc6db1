"""A foreign table as usage gives the same answers as a plain one."""

from __future__ import annotations

import pytest
from psycopg import sql

import cases
import question_readers
import tenant_readers
from connections import prepared
from running import run

DATABASE = "oracle_loopback"


@pytest.fixture(scope="module")
def loopback(cluster):
    """The database reads itself through postgres_fdw, over the socket."""
    for connections in prepared(cluster, DATABASE):
        connection = connections.get()
        connection.execute("CREATE EXTENSION postgres_fdw")
        connection.execute(
            sql.SQL(
                "CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host {}, port {}, dbname {})"
            ).format(*map(sql.Literal, (cluster.host, str(cluster.port), DATABASE)))
        )
        connection.execute("CREATE USER MAPPING FOR PUBLIC SERVER loopback OPTIONS (user 'postgres')")
        yield connections


@pytest.mark.share_of_cases(0.03)
@pytest.mark.parametrize(
    "check", [tenant_readers.check_case, question_readers.check_case], ids=["tenants", "questions"]
)
def test_foreign_usage_equals_plain_sql(loopback, seed, replay, check):
    case = cases.new_case(seed, layout="foreign")
    # The other side of the loop cannot see rows that are not committed.
    case.changes_rows = False
    run(loopback.get(), case, replay, check)
