"""What the readers of questions answer: their columns, and what tenant_top orders by."""

from __future__ import annotations

from dataclasses import dataclass

# The readers' columns, and how each is compared.
SERIES = {
    "bucket_start": "time",
    "bucket_local": "local time",
    "events": "integer",
    "cost": "numeric",
    "unpriced_events": "integer",
    "features_used": "integer",
    "active_tenants": "integer",
}
SERIES_FOR = {"tenant_id": "id", **SERIES}
BREAKDOWN = {
    "feature": "text",
    "in_catalogue": "boolean",
    "events": "integer",
    "cost": "numeric",
    "cost_share": "float",
    "tenants_using": "integer",
    "tenants_in_scope": "integer",
    "breadth": "float",
    "first_used": "time",
    "last_used": "time",
}
MATRIX = {"tenant_id": "id", "feature": "text", "events": "integer", "cost": "numeric"}
ADOPTION = {
    "feature": "text",
    "adopters": "integer",
    "eligible": "integer",
    "adoption_rate": "float",
    "new_adopters": "integer",
    "lapsed_adopters": "integer",
    "median_time_to_adopt": "interval",
}
TOP = {
    "rank": "integer",
    "tenant_id": "id",
    "value": "numeric",
    "share": "float",
    "prior_value": "numeric",
    "change": "numeric",
}
COMPARE = {
    "tenant_id": "id",
    "cost": "numeric",
    "prior_cost": "numeric",
    "cost_change": "numeric",
    "subtree_cost": "numeric",
    "prior_subtree_cost": "numeric",
    "subtree_cost_change": "numeric",
    "events": "integer",
    "prior_events": "integer",
    "events_change": "integer",
    "features_gained": "text[]",
    "features_lost": "text[]",
}
ACTIVITY = {
    "day": "date",
    "tenants": "integer",
    "active_day": "integer",
    "active_week": "integer",
    "active_month": "integer",
    "day_over_month": "float",
    "new_tenants": "integer",
    "recovered_tenants": "integer",
    "lapsed_tenants": "integer",
}

NO_WHOLE = "NULL::numeric"


@dataclass(frozen=True)
class Measure:
    """What tenant_top orders by, in the columns of the truth's figures."""

    value: str
    about: str | None
    order: str = "value"
    whole: str = NO_WHOLE
    with_cycles: bool = True
    # What the tree says has no period.
    has_prior: bool = True

    @property
    def prior_value(self) -> str:
        return f"prior_{self.value}" if self.has_prior else "NULL"


COST, EVENTS, UNPRICED = (f"(SELECT {name} FROM whole)" for name in ("cost", "events", "unpriced_events"))
MEASURES = {
    "cost": Measure("cost", "cost", whole=COST),
    "subtree_cost": Measure("subtree_cost", "cost", whole=COST, with_cycles=False),
    "growth": Measure("subtree_cost", "cost", order="value - prior_value", whole=COST, with_cycles=False),
    "unpriced_events": Measure("unpriced_events", "cost", whole=UNPRICED),
    "events": Measure("events", None, whole=EVENTS),
    "subtree_events": Measure("subtree_events", None, whole=EVENTS, with_cycles=False),
    "features_used": Measure("features_used", "feature"),
    "subtree_features_used": Measure("subtree_features_used", "feature", with_cycles=False),
    "adoption_rate": Measure("adoption_rate", "feature"),
    "subtree_adoption_rate": Measure("subtree_adoption_rate", "feature", with_cycles=False),
    "depth": Measure("depth", None, with_cycles=False, has_prior=False),
    "height": Measure("height", None, with_cycles=False, has_prior=False),
    "descendants": Measure("descendants", None, with_cycles=False, has_prior=False),
}
