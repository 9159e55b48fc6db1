"""Tenants with their metrics in SQLAlchemy 2 over asyncpg."""

import asyncio
import json
import os

from models import Dashboard, Tenant
from sqlalchemy import Integer, Numeric, column, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg")


def expensive(bound):
    """A scalar for each tenant, selected, filtered by and ordered by."""
    return (
        select(Tenant.id, Tenant.name, Tenant.adoption_rate, Tenant.subtree_cost)
        .where(Tenant.subtree_cost > bound)
        .order_by(Tenant.subtree_cost.desc())
    )


def below(root):
    """The set-returning function joined to the tenants."""
    dashboard = func.tenant_dashboard(root).table_valued(
        column("tenant_id", Integer), column("depth", Integer), column("subtree_cost", Numeric)
    )
    return (
        select(Tenant.id, Tenant.name, dashboard.c.depth, dashboard.c.subtree_cost)
        .join(dashboard, dashboard.c.tenant_id == Tenant.id)
        .order_by(Tenant.name)
    )


def roots():
    """The view as an entity."""
    return (
        select(Dashboard.tenant_id, Dashboard.subtree_events, Dashboard.cost)
        .where(Dashboard.depth == 0)
        .order_by(Dashboard.tenant_id)
    )


async def main():
    queries = {"expensive": expensive(bound=10), "below": below(root=2), "roots": roots()}
    engine = create_async_engine(URL)
    async with AsyncSession(engine) as session:
        rows = {name: [tuple(row) for row in await session.execute(query)] for name, query in queries.items()}
    await engine.dispose()
    # A Decimal prints all its digits.
    print(json.dumps(rows, default="{:f}".format))


if __name__ == "__main__":
    asyncio.run(main())
