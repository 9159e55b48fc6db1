"""psycopg 3: every reader with bound parameters, and what to copy."""

from __future__ import annotations

import datetime
import functools
import json
from decimal import Decimal
from uuid import UUID

import psycopg
import psycopg.rows
import psycopg.types.json
import pytest

from readers import CALLS, assert_same, example

UTC = datetime.timezone.utc
JANUARY = (datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 2, 1, tzinfo=UTC))

# The ways in which psycopg sends parameters: to the server (its default, with
# the smallest integer type that fits), in the text of the statement, and to a
# prepared statement, which the server may plan once for all values.
STYLES = {
    "server-side": {},
    "client-side": {"cursor_factory": psycopg.ClientCursor},
    "prepared": {"prepare_threshold": 0},
    "generic plan": {
        "prepare_threshold": 0,
        "options": "-c plan_cache_mode=force_generic_plan",
    },
}


@pytest.fixture(params=STYLES)
def connection(request, cluster, model):
    with psycopg.connect(cluster.dsn(model), **STYLES[request.param]) as connection:
        exact_json(connection)
        yield connection


def exact_json(connection):
    """Costs in a JSON tree become Decimal; Python's default is float."""
    loads = functools.partial(json.loads, parse_float=Decimal)
    psycopg.types.json.set_json_loads(loads, connection)


def call_every_reader(connection, binary=False):
    for call in CALLS:
        statement = call.sql(lambda _, name: f"%({name})s")
        rows = connection.execute(statement, call.arguments, binary=binary).fetchall()
        assert_same(rows, call.rows, f"{statement} with {call.arguments}")


def test_every_reader_returns_the_expected_rows(connection):
    call_every_reader(connection)


def test_every_reader_with_binary_results(cluster, model):
    with psycopg.connect(cluster.dsn(model)) as connection:
        exact_json(connection)
        call_every_reader(connection, binary=True)


def test_scalars_filter_and_sort_rows(connection):
    rows = connection.execute(
        """
        SELECT name, tenant_adoption_rate(id), tenant_subtree_cost(id), tenant_depth(id)
        FROM tenants
        WHERE tenant_subtree_cost(id) > %s
        ORDER BY tenant_subtree_cost(id) DESC, id
        """,
        [Decimal("50")],
    ).fetchall()
    assert_same(rows, example("per_row"))


def test_set_returning_joined_to_the_tenants(connection):
    rows = connection.execute(
        """
        SELECT t.name, d.events, d.subtree_cost, d.subtree_features_used
        FROM tenants t
        JOIN tenant_dashboard(%(root)s, %(since)s, %(until)s) d ON d.tenant_id = t.id
        ORDER BY t.name
        """,
        {"root": 2, "since": JANUARY[0], "until": JANUARY[1]},
    ).fetchall()
    assert_same(rows, example("january"))


def test_the_tenants_of_a_page_are_given_as_an_array(connection):
    rows = connection.execute("SELECT tenant_id, cost, last_used FROM tenant_dashboard_for(%s)", [[7, 1, 9]]).fetchall()
    assert_same(rows, example("page"))


def test_the_view_returns_the_expected_rows(connection):
    rows = connection.execute(
        """
        SELECT tenant_id, tree_status, cost
        FROM tenant_metrics.dashboard
        WHERE cost > %s
        ORDER BY cost DESC
        """,
        [5],
    ).fetchall()
    assert_same(rows, example("view"))


def test_the_views_of_uuids_and_texts_return_the_expected_rows(connection):
    (whole_forest,) = (
        call for call in CALLS if call.function == "tenant_dashboard_uuid" and list(call.arguments) == ["source"]
    )
    # The views show the default source, which is one of integers in model.sql.
    with connection.transaction(force_rollback=True):
        connection.execute(
            """
            SELECT tenant_metrics.setup('accounts', 'account_usage',
                tenant_id => 'account', parent_id => 'parent',
                usage_tenant => 'account', usage_feature => 'feature', usage_cost => 'cost',
                usage_time => 'used_at', features => %s)
            """,
            [["chat", "search", "summary", "translate"]],
        )
        for view in ("dashboard_uuid", "dashboard_text"):
            rows = connection.execute(f"SELECT * FROM tenant_metrics.{view}").fetchall()
            id_type = UUID if view == "dashboard_uuid" else str
            assert_same(rows, [with_ids(id_type, row) for row in whole_forest.rows])


def with_ids(id_type, row):
    """A dashboard's row with its two ids as another type."""
    return (*(tenant and id_type(str(tenant)) for tenant in row[:2]), *row[2:])


def test_columns_have_names(connection):
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute("SELECT * FROM tenant_subtree_costs(%s)", [7])
        assert cursor.fetchall() == [
            {"tenant_id": 7, "subtree_cost": Decimal("0.8")},
            {"tenant_id": 8, "subtree_cost": Decimal("0")},
        ]


def test_a_naive_bound_is_read_in_the_time_zone_of_the_session(connection):
    connection.execute("SET TIME ZONE 'UTC'")
    since, until = (bound.replace(tzinfo=None) for bound in JANUARY)
    row = connection.execute("SELECT tenant_events(%s, %s, %s)", [5, since, until]).fetchone()
    assert row == (3,)


@pytest.mark.parametrize(
    ("error", "statement", "parameters"),
    [
        (
            psycopg.errors.InvalidParameterValue,
            "SELECT tenant_cost(%s, since => %s, until => %s)",
            [1, JANUARY[1], JANUARY[0]],
        ),
        (
            psycopg.errors.UndefinedObject,
            "SELECT tenant_cost(%s, source => %s)",
            [1, "nowhere"],
        ),
        (
            psycopg.errors.DatatypeMismatch,
            "SELECT tenant_cost(%s, source => %s)",
            [1, "accounts"],
        ),
        (
            psycopg.errors.InvalidTextRepresentation,
            "SELECT tenant_cost_text(%s)",
            ["acme"],
        ),
    ],
    ids=["until before since", "unknown source", "wrong id type", "text that is no id"],
)
def test_errors_have_a_class_of_their_own(connection, error, statement, parameters):
    with pytest.raises(error):
        connection.execute(statement, parameters)
