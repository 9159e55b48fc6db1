"""Plain SQL for what the readers say, in pieces that stand in one statement with them.

Each piece reads exactly the columns that the reader may read, so that both fail
for the same callers.
"""

from __future__ import annotations

from dataclasses import dataclass

PRICED = "u.inference_cost NOT IN ('NaN', 'Infinity', '-Infinity')"
AGGREGATES = {
    "events": "count(*)",
    "cost": f"coalesce(sum(u.inference_cost::numeric) FILTER (WHERE {PRICED}), 0)",
    "features_used": 'count(DISTINCT u.feature_name COLLATE "C")',
    "adoption_rate": 'count(DISTINCT u.feature_name COLLATE "C") / 9::float8',
    "last_used": "max(u.created_at AT TIME ZONE 'UTC')",
}
UNPRICED = f"count(*) FILTER (WHERE {PRICED} IS NOT TRUE)"

# The forest. Tenants with an ancestor that is its own ancestor are on a cycle or below one.
FOREST = """
climb (id, above) AS (
    SELECT t.id, t.parent_id FROM tenants AS t WHERE t.parent_id IS NOT NULL
    UNION
    SELECT climb.id, t.parent_id
    FROM climb JOIN tenants AS t ON t.id = climb.above
    WHERE t.parent_id IS NOT NULL
),
cyclic AS MATERIALIZED (
    SELECT id FROM climb WHERE above IN (SELECT id FROM climb WHERE above = id)
),
covers (top, id) AS MATERIALIZED (
    SELECT t.id, t.id FROM tenants AS t
    UNION ALL
    SELECT above, id FROM climb WHERE id NOT IN (SELECT id FROM cyclic)
),
level AS MATERIALIZED (
    SELECT t.id,
           (SELECT count(*) FROM climb JOIN tenants AS p ON p.id = climb.above WHERE climb.id = t.id)
               AS depth
    FROM tenants AS t
)"""
WITH_FOREST = f"WITH RECURSIVE{FOREST}\n"

# Whether a scalar that needs the forest is NULL for tenants that are cyclic, and no error.
CYCLES_ARE_NULL = "current_setting('tenant_metrics.on_cycle', true) IS DISTINCT FROM 'error'"

# The columns that the readers of the tree's shape return, of the tenant t.
SHAPES = {
    "tenant_depth": "(SELECT depth FROM level WHERE id = t.id)",
    "tenant_height": "(SELECT max(level.depth) FROM covers JOIN level ON level.id = covers.id WHERE covers.top = t.id)"
    " - (SELECT depth FROM level WHERE id = t.id)",
    "tenant_root": "(SELECT covers.top FROM covers JOIN level ON level.id = covers.top"
    " WHERE covers.id = t.id ORDER BY level.depth LIMIT 1)",
    "tenant_path": "(SELECT array_agg(covers.top ORDER BY level.depth) FROM covers"
    " JOIN level ON level.id = covers.top WHERE covers.id = t.id)",
}


def utc(bound: str) -> str:
    """A bound as usage has its times."""
    return f"timestamptz '{bound}' AT TIME ZONE 'UTC'"


@dataclass(frozen=True)
class Window:
    """Two bounds, each with its zone, whatever the session's is."""

    since: str | None = None
    until: str | None = None

    @property
    def arguments(self) -> str:
        """As further arguments of a reader."""
        bounds = [("since", self.since), ("until", self.until)]
        return "".join(f", {name} => '{value}'" for name, value in bounds if value)

    @property
    def condition(self) -> str:
        """As conditions on the event u."""
        bounds = [(">=", self.since), ("<", self.until)]
        return "".join(f" AND u.created_at {operator} {utc(value)}" for operator, value in bounds if value)


@dataclass(frozen=True)
class Scalar:
    """A reader of one value of a tenant."""

    column: str
    subtree: bool = False
    window: Window = Window()
    # The source that has this column as a measure.
    schema: str = ""

    @property
    def tenants(self) -> str:
        """The table of the tenants."""
        return f"{self.schema}.tenants" if self.schema else "tenants"

    @property
    def needs_forest(self) -> bool:
        return self.subtree or self.column in SHAPES

    def call(self, tenant: str) -> str:
        if self.column in SHAPES:
            return f"{self.column}({tenant})"
        if self.schema:
            return f"tenant_measure({tenant}, '{self.column}'{self.window.arguments}, source => '{self.schema}')"
        prefix = "tenant_subtree_" if self.subtree else "tenant_"
        return f"{prefix}{self.column}({tenant}{self.window.arguments})"

    def answer(self, alias: str = "t") -> str:
        """The same of the tenant `t`, which is not on or below a cycle if the forest matters."""
        if self.column in SHAPES:
            return SHAPES[self.column]
        if self.schema:
            return (
                f"(SELECT (SELECT coalesce(sum(u.{self.column}), 0) FROM {self.schema}.ai_feature_usage AS u"
                f" WHERE u.tenant_id = known.id{self.window.condition})"
                f" FROM {self.schema}.tenants AS known WHERE known.id = {alias}.id)"
            )
        aggregate, condition = AGGREGATES[self.column], self.window.condition
        if self.subtree:
            return (
                f"(SELECT {aggregate} FROM covers JOIN ai_feature_usage AS u ON u.tenant_id = covers.id"
                f" WHERE covers.top = {alias}.id{condition})"
            )
        return f"(SELECT {aggregate} FROM ai_feature_usage AS u WHERE u.tenant_id = {alias}.id{condition})"


def place(tenant: str, scalar: Scalar) -> str:
    """Where the tenant is: no row if it is unknown, else 'ok' or 'cycle' if that matters."""
    if not scalar.needs_forest:
        return f"SELECT 'ok' FROM {scalar.tenants} AS t WHERE t.id = {tenant}"
    return (
        f"{WITH_FOREST}SELECT CASE WHEN t.id IN (SELECT id FROM cyclic) THEN 'cycle' ELSE 'ok' END"
        f" FROM tenants AS t WHERE t.id = {tenant}"
    )


def dashboard(columns: list[str], window: Window) -> str:
    """All tenants with these columns of the dashboard, as the query of a CTE after FOREST."""
    own = [column for column in columns if column in AGGREGATES or column == "unpriced_events"]
    below = [column.removeprefix("subtree_") for column in columns if column.startswith("subtree_")]
    chosen, joins = ["t.id"], []
    if own:
        listed = ", ".join(f"{AGGREGATES.get(name, UNPRICED)} AS {name}" for name in own)
        joins.append(
            f"CROSS JOIN LATERAL (SELECT {listed} FROM ai_feature_usage AS u"
            f" WHERE u.tenant_id = t.id{window.condition}) AS own"
        )
    if below:
        listed = ", ".join(f"{AGGREGATES[name]} AS subtree_{name}" for name in below)
        joins.append(
            f"CROSS JOIN LATERAL (SELECT {listed} FROM covers JOIN ai_feature_usage AS u"
            f" ON u.tenant_id = covers.id WHERE covers.top = t.id{window.condition}) AS below"
        )
    shaped = {
        "parent_id": "t.parent_id",
        "depth": f"CASE WHEN cyclic.id IS NULL THEN {SHAPES['tenant_depth']} END",
        "height": f"CASE WHEN cyclic.id IS NULL THEN {SHAPES['tenant_height']} END",
        "descendants": "CASE WHEN cyclic.id IS NULL THEN (SELECT count(*) - 1 FROM covers WHERE top = t.id) END",
        "tree_status": "CASE WHEN cyclic.id IS NOT NULL THEN 'cycle' WHEN t.parent_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM tenants AS p WHERE p.id = t.parent_id) THEN 'orphan' ELSE 'ok' END",
    }
    for column in columns:
        if column in shaped:
            chosen.append(f"{shaped[column]} AS {column}")
        elif column in own:
            chosen.append(f"own.{column}")
        else:
            chosen.append(f"CASE WHEN cyclic.id IS NULL THEN below.{column} END AS {column}")
    return (
        f"SELECT {', '.join(chosen)} FROM tenants AS t"
        f" LEFT JOIN (SELECT DISTINCT id FROM cyclic) AS cyclic ON cyclic.id = t.id {' '.join(joins)}"
    )


def matrix(window: Window, subtree: bool) -> str:
    """Tenants by features, as the query of a CTE after FOREST."""
    # Plain SQL needs the links where the reader does: to list the tenants.
    below, of = ("JOIN covers ON covers.top = t.id", "covers.id") if subtree else ("", "t.id")
    sound = "WHERE t.id NOT IN (SELECT id FROM cyclic)" if subtree else ""
    return (
        f"SELECT t.id, u.feature_name AS feature, count(*) AS events, {AGGREGATES['cost']} AS cost"
        f" FROM tenants AS t JOIN level ON level.id = t.id {below}"
        f" JOIN ai_feature_usage AS u ON u.tenant_id = {of}{window.condition} {sound}"
        " GROUP BY t.id, u.feature_name"
    )


def source_matrix(schema: str, told_by: str, window: Window, has_cost: bool) -> str:
    """Tenants by features or another dimension with the sum of the tokens, of the schema's source."""
    cost = AGGREGATES["cost"] if has_cost else "NULL::numeric"
    # Plain SQL needs the links where the reader does: to list the tenants.
    return (
        f"SELECT t.id, max(t.parent_id) AS parent, u.{told_by} AS feature, count(*) AS events, {cost} AS cost,"
        f" coalesce(sum(u.tokens), 0) AS value FROM {schema}.tenants AS t"
        f" JOIN {schema}.ai_feature_usage AS u ON u.tenant_id = t.id{window.condition} GROUP BY t.id, u.{told_by}"
    )


def listed_under(root: int | None) -> str:
    """The condition that the tenant p is listed for this root."""
    if root is None:
        return "true"
    return (
        f"EXISTS (SELECT FROM tenants AS t WHERE t.id = {root})"
        f" AND (p.id = {root} OR EXISTS (SELECT FROM climb WHERE climb.id = p.id AND climb.above = {root}))"
    )
