"""asyncpg: every reader with bound parameters, and what to copy.

asyncpg asks the server for the type of each parameter, so an id is sent as
the function declares it, and every statement is a prepared one.
"""

from __future__ import annotations

import datetime
import functools
import json
from decimal import Decimal

import asyncpg
import pytest
import pytest_asyncio

from readers import CALLS, assert_same, example

pytestmark = pytest.mark.asyncio

UTC = datetime.timezone.utc
JANUARY = (datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 2, 1, tzinfo=UTC))


# Without its cache, as behind a pooler that does not keep prepared statements,
# asyncpg prepares an unnamed statement for each call.
@pytest_asyncio.fixture(params=[100, 0], ids=["cached statements", "no cached statements"])
async def connection(request, cluster, model):
    connection = await asyncpg.connect(
        host=cluster.host,
        port=cluster.port,
        user="postgres",
        database=model,
        statement_cache_size=request.param,
    )
    # asyncpg returns jsonb as text; parsed like this, costs stay exact.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=json.dumps,
        decoder=functools.partial(json.loads, parse_float=Decimal),
    )
    yield connection
    await connection.close()


async def test_every_reader_returns_the_expected_rows(connection):
    for call in CALLS:
        statement = call.sql(lambda number, _: f"${number}")
        rows = await connection.fetch(statement, *call.arguments.values())
        assert_same(rows, call.rows, f"{statement} with {call.arguments}")


async def test_a_prepared_statement_for_many_ids(connection):
    subtree_cost = await connection.prepare("SELECT tenant_subtree_cost($1)")
    assert [str(await subtree_cost.fetchval(tenant)) for tenant in (2, 7, 8)] == [
        "54.930002",
        "0.8",
        "0",
    ]
    assert await subtree_cost.fetchval(1000) is None
    assert await subtree_cost.fetchval(None) is None


async def test_scalars_filter_and_sort_rows(connection):
    rows = await connection.fetch(
        """
        SELECT name, tenant_adoption_rate(id), tenant_subtree_cost(id), tenant_depth(id)
        FROM tenants
        WHERE tenant_subtree_cost(id) > $1
        ORDER BY tenant_subtree_cost(id) DESC, id
        """,
        Decimal("50"),
    )
    assert_same(rows, example("per_row"))


async def test_set_returning_joined_to_the_tenants(connection):
    rows = await connection.fetch(
        """
        SELECT t.name, d.events, d.subtree_cost, d.subtree_features_used
        FROM tenants t
        JOIN tenant_dashboard($1, $2, $3) d ON d.tenant_id = t.id
        ORDER BY t.name
        """,
        2,
        *JANUARY,
    )
    assert_same(rows, example("january"))


async def test_the_tenants_of_a_page_are_given_as_an_array(connection):
    rows = await connection.fetch("SELECT tenant_id, cost, last_used FROM tenant_dashboard_for($1)", [7, 1, 9])
    assert_same(rows, example("page"))


async def test_the_view_returns_the_expected_rows(connection):
    rows = await connection.fetch(
        """
        SELECT tenant_id, tree_status, cost
        FROM tenant_metrics.dashboard
        WHERE cost > $1
        ORDER BY cost DESC
        """,
        5,
    )
    assert_same(rows, example("view"))


async def test_a_cursor_returns_the_expected_rows(connection):
    async with connection.transaction():
        costs = connection.cursor("SELECT * FROM tenant_subtree_costs($1)", 7, prefetch=1)
        rows = [(row["tenant_id"], row["subtree_cost"]) async for row in costs]
    assert_same(rows, [(7, Decimal("0.8")), (8, Decimal("0"))])


@pytest.mark.parametrize(
    ("error", "statement", "parameters"),
    [
        (
            asyncpg.InvalidParameterValueError,
            "SELECT tenant_cost($1, since => $2, until => $3)",
            [1, JANUARY[1], JANUARY[0]],
        ),
        (
            asyncpg.UndefinedObjectError,
            "SELECT tenant_cost($1, source => $2)",
            [1, "nowhere"],
        ),
        (
            asyncpg.DatatypeMismatchError,
            "SELECT tenant_cost($1, source => $2)",
            [1, "accounts"],
        ),
        (
            asyncpg.InvalidTextRepresentationError,
            "SELECT tenant_cost_text($1)",
            ["acme"],
        ),
    ],
    ids=["until before since", "unknown source", "wrong id type", "text that is no id"],
)
async def test_errors_have_a_class_of_their_own(connection, error, statement, parameters):
    with pytest.raises(error):
        await connection.fetch(statement, *parameters)
