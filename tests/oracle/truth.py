"""Plain SQL for what a source's readers must answer, from truth.sql, questions.sql and rankings.sql."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass, field

from psycopg import sql

# The dashboard's columns in its order, and how each is compared: floats and
# times by their bytes, since their text depends on settings of the session.
DASHBOARD = {
    "tenant_id": "id",
    "parent_id": "id",
    "depth": "integer",
    "height": "integer",
    "tree_status": "text",
    "descendants": "integer",
    "events": "integer",
    "subtree_events": "integer",
    "features_used": "integer",
    "subtree_features_used": "integer",
    "adoption_rate": "float",
    "subtree_adoption_rate": "float",
    "cost": "numeric",
    "subtree_cost": "numeric",
    "unpriced_events": "integer",
    "last_used": "time",
    "subtree_last_used": "time",
}
# The column of usage, beside the tenant's, that a column of a reader is made of. What needs none,
# such as a number of events, is not here.
MADE_OF = {
    **dict.fromkeys(("features_used", "subtree_features_used"), "feature"),
    **dict.fromkeys(("adoption_rate", "subtree_adoption_rate"), "feature"),
    **dict.fromkeys(("features_gained", "features_lost"), "feature"),
    **dict.fromkeys(("cost", "prior_cost", "cost_change", "cost_share", "unpriced_events"), "cost"),
    **dict.fromkeys(("subtree_cost", "prior_subtree_cost", "subtree_cost_change"), "cost"),
    # Of the cost, where no other measure is asked for.
    **dict.fromkeys(("value", "prior_value", "value_change", "value_share", "missing_events"), "value"),
    **dict.fromkeys(("subtree_value", "prior_subtree_value", "subtree_value_change"), "value"),
    **dict.fromkeys(("last_used", "subtree_last_used", "first_used", "median_time_to_adopt"), "time"),
}
# A function that is about a column that the source lacks.
LACKS = "55000"
OWN_SCALARS = ["events", "features_used", "adoption_rate", "cost", "last_used"]
SUBTREE_SCALARS = [f"subtree_{column}" for column in OWN_SCALARS]

SEND = {
    "float": "float8send",
    "time": "timestamptz_send",
    "local time": "timestamp_send",
    "interval": "interval_send",
}


def statements(file: str) -> dict[str, str]:
    text = pathlib.Path(__file__).with_name(file).read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


STATEMENTS = statements("truth.sql") | statements("questions.sql") | statements("rankings.sql")


@dataclass
class Source:
    """What `setup` is told about a pair of tables."""

    name: str
    schema: str
    tenants: str
    usage: str
    id_type: str
    time_type: str
    columns: dict[str, str]
    time_zone: str = "UTC"
    catalogue: str = "feature_count"
    feature_count: int = 9
    features: list[str | None] = field(default_factory=list)
    feature_table: str = "features"
    built_in: bool = False
    # Without its schema, a relation is found through the search_path.
    qualified: bool = True
    # The columns of usage that setup is not told of: "feature", "cost", "time".
    lacks: frozenset[str] = frozenset()
    # The dimensions beside the feature: name of the column, type.
    dimensions: list[tuple[str, str]] = field(default_factory=list)
    # The measures beside the cost: name of the column, type.
    measures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def family(self) -> str:
        """The suffix of the readers that serve these ids natively."""
        return {"uuid": "_uuid", "text": "_text", "varchar": "_text", "char(200)": "_text"}.get(self.id_type, "")

    @property
    def id_sql(self) -> sql.SQL:
        """The type in which ids are compared."""
        return sql.SQL(FAMILY_TYPES[self.family])

    def relation(self, name: str) -> sql.Identifier:
        return sql.Identifier(self.schema, name) if self.qualified else sql.Identifier(name)

    def identifiers(self) -> dict[str, sql.Composable]:
        return {role: sql.Identifier(name) for role, name in self.columns.items()}


FAMILY_TYPES = {"": "bigint", "_uuid": "uuid", "_text": "text"}


def literal_array(values: list, type_name: str) -> sql.Composable:
    items = sql.SQL(", ").join(sql.Literal(value) for value in values)
    return sql.SQL("ARRAY[{}]::{}[]").format(items, sql.SQL(type_name))


def dimension_roles(source: Source) -> dict[str, tuple[str, str]]:
    """What the truth calls the dimensions beside the feature."""
    return {f"dimension_{place}": dimension for place, dimension in enumerate(source.dimensions)}


def measure_roles(source: Source) -> dict[str, tuple[str, str]]:
    """What the truth calls the measures beside the cost."""
    return {f"measure_{place}": measure for place, measure in enumerate(source.measures)}


def measure_names(source: Source) -> dict[str, str]:
    """The measures by what the truth calls them, the cost first, in the order of tenant_measures."""
    cost = {} if "cost" in source.lacks else {"cost": "cost"}
    return cost | {role: name for role, (name, _) in measure_roles(source).items()}


def measure_sums(source: Source) -> dict[str, sql.Composable]:
    """Arrays with a sum of each measure, and with how many events have nothing to be summed."""
    finite = "{0} NOT IN ('NaN', 'Infinity', '-Infinity')"
    asked = {
        "measure_sums": f"coalesce(sum({{0}}) FILTER (WHERE {finite}), 0)",
        "measure_gaps": f"count(*) FILTER (WHERE ({finite}) IS NOT TRUE)",
        "no_sums": "0",
    }
    roles = measure_names(source)
    return {
        name: sql.SQL("ARRAY[{}]::numeric[]").format(sql.SQL(", ").join(sql.SQL(each.format(role)) for role in roles))
        for name, each in asked.items()
    }


def event_values(source: Source, reading: set[str]) -> dict[str, sql.Composable]:
    """What an event is made of, without the columns that are not to be read or not there."""
    there = (reading & EVERYTHING) - source.lacks
    columns = {role: sql.SQL("u.{}").format(sql.Identifier(source.columns[role])) for role in there}
    feature = sql.SQL('{}::text COLLATE "C"').format(columns.get("feature", sql.SQL("NULL")))
    instant = columns.get("time", sql.SQL("NULL::timestamptz"))
    if "time" in there and source.time_type != "timestamptz":
        # A naive time is read in the source's zone.
        zone = sql.Literal(source.time_zone)
        instant = sql.SQL("{}::timestamp AT TIME ZONE {}").format(instant, zone)
    dimensions = [
        sql.SQL(', {}::text COLLATE "C" AS {}').format(
            sql.SQL("u.{}").format(sql.Identifier(name)) if role in reading else sql.SQL("NULL"), sql.Identifier(role)
        )
        for role, (name, _) in dimension_roles(source).items()
    ]
    measures = [
        sql.SQL(", {}::numeric AS {}").format(
            sql.SQL("u.{}").format(sql.Identifier(name)) if role in reading else sql.SQL("NULL"), sql.Identifier(role)
        )
        for role, (name, _) in measure_roles(source).items()
    ]
    return {
        "dimension_values": sql.Composed(dimensions),
        "measure_values": sql.Composed(measures),
        "measure_names": sql.SQL("".join(f", {role}" for role in measure_roles(source))),
        "dimension_names": sql.SQL("".join(f", {role}" for role in dimension_roles(source))),
        "feature_value": feature,
        "cost_value": sql.SQL("{}::numeric").format(columns.get("cost", sql.SQL("NULL"))),
        "instant": instant,
    }


def catalogue(source: Source) -> sql.Composable:
    """A query for the distinct names of the catalogue."""
    if source.catalogue == "features":
        names = literal_array(source.features, "text")
        return sql.SQL(
            'SELECT DISTINCT name COLLATE "C" AS name FROM unnest({}) AS name WHERE name IS NOT NULL'
        ).format(names)
    if source.catalogue == "feature_table":
        return sql.SQL('SELECT DISTINCT f.{0}::text COLLATE "C" AS name FROM {1} AS f WHERE f.{0} IS NOT NULL').format(
            sql.Identifier(source.columns["feature_name"]), source.relation(source.feature_table)
        )
    raise ValueError(source.catalogue)


def window_condition(since: str | None, until: str | None) -> sql.Composable:
    conditions = [sql.SQL("true")]
    if since is not None:
        conditions.append(sql.SQL("at >= {}::timestamptz").format(sql.Literal(since)))
    if until is not None:
        conditions.append(sql.SQL("at < {}::timestamptz").format(sql.Literal(until)))
    return sql.SQL(" AND ").join(conditions)


EVERYTHING = frozenset(("feature", "cost", "time"))


def names(source: Source, reading=EVERYTHING) -> dict[str, sql.Composable]:
    """Everything in truth.sql that depends on the source alone.

    `reading` names the columns of usage to be read besides the tenant's; None
    leaves the usage relation alone.
    """
    key = '::text COLLATE "C"' if source.family == "_text" else f"::{FAMILY_TYPES[source.family]}"
    filled = {
        **source.identifiers(),
        **event_values(source, set(reading or ())),
        **measure_sums(source),
        "tenants": source.relation(source.tenants),
        "usage": source.relation(source.usage),
        "key": sql.SQL(key),
        "catalogue": sql.SQL("SELECT NULL::text AS name WHERE false"),
        "counts": sql.SQL("true"),
        "catalogue_size": sql.SQL("NULL"),
        "feature_count": sql.SQL("NULL"),
    }
    if source.catalogue in ("feature_count", "none"):
        filled["catalogue_size"] = filled["feature_count"] = sql.Literal(source.feature_count)
    elif reading and "feature" in reading:
        filled["catalogue"] = catalogue(source)
        filled["counts"] = sql.SQL("feature IN (SELECT name FROM catalogue)")
        filled["catalogue_size"] = sql.SQL("(SELECT count(*) FROM catalogue)")
    event = "event" if reading is not None else "no_event"
    filled["event"] = sql.SQL(STATEMENTS[event]).format(**filled)
    return filled


def statement(name: str, source: Source, reading=EVERYTHING, **filled: sql.Composable) -> sql.Composed:
    return sql.SQL(STATEMENTS[name]).format(**names(source, reading), **filled)


def truth_table(source: Source, table: sql.Identifier, window: tuple[str | None, str | None]) -> sql.Composed:
    """Makes a temporary table of the dashboard's rows."""
    reading = EVERYTHING | set(measure_roles(source))
    query = statement("dashboard", source, reading, window=window_condition(*window))
    return sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS {}").format(table, query)


def compared(expression: str, kind: str) -> str:
    """An expression as text that two equal values share and no others do."""
    if kind in SEND:
        return f"encode({SEND[kind]}({expression}), 'hex')"
    return f"({expression})::text"


def compared_columns(columns, row: str = "r", kinds: dict[str, str] = DASHBOARD) -> sql.SQL:
    return sql.SQL(", ".join(compared(f"{row}.{name}", kinds[name]) for name in columns))


def true_columns(source: Source, columns, kinds: dict[str, str] = DASHBOARD) -> sql.SQL:
    """The truth's columns to compare with those: NULL where the source lacks what they are made of."""
    return sql.SQL(
        ", ".join(
            "NULL::text" if MADE_OF.get(name) in source.lacks else compared(f"r.{name}", kinds[name])
            for name in columns
        )
    )
