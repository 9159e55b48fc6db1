"""Tenants with their metrics in SQLModel, over psycopg 3."""

import json
import os
from decimal import Decimal

from sqlalchemy import DDL, BigInteger, Integer, MetaData, Numeric, Text, column, event, make_url
from sqlmodel import Field, Session, SQLModel, create_engine, func, select

# Without a driver in the URL, SQLAlchemy would look for psycopg2.
URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")


class Tenant(SQLModel, table=True):
    __tablename__ = "tenants"
    id: int = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    parent_id: int | None = None


class Dashboard(SQLModel, table=True):
    """The view, in a MetaData of its own, so that create_all does not take it for a table."""

    __tablename__ = "dashboard"
    metadata = MetaData(schema="tenant_metrics")
    tenant_id: int = Field(primary_key=True, sa_type=BigInteger)
    depth: int | None
    subtree_events: int | None = Field(sa_type=BigInteger)
    cost: Decimal


# The migration: create_all makes the extension before the tables.
event.listen(SQLModel.metadata, "before_create", DDL("CREATE EXTENSION IF NOT EXISTS tenant_metrics"))


def queries(bound, root):
    # Typed, so that SQLAlchemy knows a number from an untyped value.
    cost = func.tenant_subtree_cost(Tenant.id, type_=Numeric)
    expensive = select(Tenant.id, Tenant.name, func.tenant_adoption_rate(Tenant.id), cost)
    below = func.tenant_dashboard(root).table_valued(
        column("tenant_id", Integer), column("depth", Integer), column("subtree_cost", Numeric)
    )
    joined = select(Tenant.id, Tenant.name, below.c.depth, below.c.subtree_cost).join(
        below, below.c.tenant_id == Tenant.id
    )
    view = select(Dashboard.tenant_id, Dashboard.subtree_events, Dashboard.cost).where(Dashboard.depth == 0)
    return {
        "expensive": expensive.where(cost > bound).order_by(cost.desc()),
        "below": joined.order_by(Tenant.name),
        "roots": view.order_by(Dashboard.tenant_id),
    }


if __name__ == "__main__":
    engine = create_engine(URL)
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        rows = {name: [tuple(row) for row in session.exec(query)] for name, query in queries(bound=10, root=2).items()}
    print(json.dumps(rows, default="{:f}".format))
