"""No answer outlives the rights under which it was given, not even in one statement."""

from __future__ import annotations

import psycopg
import pytest

TABLES = """
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost float8,
    created_at timestamp);
INSERT INTO tenants VALUES (1, 'top', NULL), (2, 'left', 1), (3, 'right', 1);
INSERT INTO ai_feature_usage VALUES
    (1, 'a', 1, '2024-01-01'), (2, 'b', 20, '2024-01-02'), (3, 'c', 300, '2024-01-03');
GRANT SELECT ON tenants, ai_feature_usage TO rights_reader, rights_member;
"""
POLICY = """
ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_setting ON ai_feature_usage
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::int);
"""


@pytest.fixture
def rights(rights_database):
    """Tables of the model, in a transaction that is undone."""
    with rights_database.transaction(force_rollback=True):
        rights_database.execute("CREATE SCHEMA changing; GRANT USAGE ON SCHEMA changing TO PUBLIC")
        rights_database.execute("SET LOCAL search_path = changing, public")
        rights_database.execute(TABLES)
        yield rights_database


def one(connection: psycopg.Connection, query: str):
    row = connection.execute(query).fetchone()
    return row[0] if len(row) == 1 else row


def refused(connection: psycopg.Connection, query: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(query)


def test_a_policy_reads_a_setting_that_changes_between_calls(rights):
    rights.execute(POLICY)
    rights.execute("SET LOCAL ROLE rights_reader")
    costs = one(
        rights,
        """
        SELECT ARRAY[
            CASE WHEN set_config('app.tenant', '2', true) = '2' THEN tenant_subtree_cost(1) END,
            CASE WHEN set_config('app.tenant', '3', true) = '3' THEN tenant_subtree_cost(1) END,
            CASE WHEN set_config('app.tenant', '', true) = '' THEN tenant_subtree_cost(1) END]
        """,
    )
    assert costs == [20, 300, 0]


def test_a_policy_reads_a_setting_that_changes_per_row(rights):
    rights.execute(POLICY)
    rights.execute("SET LOCAL ROLE rights_reader")
    rows = rights.execute(
        """
        SELECT wanted, CASE WHEN set_config('app.tenant', wanted::text, true) IS NOT NULL
                            THEN tenant_subtree_cost(1) END
        FROM generate_series(1, 3) AS wanted
        """
    ).fetchall()
    assert rows == [(1, 1), (2, 20), (3, 300)]


def test_roles_take_turns(rights):
    rights.execute(
        """
        ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
        CREATE POLICY left_only ON tenants TO rights_reader USING (id <> 3);
        CREATE POLICY all_of_them ON tenants TO rights_member USING (true);
        """
    )
    answers = []
    for role in ("rights_reader", "rights_member", "postgres", "rights_reader"):
        rights.execute(f"SET LOCAL ROLE {role}")
        answers.append(one(rights, "SELECT tenant_subtree_cost(1), tenant_cost(3)"))
    assert answers == [(21, None), (321, 300), (321, 300), (21, None)]


def test_a_definer_answers_as_its_owner(rights):
    rights.execute(POLICY)
    rights.execute(
        """
        CREATE FUNCTION changing.as_owner() RETURNS numeric STABLE SECURITY DEFINER
            LANGUAGE sql SET search_path = changing, public
            AS 'SELECT tenant_subtree_cost(1)';
        SET LOCAL ROLE rights_reader;
        SET LOCAL app.tenant = '2';
        """
    )
    query = "SELECT tenant_subtree_cost(1), changing.as_owner(), tenant_subtree_cost(1)"
    assert one(rights, query) == (20, 321, 20)


def test_a_revoked_right_ends_at_once(rights):
    rights.execute("SET LOCAL ROLE rights_reader")
    assert one(rights, "SELECT tenant_cost(2)") == 20
    rights.execute("RESET ROLE; REVOKE SELECT ON ai_feature_usage FROM rights_reader")
    rights.execute("SET LOCAL ROLE rights_reader")
    refused(rights, "SELECT tenant_cost(2)")
    refused(rights, "SELECT * FROM tenant_dashboard()")


def test_a_membership_that_ends_ends_the_rows(rights):
    rights.execute(
        """
        ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
        CREATE POLICY members ON tenants TO rights_group USING (true);
        SET LOCAL ROLE rights_member;
        """
    )
    assert one(rights, "SELECT tenant_subtree_cost(1)") == 321
    rights.execute("RESET ROLE; REVOKE rights_group FROM rights_member")
    rights.execute("SET LOCAL ROLE rights_member")
    assert one(rights, "SELECT tenant_subtree_cost(1)") is None


def test_without_the_cost_column_the_rest_still_answers(rights):
    rights.execute(
        """
        REVOKE SELECT ON ai_feature_usage FROM rights_reader;
        GRANT SELECT (tenant_id, feature_name, created_at) ON ai_feature_usage TO rights_reader;
        SET LOCAL ROLE rights_reader;
        """
    )
    query = "SELECT tenant_events(2), tenant_features_used(2), tenant_last_used(2)::date::text"
    assert one(rights, query) == (1, 1, "2024-01-02")
    for reader in ("tenant_cost(2)", "tenant_subtree_cost(1)", "tenant_dashboard()"):
        refused(rights, f"SELECT {reader}")


def test_row_security_off_is_refused(rights):
    rights.execute(POLICY)
    rights.execute("SET LOCAL ROLE rights_reader; SET LOCAL row_security = off")
    refused(rights, "SELECT tenant_cost(2)")
    refused(rights, "SELECT * FROM tenant_dashboard()")


def test_the_view_answers_as_its_caller(rights):
    rights.execute(POLICY)
    rights.execute("SET LOCAL ROLE rights_reader; SET LOCAL app.tenant = '3'")
    rows = rights.execute("SELECT tenant_id, cost, subtree_cost FROM tenant_metrics.dashboard").fetchall()
    assert rows == [(1, 0, 300), (2, 0, 0), (3, 300, 300)]


def test_errors_do_not_name_rows_that_are_hidden(rights):
    rights.execute(
        """
        INSERT INTO tenants VALUES (777001, 'hidden', 777002), (777002, 'hidden', 777001);
        ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
        CREATE POLICY not_hidden ON tenants TO rights_reader USING (id <> 777001);
        SET LOCAL ROLE rights_reader;
        """
    )
    # With one of its members out of sight there is no cycle, only an orphan.
    assert one(rights, "SELECT tenant_depth(777002), tenant_depth(777001)") == (0, None)
    status = "SELECT tree_status FROM tenant_dashboard(777002)"
    assert one(rights, status) == "orphan"
