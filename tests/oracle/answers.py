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
    "value": "numeric",
    "missing_events": "integer",
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
    "value": "numeric",
    "value_share": "float",
}
MATRIX = {"tenant_id": "id", "feature": "text", "events": "integer", "cost": "numeric", "value": "numeric"}
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
    "value": "numeric",
    "prior_value": "numeric",
    "value_change": "numeric",
    "subtree_value": "numeric",
    "prior_subtree_value": "numeric",
    "subtree_value_change": "numeric",
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
class RankedBy:
    """What tenant_top orders by, in the columns of the truth's figures; "cost" is the measure's column."""

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


VALUE, EVENTS, MISSING = (f"(SELECT {name} FROM whole)" for name in ("value", "events", "missing_events"))
RANKINGS = {
    "cost": RankedBy("value", "cost", whole=VALUE),
    "subtree_cost": RankedBy("subtree_value", "cost", whole=VALUE, with_cycles=False),
    "growth": RankedBy("subtree_value", "cost", order="value - prior_value", whole=VALUE, with_cycles=False),
    "unpriced_events": RankedBy("missing_events", "cost", whole=MISSING),
    "events": RankedBy("events", None, whole=EVENTS),
    "subtree_events": RankedBy("subtree_events", None, whole=EVENTS, with_cycles=False),
    "features_used": RankedBy("features_used", "feature"),
    "subtree_features_used": RankedBy("subtree_features_used", "feature", with_cycles=False),
    "adoption_rate": RankedBy("adoption_rate", "feature"),
    "subtree_adoption_rate": RankedBy("subtree_adoption_rate", "feature", with_cycles=False),
    "depth": RankedBy("depth", None, with_cycles=False, has_prior=False),
    "height": RankedBy("height", None, with_cycles=False, has_prior=False),
    "descendants": RankedBy("descendants", None, with_cycles=False, has_prior=False),
}
