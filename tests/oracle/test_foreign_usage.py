"""A foreign table as usage, or as a part of it, gives the same answers as a plain one."""

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
    case = cases.new_case(seed, layout=("foreign", "foreign part")[seed % 2])
    # The other side of the loop cannot see rows that are not committed.
    case.changes_rows = False
    run(loopback.get(), case, replay, check)


# Windows whose bounds, or those of what readers make of them, are at the ends of time.
ENDS = [
    "tenant_dashboard(until => '294276-12-31 23:59:59.999999+00')",
    "tenant_dashboard(since => '4714-11-24 00:00:00+00 BC', until => '294276-12-26 00:00:00+00')",
    "tenant_compare(since => '0001-01-01 00:00:00+00', until => '294276-12-31 00:00:00+00')",
    "tenant_compare(since => '4714-11-25 00:00:00+00 BC', until => '2024-01-03 00:00:00+00')",
    "tenant_feature_adoption(NULL, '0001-01-01 00:00:00+00', '294276-12-31 00:00:00+00')",
    "tenant_activity(NULL, '294276-12-31 12:00:00+00')",
    "tenant_activity(NULL, '4714-11-26 12:00:00+00 BC')",
]

ENDS_OF_TIME = """
CREATE SCHEMA ends;
CREATE TABLE ends.tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO ends.tenants VALUES (1, NULL), (2, 1);
CREATE TABLE ends.plain (tenant_id int, feature_name text, inference_cost float8, created_at {type});
INSERT INTO ends.plain VALUES (1, 'f', 1, '2024-01-01'), (2, 'g', 2, '2024-01-02'), (2, 'h', 4, '294276-12-30');
CREATE FOREIGN TABLE ends.far (tenant_id int, feature_name text, inference_cost float8, created_at {type})
    SERVER loopback OPTIONS (schema_name 'ends', table_name 'plain');
SELECT tenant_metrics.setup('ends.tenants', 'ends.plain', 'ends plain', time_zone => 'Asia/Tokyo');
SELECT tenant_metrics.setup('ends.tenants', 'ends.far', 'ends far', time_zone => 'Asia/Tokyo')
"""


@pytest.mark.parametrize("time_type", ["timestamp", "timestamptz", "date"])
@pytest.mark.parametrize("engine", ["auto", "portable"])
def test_windows_at_the_ends_of_time_reach_a_foreign_server(loopback, time_type, engine):
    connection = loopback.get()
    try:
        connection.execute(ENDS_OF_TIME.replace("{type}", time_type))
        connection.execute(sql.SQL("SET tenant_metrics.engine = {}").format(engine))
        for call in ENDS:
            near, far = (
                connection.execute(f"SELECT r::text FROM {call[:-1]}, source => 'ends {usage}') AS r").fetchall()
                for usage in ("plain", "far")
            )
            assert near == far, call
            assert near, call
    finally:
        connection.execute("RESET tenant_metrics.engine")
        connection.execute(
            "SELECT tenant_metrics.teardown('ends ' || usage) FROM unnest('{plain,far}'::text[]) AS usage"
        )
        connection.execute("DROP SCHEMA ends CASCADE")
