"""The seed of the problem: the model as an ORM has it, with its adoption rate written twice.

`Tenant.adoption_rate` of a loaded object asks the database once for each object; in a query it is
a correlated subquery, the usual cure.
"""

from sqlalchemy import ForeignKey, distinct, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, object_session

FEATURE_COUNT = 9.0


class Base(DeclarativeBase):
    """The declarative base of the model."""


class Usage(Base):
    """One use of one AI feature by one tenant; the columns that the adoption rate does not need are left out."""

    __tablename__ = "ai_feature_usage"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    feature_name: Mapped[str]


class Tenant(Base):
    """A customer, or a part of one."""

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))

    @hybrid_property
    def adoption_rate(self) -> float:
        """One more statement for this tenant."""
        features = select(func.count(distinct(Usage.feature_name))).where(Usage.tenant_id == self.id)
        return object_session(self).scalar(features) / FEATURE_COUNT

    @adoption_rate.inplace.expression
    @classmethod
    def _adoption_rate_expression(cls):
        """One aggregation for each tenant, in one statement."""
        features = select(func.count(distinct(Usage.feature_name))).where(Usage.tenant_id == cls.id).scalar_subquery()
        return features / FEATURE_COUNT


def n_plus_one(session) -> dict[int, float]:
    """The adoption rates as a page reads them that loops over the tenants."""
    return {tenant.id: tenant.adoption_rate for tenant in session.scalars(select(Tenant))}


def hybrid_statement(session) -> dict[int, float]:
    """The adoption rates by the hybrid property's SQL side."""
    return dict(session.execute(select(Tenant.id, Tenant.adoption_rate)).all())


def function_per_row(session) -> dict[int, float]:
    """The adoption rates by a SQL side that is one function call."""
    return dict(session.execute(select(Tenant.id, func.tenant_adoption_rate(Tenant.id))).all())
