"""Errors show clients what they need, and nothing of how the library is made."""

from __future__ import annotations

import psycopg
import pytest

from cluster import Cluster

TABLES = """
CREATE EXTENSION tenant_metrics;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE VIEW ai_feature_usage AS
    SELECT 1 AS tenant_id, 'f' AS feature_name, 1 / (n - n) AS inference_cost, now() AS created_at
    FROM generate_series(1, 1) AS n;
INSERT INTO tenants VALUES (1, NULL)
"""

# One of the library's own, one of the server's own below a reader, one of an aggregate.
ERRORS = {
    "SELECT tenant_cost(1, source => 'nowhere')": "42704",
    "SELECT * FROM tenant_dashboard()": "22012",
    "SELECT tenant_metrics.usage_state(true, 'f', 1, now())": "42804",
}


@pytest.mark.parametrize("preloaded", ["", "tenant_metrics"])
def test_no_error_shows_a_backtrace(pg_config, preloaded):
    environment = {"RUST_BACKTRACE": "full", "RUST_LIB_BACKTRACE": "1"}
    with Cluster(pg_config, {"shared_preload_libraries": preloaded}, environment=environment) as cluster:
        with cluster.connect() as connection:
            connection.execute(TABLES)
            for statement, sqlstate in ERRORS.items():
                with pytest.raises(psycopg.Error) as raised:
                    connection.execute(statement)
                shown = raised.value.diag
                assert shown.sqlstate == sqlstate
                assert "backtrace" not in f"{shown.message_detail} {shown.message_hint}"
                assert ".rs" not in f"{shown.message_detail} {shown.message_hint}"
        assert "stack backtrace" not in cluster.log.read_text()
