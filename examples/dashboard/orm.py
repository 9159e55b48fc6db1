"""The numbers of the tree as an ORM reads them that follows its relationships: SELECT N+1.

One statement gives the tenants, one more for each tenant what it used. The loop is kinder than
many: every statement adds up in the database, and a parent that is already loaded costs nothing.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import BigInteger, Connection, DateTime, ForeignKey, Numeric, Text, cast, func, literal, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    WriteOnlyMapped,
    mapped_column,
    relationship,
)

FEATURES = 9
COLUMNS = (
    ("id", "name", "parent_id", "depth", "descendants", "events", "subtree_events")
    + ("features_used", "subtree_features_used", "adoption_rate", "subtree_adoption_rate", "cost", "subtree_cost")
    + ("ancestors",)
)


class Base(DeclarativeBase):
    """The declarative base of the model."""

    type_annotation_map = {str: Text, int: BigInteger}


class Tenant(Base):
    """A customer, or a part of one."""

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))
    parent: Mapped["Tenant | None"] = relationship(remote_side=[id])
    usage: WriteOnlyMapped["Usage"] = relationship()


class Usage(Base):
    """One use of one AI feature by one tenant."""

    __tablename__ = "ai_feature_usage"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    feature_name: Mapped[str | None]
    inference_cost: Mapped[Decimal | None]
    created_at: Mapped[datetime.datetime | None]


@dataclass
class Totals:
    """What some events add up to."""

    events: int = 0
    cost: Decimal = Decimal(0)
    features: set[str] = field(default_factory=set)

    def add(self, other: "Totals") -> None:
        self.events += other.events
        self.cost += other.cost
        self.features |= other.features


class OnACycle(Exception):
    """The tenant has no place in the tree."""


def n_plus_one(connection: Connection, asked: dict) -> list[tuple]:
    """The rows of sql/tree.sql, in another order of siblings."""
    with Session(connection) as session:
        tenants = session.scalars(select(Tenant).order_by(Tenant.id)).all()
        children: dict[Tenant | None, list[Tenant]] = {}
        for tenant in tenants:
            children.setdefault(tenant.parent, []).append(tenant)
        placed = list(walk(children, None))
        root = session.get(Tenant, asked["root"]) if asked["root"] is not None else None
        if asked["root"] is not None and root is None:
            return []
        depths = dict(placed)
        if root is not None and root not in depths:
            raise OnACycle(f"tenant {root.id} is on or below a cycle")
        shown = placed if root is None else [(root, depths[root]), *walk(children, root, depths[root] + 1)]
        # Tenants that no root reaches are on a cycle or below one, and have only their own numbers.
        stray = [tenant for tenant in tenants if tenant not in depths] if root is None else []
        own = {tenant: used(session, tenant, asked) for tenant in [*dict(shown), *stray]}
        return [*rows(shown, own, root), *(row_of(tenant, None, own[tenant]) for tenant in stray)]


def walk(children: dict, top: Tenant | None, depth: int = 0) -> Iterator[tuple[Tenant, int]]:
    """The tenants below `top` with their depths, parents first."""
    waiting = [(tenant, depth) for tenant in reversed(children.get(top, []))]
    while waiting:
        tenant, depth = waiting.pop()
        yield tenant, depth
        waiting += [(child, depth + 1) for child in reversed(children.get(tenant, []))]


def used(session: Session, tenant: Tenant, asked: dict) -> Totals:
    """One more statement: what the tenant used in the period, feature by feature."""

    def instant(bound: datetime.date):
        return func.timezone(asked["tz"], cast(literal(bound), DateTime))

    at = func.timezone("UTC", Usage.created_at)
    cost = cast(Usage.inference_cost, Numeric)
    is_priced = cost.not_in([Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
    statement = (
        tenant.usage.select()
        .with_only_columns(Usage.feature_name, func.count(), func.sum(cost).filter(is_priced))
        .where(at >= instant(asked["since"]), at < instant(asked["until"]))
        .group_by(Usage.feature_name)
    )
    totals = Totals()
    for feature, events, spent in session.execute(statement):
        totals.add(Totals(events, spent or Decimal(0), {feature} - {None}))
    return totals


def rows(shown: list[tuple[Tenant, int]], own: dict[Tenant, Totals], root: Tenant | None) -> Iterator[tuple]:
    """The rows of tenants in the tree: children are added to their parents, the lowest first."""
    subtrees = {tenant: Totals() for tenant, _ in shown}
    below = dict.fromkeys(subtrees, 0)
    for tenant, _ in reversed(shown):
        subtrees[tenant].add(own[tenant])
        if tenant is not root and tenant.parent is not None:
            subtrees[tenant.parent].add(subtrees[tenant])
            below[tenant.parent] += below[tenant] + 1
    for tenant, depth in shown:
        above = ancestors(tenant) if tenant is root and depth else None
        yield row_of(tenant, depth, own[tenant], subtrees[tenant], below[tenant], above)


def ancestors(tenant: Tenant) -> list[list[str]]:
    """The tenants above, the top of the tree first."""
    above = []
    while (tenant := tenant.parent) is not None:
        above.insert(0, [str(tenant.id), tenant.name])
    return above


def row_of(tenant, depth, own, subtree=None, below=None, above=None) -> tuple:
    """One tenant's COLUMNS."""
    parent = None if tenant.parent_id is None else str(tenant.parent_id)
    features = None if subtree is None else len(subtree.features)
    return (
        *(str(tenant.id), tenant.name, parent, depth, below),
        *(own.events, None if subtree is None else subtree.events, len(own.features), features),
        *(len(own.features) / FEATURES, None if features is None else features / FEATURES),
        *(own.cost, None if subtree is None else subtree.cost, above),
    )
