"""The model of a SaaS product, with its three definitions as hybrid properties.

A hybrid has two sides. On the class, in a SELECT, WHERE or ORDER BY, it is one
function call per row, which the server answers in one pass for all rows. On an
instance it asks for that tenant in the session that the instance belongs to,
so both sides share one definition. For many instances, load the relationship
Tenant.dashboard with them instead: asking one by one is SELECT N+1.
"""

from __future__ import annotations

import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    Numeric,
    Select,
    String,
    Table,
    func,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    foreign,
    mapped_column,
    object_session,
    relationship,
)


class Base(DeclarativeBase):
    pass


class Tenant(Base):
    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))

    @hybrid_property
    def adoption_rate(self) -> float:
        """The part of the product's features that the tenant uses."""
        return ask(self, Tenant.adoption_rate)

    @adoption_rate.inplace.expression
    @classmethod
    def _adoption_rate(cls):
        return func.tenant_adoption_rate(cls.id, type_=Float)

    @hybrid_property
    def subtree_cost(self) -> Decimal:
        """What the tenant and all tenants below it cost."""
        return ask(self, Tenant.subtree_cost)

    @subtree_cost.inplace.expression
    @classmethod
    def _subtree_cost(cls):
        return func.tenant_subtree_cost(cls.id, type_=Numeric)

    @hybrid_property
    def depth(self) -> int:
        """The number of tenants above this one."""
        return ask(self, Tenant.depth)

    @depth.inplace.expression
    @classmethod
    def _depth(cls):
        return func.tenant_depth(cls.id, type_=Integer)

    @hybrid_method
    def cost(self, since: datetime.datetime | None, until: datetime.datetime | None) -> Decimal:
        """What the tenant's own usage in [since, until) costs."""
        return ask(self, Tenant.cost(since, until))

    @cost.inplace.expression
    @classmethod
    def _cost(cls, since, until):
        return func.tenant_cost(cls.id, since, until, type_=Numeric)

    dashboard: Mapped[TenantDashboard | None] = relationship(
        primaryjoin=lambda: Tenant.id == foreign(TenantDashboard.tenant_id),
        viewonly=True,
        uselist=False,
    )


def ask(tenant: Tenant, definition):
    """The value of a hybrid's SQL side for one instance."""
    return object_session(tenant).scalar(select(definition).where(Tenant.id == tenant.id))


class Usage(Base):
    __tablename__ = "ai_feature_usage"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    feature_name: Mapped[str | None]
    inference_cost: Mapped[float | None]
    created_at: Mapped[datetime.datetime | None]


class TenantDashboard(Base):
    """The view tenant_metrics.dashboard: all columns of all tenants, read only."""

    __table__ = Table(
        "dashboard",
        Base.metadata,
        Column("tenant_id", BigInteger, primary_key=True),
        Column("parent_id", BigInteger),
        Column("depth", Integer),
        Column("height", Integer),
        Column("tree_status", String),
        Column("descendants", BigInteger),
        Column("events", BigInteger),
        Column("subtree_events", BigInteger),
        Column("features_used", Integer),
        Column("subtree_features_used", Integer),
        Column("adoption_rate", Float),
        Column("subtree_adoption_rate", Float),
        Column("cost", Numeric),
        Column("subtree_cost", Numeric),
        Column("unpriced_events", BigInteger),
        Column("last_used", DateTime(timezone=True)),
        Column("subtree_last_used", DateTime(timezone=True)),
        schema="tenant_metrics",
    )


def tenants_with_metrics(root: int, since: datetime.datetime, until: datetime.datetime) -> Select:
    """The tenants below root joined to one call of a set-returning reader."""
    metrics = (
        func.tenant_dashboard(root, since, until)
        .table_valued(
            Column("tenant_id", BigInteger),
            Column("events", BigInteger),
            Column("subtree_cost", Numeric),
            Column("subtree_features_used", Integer),
        )
        .alias("metrics")
    )
    return (
        select(
            Tenant.name,
            metrics.c.events,
            metrics.c.subtree_cost,
            metrics.c.subtree_features_used,
        )
        .join(metrics, metrics.c.tenant_id == Tenant.id)
        .order_by(Tenant.name)
    )
