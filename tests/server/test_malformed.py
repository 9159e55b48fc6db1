"""No call breaks the server, and every error says what the caller did wrong."""

from __future__ import annotations

import os
import random

import psycopg
import pytest
from psycopg import sql

from calls import HOSTILE_NAMES, functions, malformed_call

CALLS = 2_000

# The SQLSTATEs of what callers can do wrong or may wish too much of begin so: not supported, cardinality,
# data, the statement or its objects, resources, limits, the state of summaries, and the timeout of this test.
FAULTS = ("0A", "21", "22", "42", "53", "54", "55000", "57014")
# Words of a broken promise: the implementation showing.
FORBIDDEN = ("pgrx", "backtrace", "panicked", "unwrap", ".rs:")

TABLES = """
CREATE TABLE tenants (id int PRIMARY KEY, name text, parent_id int);
CREATE TABLE ai_feature_usage (
    tenant_id int, feature_name text, inference_cost float8, created_at timestamp
);
INSERT INTO tenants VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'own parent', 3), (4, 'orphan', 99);
INSERT INTO ai_feature_usage
SELECT i % 5, 'feature ' || i % 3, i, '2026-01-01' FROM generate_series(1, 100) AS i;
CREATE VIEW a_view AS SELECT * FROM tenants;
CREATE SEQUENCE a_sequence;
CREATE TYPE a_type AS (id int);
CREATE TABLE canary ();
CREATE TABLE accounts (id uuid PRIMARY KEY, parent_id uuid);
CREATE TABLE account_usage (
    tenant_id uuid, feature_name text, inference_cost numeric, created_at timestamptz
);
CREATE TABLE workspaces (id text PRIMARY KEY, parent_id text);
CREATE TABLE workspace_usage (
    tenant_id text, feature_name text, inference_cost int, created_at date
);
INSERT INTO accounts VALUES ('00000000-0000-0000-0000-000000000000', NULL);
INSERT INTO workspaces VALUES ('1', ''), ('', '1'), ('2', NULL);
SELECT tenant_metrics.setup('accounts', 'account_usage', source => 'uuids');
SELECT tenant_metrics.setup('workspaces', 'workspace_usage', source => 'texts');
"""


def complaint(error: psycopg.Error) -> str | None:
    """What is wrong with an error, if anything."""
    shown = error.diag
    if not (error.sqlstate or "").startswith(FAULTS):
        return f"SQLSTATE {error.sqlstate}: {error}"
    texts = (shown.message_primary, shown.message_detail, shown.message_hint, shown.context)
    text = " ".join(filter(None, texts)).lower()
    found = [word for word in FORBIDDEN if word in text]
    return f"{found} in: {error}" if found else None


def test_calls_answer_or_say_what_the_caller_did_wrong(database):
    seed = int(os.environ["TENANT_METRICS_SEED"])
    print(f"replay with TENANT_METRICS_SEED={seed}")
    chance = random.Random(seed)
    database.execute(TABLES)
    database.execute("CALL tenant_metrics.enable_summaries()")
    database.execute("SET client_min_messages = error")
    # A series of all days that there can be is a legal wish; it may end with either error.
    database.execute("SET statement_timeout = '5s'; SET temp_file_limit = '1GB'")
    (backend,) = database.execute("SELECT pg_backend_pid()").fetchone()
    offered = functions(database)
    answered, refused = set(), set()
    for number in range(CALLS):
        function = offered[number % len(offered)]
        call = malformed_call(chance, function)
        try:
            # Undone, so that no call takes a source away from the next ones.
            with database.transaction(force_rollback=True):
                database.execute(call)
            answered.add(function)
        except psycopg.Error as error:
            refused.add(function)
            problem = complaint(error)
            assert problem is None, f"seed {seed}, call {number}: {call}\n{problem}"
    assert database.execute("SELECT pg_backend_pid()").fetchone() == (backend,)
    assert database.execute("SELECT count(*) FROM canary").fetchone() == (0,)
    # The calls are neither all sensible nor all nonsense.
    assert len(answered) > len(offered) * 2 / 3
    assert len(refused) > len(offered) * 3 / 4


def create_hostile(connection: psycopg.Connection, name: str) -> None:
    """The model under a hostile name: schema, tables, columns, features and the source."""
    connection.execute(
        sql.SQL(
            """
            CREATE SCHEMA {name};
            CREATE TABLE {tenants} ({name} int PRIMARY KEY, {other} int);
            CREATE TABLE {usage} ({name} int, {feature} text, {cost} float8, {other} timestamp);
            CREATE TABLE {catalogue} ({name} text);
            INSERT INTO {tenants} SELECT id, parent_id FROM tenants;
            INSERT INTO {usage}
            SELECT tenant_id, {value} || feature_name, inference_cost, created_at FROM ai_feature_usage;
            INSERT INTO {catalogue} SELECT DISTINCT {value} || feature_name FROM ai_feature_usage;
            """
        ).format(
            name=sql.Identifier(name),
            # Names are cut at 63 bytes, so these differ from the first at their start.
            other=sql.Identifier(f"2{name}"),
            feature=sql.Identifier(f"3{name}"),
            cost=sql.Identifier(f"4{name}"),
            tenants=sql.Identifier(name, name),
            usage=sql.Identifier(name, f"2{name}"),
            catalogue=sql.Identifier(name, f"3{name}"),
            value=sql.Literal(name),
        )
    )


def set_up_hostile(connection: psycopg.Connection, name: str) -> None:
    def relation(number: str) -> str:
        return sql.Identifier(name, f"{number}{name}").as_string(connection)

    connection.execute(
        """
        SELECT tenant_metrics.setup(%s::regclass, %s::regclass, source => %s,
            tenant_id => %s, parent_id => %s, usage_tenant => %s, usage_feature => %s,
            usage_cost => %s, usage_time => %s, feature_table => %s::regclass, feature_column => %s)
        """,
        (
            *(relation(""), relation("2"), name),
            *(name, f"2{name}", name, f"3{name}", f"4{name}", f"2{name}"),
            *(relation("3"), name),
        ),
    )


@pytest.mark.parametrize("engine", ["aggregate", "portable"])
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_change_no_answer(database, name, engine):
    database.execute(TABLES)
    create_hostile(database, name)
    set_up_hostile(database, name)
    database.execute(f"SET tenant_metrics.engine = {engine}")
    for window in ("", "since => '2025-01-01', until => '2027-01-01', "):
        dashboard = f"SELECT tenant_id, subtree_events, features_used, cost FROM tenant_dashboard({window}source => %s)"
        rows = database.execute(dashboard, (name,)).fetchall()
        assert rows == database.execute(dashboard, ("default",)).fetchall()
    assert database.execute("SELECT tenant_subtree_cost(1, source => %s)", (name,)).fetchone()[0] > 0
    with pytest.raises(psycopg.errors.UndefinedObject):
        database.execute("SELECT tenant_cost(1, source => %s)", (f"not {name}",))
    database.execute("SELECT tenant_metrics.teardown(%s)", (name,))
    assert database.execute("SELECT count(*) FROM canary").fetchone() == (0,)
