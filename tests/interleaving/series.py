"""Plain SQL for tenant_usage_series() and tenant_usage_series_for()."""

from __future__ import annotations

from dataclasses import dataclass

import plain
from plain import PRICED, Window

# Each value that date_trunc() takes within a window is the one of an instant that so many are apart,
# or of the first or the last: no hour of a zone is shorter than half an hour, no day than an hour.
STEPS = {"hour": "15 minutes", "day": "1 hour"}
FEW = "24 hours"
UNPRICED = f"count(u.at) FILTER (WHERE {PRICED} IS NOT TRUE)"
COLUMNS = {
    "bucket_local": "",
    "events": "count(u.at)",
    "cost": plain.AGGREGATES["cost"],
    "unpriced_events": UNPRICED,
    "features_used": plain.AGGREGATES["features_used"],
    "active_tenants": "count(DISTINCT u.tenant_id)",
    "value": plain.AGGREGATES["cost"],
    "missing_events": UNPRICED,
}


@dataclass(frozen=True)
class Series:
    """A call of one of the two: for all tenants, for one, or for some apart."""

    tenants: tuple[int, ...]
    apart: bool
    subtree: bool
    bucket: str
    zone: str
    window: Window

    @property
    def prefix(self) -> str:
        return plain.WITH_FOREST if self.subtree else "WITH RECURSIVE"

    def wanted(self) -> str:
        """The tenants that there is a series of; one on or below a cycle would be an error."""
        sound = " AND t.id NOT IN (SELECT id FROM cyclic)" if self.subtree else ""
        return f"SELECT DISTINCT t.id FROM tenants AS t WHERE t.id = ANY ('{{{self.listed()}}}'){sound}"

    def listed(self) -> str:
        return ", ".join(map(str, self.tenants))

    def scope(self) -> str:
        """A series' tenant, or 0, and the tenants whose events it has."""
        if not self.tenants:
            return "SELECT 0 AS owner, t.id FROM tenants AS t"
        if self.subtree:
            return "SELECT wanted.id AS owner, covers.id FROM wanted JOIN covers ON covers.top = wanted.id"
        return "SELECT id AS owner, id FROM wanted"

    def call(self) -> str:
        """The call; it stands after `wanted`."""
        scope = "subtree" if self.subtree else "own"
        named = f"{self.window.arguments}, bucket => '{self.bucket}', tz => '{self.zone}', scope => '{scope}'"
        if self.apart:
            return f"tenant_usage_series_for(ARRAY(SELECT id::bigint FROM wanted){named})"
        # There is no tenant 0.
        tenant = "coalesce((SELECT id FROM wanted), 0)" if self.tenants else "NULL"
        return f"tenant_usage_series({tenant}{named})"

    def common(self) -> str:
        separator = ", " if self.subtree else " "
        return f"{self.prefix.rstrip()}{separator}wanted AS MATERIALIZED ({self.wanted()})"

    def edge(self, value: str | None, otherwise: str) -> str:
        """A bound, or what stands for one that is missing or infinite."""
        return f"CASE WHEN isfinite({instant(value)}) THEN {instant(value)} ELSE {otherwise} END"

    def truth(self) -> str:
        """CTEs of which `p` has the rows."""
        start = f"date_trunc('{self.bucket}', %s, '{self.zone}')"
        columns = ", ".join(f"{value} AS {name}" for name, value in COLUMNS.items() if value)
        owners = "SELECT id FROM wanted" if self.tenants else "SELECT 0"
        instants = (
            f"SELECT generate_series(low, high, interval '{STEPS.get(self.bucket, FEW)}')"
            " UNION SELECT high - interval '1 microsecond'"
        )
        return f"""{self.common()},
scope AS MATERIALIZED ({self.scope()}),
counted AS MATERIALIZED (
    SELECT scope.owner, u.tenant_id, u.feature_name, u.inference_cost, u.created_at AT TIME ZONE 'UTC' AS at
    FROM scope JOIN ai_feature_usage AS u ON u.tenant_id = scope.id
    WHERE isfinite(u.created_at){self.window.condition}
),
edge AS (
    SELECT {self.edge(self.window.since, "min(at)")} AS low,
           {self.edge(self.window.until, "max(at) + interval '1 microsecond'")} AS high
    FROM counted
),
starts AS MATERIALIZED (
    SELECT DISTINCT {start % "x"} AS bucket_start FROM edge, LATERAL ({instants}) AS xs (x) WHERE x >= low AND x < high
),
p AS MATERIALIZED (
    SELECT owners.id, starts.bucket_start, starts.bucket_start AT TIME ZONE '{self.zone}' AS bucket_local, {columns}
    FROM ({owners}) AS owners (id) CROSS JOIN starts
    LEFT JOIN counted AS u ON u.owner = owners.id AND {start % "u.at"} = starts.bucket_start
    GROUP BY owners.id, starts.bucket_start
)
"""

    def compared(self) -> str:
        """A row for each bucket, with what both say."""
        owner = " AND p.id = d.tenant_id" if self.apart else ""
        label = "coalesce(d.bucket_start, p.bucket_start)"
        pairs = ", ".join(f"d.{column}::text, p.{column}::text" for column in ["bucket_start", *COLUMNS])
        return (
            f"{self.truth()}SELECT {label}, {pairs} FROM {self.call()} AS d"
            f" FULL JOIN p ON p.bucket_start = d.bucket_start{owner}"
        )

    def reader(self) -> str:
        return f"{self.common()} SELECT * FROM {self.call()}"

    def plain(self) -> str:
        return f"{self.truth()}SELECT * FROM p"


def instant(value: str | None) -> str:
    return f"timestamptz '{value}'" if value else "NULL::timestamptz"
