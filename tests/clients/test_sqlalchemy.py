"""SQLAlchemy 2 over psycopg and over asyncpg: hybrids, view, every reader.

Each test is a function of a synchronous session. Over asyncpg it runs inside
AsyncSession.run_sync, which is how synchronous code is called there; the
statements are the same, but each parameter carries a cast to its type.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
import json
from decimal import Decimal

import pytest
from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    Text,
    Uuid,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, joinedload

from readers import CALLS, assert_same, example
from sqlalchemy_model import Tenant, TenantDashboard, Usage, tenants_with_metrics

UTC = datetime.timezone.utc
JANUARY = (datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 2, 1, tzinfo=UTC))
# Without this, Python's json would turn the costs of a tree into floats.
EXACT_JSON = functools.partial(json.loads, parse_float=Decimal)


@pytest.fixture(params=["psycopg", "asyncpg"])
def run(request, cluster, model):
    """Runs a function of a session, whose changes are rolled back."""
    url = URL.create(
        f"postgresql+{request.param}",
        username="postgres",
        database=model,
        query={"host": cluster.host, "port": str(cluster.port)},
    )

    def run_with_psycopg(function):
        engine = create_engine(url, json_deserializer=EXACT_JSON)
        with Session(engine) as session:
            result = function(session)
        engine.dispose()
        return result

    def run_with_asyncpg(function):
        async def run_async():
            engine = create_async_engine(url, json_deserializer=EXACT_JSON)
            async with AsyncSession(engine) as session:
                result = await session.run_sync(function)
            await engine.dispose()
            return result

        return asyncio.run(run_async())

    return {"psycopg": run_with_psycopg, "asyncpg": run_with_asyncpg}[request.param]


def test_hybrids_in_select_where_and_order_by(run):
    statement = (
        select(Tenant.name, Tenant.adoption_rate, Tenant.subtree_cost, Tenant.depth)
        .where(Tenant.subtree_cost > 50)
        .order_by(Tenant.subtree_cost.desc(), Tenant.id)
    )
    assert_same(run(lambda session: session.execute(statement).all()), example("per_row"))


@pytest.mark.parametrize(
    ("definition", "call"),
    [
        (Tenant.adoption_rate, "tenant_adoption_rate(tenants.id)"),
        (Tenant.subtree_cost, "tenant_subtree_cost(tenants.id)"),
        (Tenant.depth, "tenant_depth(tenants.id)"),
    ],
    ids=["adoption_rate", "subtree_cost", "depth"],
)
def test_the_sql_side_of_a_hybrid_is_one_function_call(definition, call):
    (column,) = select(definition).inner_columns
    assert str(column) == call


def test_hybrids_of_an_instance(run):
    def europe(session):
        tenant = session.scalars(select(Tenant).where(Tenant.name == "acme/europe")).one()
        return [(tenant.name, tenant.adoption_rate, tenant.subtree_cost, tenant.depth)]

    assert_same(run(europe), [row for row in example("per_row") if row[0] == "acme/europe"])


def test_a_hybrid_with_a_window(run):
    def lyon(session):
        tenant = session.get(Tenant, 5)
        in_sql = session.scalar(select(Tenant.cost(*JANUARY)).where(Tenant.id == 5))
        return [(tenant.cost(*JANUARY), in_sql, tenant.cost(None, None))]

    cost = Decimal("26.000001")
    assert_same(run(lyon), [(cost, cost, Decimal("26.600002"))])


def test_a_hybrid_sees_what_the_session_has_changed(run):
    def after_one_more_event(session):
        session.add(Usage(tenant_id=8, feature_name="chat", inference_cost=0.1))
        labs, globex = session.get(Tenant, 8), session.get(Tenant, 7)
        return [(labs.subtree_cost, globex.subtree_cost)]

    assert_same(run(after_one_more_event), [(Decimal("0.1"), Decimal("0.9"))])


def test_set_returning_joined_to_the_tenants(run):
    statement = tenants_with_metrics(2, *JANUARY)
    assert_same(run(lambda session: session.execute(statement).all()), example("january"))


def test_the_tenants_of_a_page_are_given_as_an_array(run):
    page = func.tenant_dashboard_for(bindparam("ids", [7, 1, 9], type_=ARRAY(BigInteger))).table_valued(
        "tenant_id", "cost", "last_used"
    )
    statement = select(page.c.tenant_id, page.c.cost, page.c.last_used)
    assert_same(run(lambda session: session.execute(statement).all()), example("page"))


def test_the_view_is_an_entity(run):
    statement = select(TenantDashboard).where(TenantDashboard.cost > 5).order_by(TenantDashboard.cost.desc())

    def rows(session):
        return [(d.tenant_id, d.tree_status, d.cost) for d in session.scalars(statement)]

    assert_same(run(rows), example("view"))


def test_tenants_with_their_dashboard_in_one_statement(run):
    def rows(session):
        statements = []

        @event.listens_for(session.get_bind(), "before_cursor_execute")
        def count(connection, cursor, statement, *_):
            statements.append(statement)

        session.connection()
        statements.clear()
        tenants = session.scalars(select(Tenant).options(joinedload(Tenant.dashboard)).order_by(Tenant.id)).all()
        costs = [(tenant.id, tenant.dashboard.subtree_cost) for tenant in tenants]
        assert len(statements) == 1
        return costs

    (whole_forest,) = (call for call in CALLS if call.function == "tenant_subtree_costs")
    assert_same(run(rows), sorted(whole_forest.rows))


def test_every_reader_returns_the_expected_rows(run):
    def call_every_reader(session):
        for call in CALLS:
            function = getattr(func, call.function)(*arguments(call))
            if call.columns:
                rows = function.table_valued(*call.columns)
                got = session.execute(select(*rows.c)).all()
            else:
                got = session.execute(select(function)).all()
            assert_same(got, call.rows, f"{call.function}{call.positional()}")

    run(call_every_reader)


def arguments(call):
    """The values as they are; only an array has to be told its type."""
    array = ARRAY({"bigint": BigInteger, "uuid": Uuid, "text": Text}[call.id_type])
    return [bindparam(None, value, type_=array) if isinstance(value, list) else value for value in call.positional()]


def test_an_error_keeps_its_sqlstate(run):
    def sqlstate(session):
        with pytest.raises(DBAPIError) as raised:
            session.scalar(select(func.tenant_cost(1, *reversed(JANUARY))))
        return raised.value.orig.sqlstate

    assert run(sqlstate) == "22023"
