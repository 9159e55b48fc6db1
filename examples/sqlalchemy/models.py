"""The application's two tables, and the extension's view as one more entity."""

import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Numeric, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {str: Text}


class Tenant(Base):
    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[int | None]
    # Deferred: computed where a query names them, not whenever a tenant is loaded.
    adoption_rate: Mapped[float | None] = column_property(func.tenant_adoption_rate(id), deferred=True)
    subtree_cost: Mapped[Decimal] = column_property(func.tenant_subtree_cost(id, type_=Numeric), deferred=True)


class Usage(Base):
    __tablename__ = "ai_feature_usage"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey(Tenant.id))
    feature_name: Mapped[str]
    inference_cost: Mapped[Decimal | None]
    created_at: Mapped[datetime.datetime | None]


class Dashboard(Base):
    """The view has more columns; declare those that you read."""

    __tablename__ = "dashboard"
    __table_args__ = {"schema": "tenant_metrics"}

    tenant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    depth: Mapped[int | None]
    subtree_events: Mapped[int | None] = mapped_column(BigInteger)
    cost: Mapped[Decimal]
