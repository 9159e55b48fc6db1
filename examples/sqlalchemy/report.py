"""Tenants with their metrics in SQLAlchemy 2 over psycopg 3."""

import json
import os

from models import Dashboard, Tenant
from sqlalchemy import Integer, Numeric, column, create_engine, func, make_url, select
from sqlalchemy.orm import Session

# Without a driver in the URL, SQLAlchemy would look for psycopg2.
URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")


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


if __name__ == "__main__":
    queries = {"expensive": expensive(bound=10), "below": below(root=2), "roots": roots()}
    with Session(create_engine(URL)) as session:
        rows = {name: [tuple(row) for row in session.execute(query)] for name, query in queries.items()}
    # A Decimal prints all its digits.
    print(json.dumps(rows, default="{:f}".format))
