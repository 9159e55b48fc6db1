"""Compares every column of the readers of questions with questions.sql, exactly."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass

import psycopg
from psycopg import sql

from answers import ACTIVITY, ADOPTION, BREAKDOWN, COMPARE, MATRIX, RANKINGS, SERIES, SERIES_FOR, TOP
from asking import CYCLE, DUPLICATE
from comparison import Comparison
from difference import different, told
from families import Family
from instants import Period
from truth import (
    EVERYTHING,
    Source,
    compared_columns,
    dimension_roles,
    literal_array,
    measure_names,
    measure_roles,
    statement,
    true_columns,
    window_condition,
)

FINITE = "{} NOT IN ('NaN', 'Infinity', '-Infinity')"
NAMED_CATALOGUES = ("features", "feature_table")


@dataclass(frozen=True)
class Counted:
    """Which tenants count where tenants are counted, and whose events are theirs."""

    scope: str = "own"
    eligible: str = "all"
    at_depth: int | None = None

    @property
    def arguments(self) -> dict:
        """As arguments of a reader, without those that have their defaults."""
        default = Counted()
        return {name: value for name, value in vars(self).items() if value != getattr(default, name)}


EVERYBODY = Counted()


def typed(value, type_name: str) -> sql.Composed:
    return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(type_name))


@dataclass(frozen=True)
class Tables:
    """Where the truth finds the forest, the events and who is in whose subtree."""

    forest: sql.Composable
    events: sql.Composable
    members: sql.Composable

    def fill(self) -> dict[str, sql.Composable]:
        return {"forest": self.forest, "events": self.events, "members": self.members}


def everything(source: Source) -> set[str]:
    """All columns of usage that questions are about."""
    return EVERYTHING | set(dimension_roles(source)) | set(measure_roles(source))


def create_tables(connection: psycopg.Connection, source: Source, forest: sql.Identifier) -> Tables:
    """Temporary tables of the source's events and subtrees, as this transaction sees them."""
    tables = Tables(forest, sql.Identifier("pg_temp", "events"), sql.Identifier("pg_temp", "members"))
    for table, rows in ((tables.events, "event_rows"), (tables.members, "member_rows")):
        connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS {}").format(
                table, statement(rows, source, everything(source), forest=forest)
            )
        )
        connection.execute(sql.SQL("ANALYZE {}").format(table))
    return tables


class Questions(Comparison):
    """The readers of one source in one period, in the transaction of the caller."""

    reading: frozenset[str] | set[str] | None = EVERYTHING
    # What the truth tells events apart by, in readers of features.
    told_by = "feature"
    # What it sums up as the value.
    measured = "cost"

    def __init__(self, connection: psycopg.Connection, source: Source, tables: Tables, period: Period):
        super().__init__(connection, source, tables.forest, (period.since, period.until))
        self.tables = tables
        self.period = period
        self.complaint = ""

    def places(self) -> list[tuple]:
        """Each tenant, its depth, and whether there is usage in its subtree, at any time."""
        query = "SELECT tenant_id::text, depth, coalesce(subtree_events, events) > 0 FROM {}"
        return self.rows(sql.SQL(query).format(self.tables.forest))

    def outcome(self, query: sql.Composable) -> list[tuple] | str:
        """The rows of a query, or the SQLSTATE of its error: a share can be beyond float8."""
        try:
            with self.connection.transaction():
                return self.rows(query)
        except psycopg.Error as error:
            self.complaint = told(error)
            return error.sqlstate or str(error)

    def expected_outcome(self, name: str, kinds: dict[str, str], **filled) -> list[tuple] | str:
        """The truth's answer, asked once for all engines and families."""
        query = self.fragment(name, columns=true_columns(self.source, kinds, kinds), **filled)
        key = query.as_string(self.connection)
        if key not in self.remembered:
            self.remembered[key] = self.outcome(query)
        return self.remembered[key]

    def fragment(self, name: str, **filled) -> sql.Composed:
        """A statement of the truth with its tables, its window and the period before filled in."""
        return statement(
            name,
            self.source,
            self.reading,
            **self.tables.fill(),
            window=window_condition(self.since, self.until),
            prior=self.prior(),
            has_prior=sql.Literal(self.period.before is not None),
            since=typed(self.since, "timestamptz"),
            until=typed(self.until, "timestamptz"),
            told_by=sql.SQL(self.told_by),
            measured=sql.SQL(self.measured),
            finite=sql.SQL(FINITE.format(self.measured)),
            used_finite=sql.SQL(FINITE.format("used.measured")),
            **filled,
        )

    def prior(self) -> sql.Composable:
        if self.period.before is None:
            return sql.SQL("false")
        return window_condition(self.period.before, self.since)

    def answers(
        self, family: Family, reader: str, arguments: sql.Composed, kinds: dict, expected, about: str | None
    ) -> None:
        """Whether the reader, which is about a column of usage, gives what is expected."""
        call = sql.SQL("SELECT {} FROM {}({}) AS r").format(
            compared_columns(kinds, kinds=kinds), family.reader(reader), arguments
        )
        if about in self.source.lacks:
            self.lacking(reader, call)
            return
        got = self.outcome(call)
        if got != expected:
            text = call.as_string(self.connection)
            # An error is told like a row.
            rows = [self.complaint] if isinstance(got, str) else got
            raise different(reader, text, rows, [expected] if isinstance(expected, str) else expected)

    def answers_about(self, root: str | None, family: Family, reader: str, *call) -> None:
        """The same of a reader that lists what is below the root."""
        arguments, kinds, expected, about = call
        if self.doubts.below_root(root) is not None:
            expected = DUPLICATE
        self.answers(family, reader, arguments, kinds, expected, about)

    def expected_in_scope(self, roots: list[str | None], own: bool, expected):
        """The truth's answer in the scope of these tenants, or the error that it is."""
        if roots == [None]:
            return DUPLICATE if self.doubts.above else expected
        if own:
            return expected
        if self.doubts.about(roots, []) is not None:
            return DUPLICATE
        if set(roots) & set(self.cyclic):
            return CYCLE
        return expected if self.doubts.about(roots) is None else DUPLICATE

    # Parts of calls and of the truth.

    def ids(self, ids: list[str | None]) -> sql.Composable:
        return literal_array(ids, self.source.id_sql.as_string(None))

    def scope(self, root: str | None, own: bool = False) -> sql.Composed:
        return self.fragment("scope", root=self.native(root), own=sql.Literal(own))

    def listing(self, root: str | None, max_depth: int | None) -> sql.Composed:
        return self.fragment("listing", root=self.native(root), max_depth=typed(max_depth, "integer"))

    def below(self, family: Family, root: str | None, **named) -> sql.Composed:
        """Arguments of a reader that takes a root first, and may be without."""
        return self.arguments(*([] if root is None else [family.id(root)]), **named)

    @property
    def catalogue_has_names(self) -> bool:
        return self.source.catalogue in NAMED_CATALOGUES

    # Series.

    def counted(self, root: str | None, own: bool) -> sql.Composed:
        wanted = self.fragment("one_wanted", root=self.native(root))
        return self.fragment("counted_rows", wanted=wanted, own=sql.Literal(own))

    def counted_for(self, ids: list[str | None], own: bool) -> sql.Composed:
        wanted = self.fragment("many_wanted", ids=self.ids(ids))
        return self.fragment("counted_rows", wanted=wanted, own=sql.Literal(own))

    def seconds(self, counted: sql.Composed) -> float | None:
        """From the first instant of a series to its last."""
        return self.rows(self.fragment("seconds", counted_rows=counted))[0][0]

    @contextlib.contextmanager
    def summing(self, measure: str | None):
        """The value is the sum of this measure, or of the cost, if there is one."""
        source, self.measured = self.source, measure or "cost"
        if not measure and "cost" in source.lacks:
            self.source = dataclasses.replace(source, lacks=source.lacks | {"value"})
        yield {"measure": measure_names(source)[measure]} if measure else {}
        self.source, self.measured = source, "cost"

    def series_rows(self, counted: sql.Composed, kinds: dict, bucket: str, tz: str, step: str):
        return self.expected_outcome(
            "series",
            kinds,
            counted_rows=counted,
            bucket=sql.Literal(bucket),
            tz=sql.Literal(tz),
            step=sql.Literal(step),
        )

    def series(
        self, family: Family, root: str | None, own: bool, buckets: tuple[str, str, str], measure: str | None = None
    ) -> None:
        bucket, tz, _ = buckets
        with self.summing(measure) as summed:
            expected = self.series_rows(self.counted(root, own), SERIES, *buckets)
            expected = self.expected_in_scope([root], own, expected)
            scope = "own" if own else "subtree"
            arguments = self.arguments(family.id(root), bucket=bucket, tz=tz, scope=scope, **summed)
            self.answers(family, "tenant_usage_series", arguments, SERIES, expected, "time")

    def series_for(
        self, family: Family, ids: list, own: bool, buckets: tuple[str, str, str], measure: str | None = None
    ) -> None:
        bucket, tz, _ = buckets
        with self.summing(measure) as summed:
            expected = self.series_rows(self.counted_for(ids, own), SERIES_FOR, *buckets)
            expected = self.expected_in_scope([tenant for tenant in ids if tenant is not None], own, expected)
            scope = "own" if own else "subtree"
            wanted = literal_array(ids, family.id_type)
            arguments = self.arguments(wanted, bucket=bucket, tz=tz, scope=scope, **summed)
            self.answers(family, "tenant_usage_series_for", arguments, SERIES_FOR, expected, "time")

    # Features.

    @contextlib.contextmanager
    def by(self, dimension: str | None):
        """Events are told apart by this dimension, of which there is no catalogue, or by the feature."""
        source, self.told_by = self.source, dimension or "feature"
        if dimension:
            self.source = dataclasses.replace(source, catalogue="none", lacks=source.lacks - {"feature"})
        yield {"dimension": dimension_roles(source)[dimension][0]} if dimension else {}
        self.source, self.told_by = source, "feature"

    def breakdown(
        self,
        family: Family,
        root: str | None,
        own: bool,
        dimension: str | None = None,
        measure: str | None = None,
    ) -> None:
        with self.by(dimension) as named, self.summing(measure) as summed:
            self.breakdown_by(family, root, own, named | summed)

    def breakdown_by(self, family: Family, root: str | None, own: bool, arguments: dict[str, str]) -> None:
        named = "coalesce(named.feature IN (SELECT name FROM catalogue), false)"
        expected = self.expected_outcome(
            "breakdown",
            BREAKDOWN,
            root=self.native(root),
            scope=self.scope(root, own),
            in_catalogue=sql.SQL(named if self.catalogue_has_names else "NULL::boolean"),
        )
        expected = self.expected_in_scope([root], own, expected)
        given = self.arguments(family.id(root), scope="own" if own else "subtree", **arguments)
        self.answers(family, "tenant_feature_breakdown", given, BREAKDOWN, expected, self.told_by)

    def matrix(
        self,
        family: Family,
        root: str | None,
        max_depth: int | None,
        own: bool,
        dimension: str | None = None,
        measure: str | None = None,
    ) -> None:
        with self.by(dimension) as named, self.summing(measure) as summed:
            listing = self.listing(root, max_depth)
            expected = self.expected_outcome("matrix", MATRIX, listing=listing, own=sql.Literal(own))
            arguments = self.below(
                family, root, max_depth=max_depth, scope=None if own else "subtree", **named, **summed
            )
            self.answers_about(root, family, "tenant_feature_matrix", arguments, MATRIX, expected, self.told_by)

    def counting(self, counted: Counted) -> dict[str, sql.Composable]:
        """The parts of the truth that say which tenants count, and whose events are theirs."""
        own = {"by_subtree": sql.Literal(counted.scope == "subtree")}
        at_depth = typed(counted.at_depth, "integer")
        eligible = self.fragment("eligible", whom=sql.Literal(counted.eligible), at_depth=at_depth, **own)
        return {"holder": self.fragment("holder", **own), "eligible": eligible}

    def adoption(
        self, family: Family, root: str | None, dimension: str | None = None, counted: Counted = EVERYBODY
    ) -> None:
        with self.by(dimension) as named:
            features = "catalogue_named" if self.catalogue_has_names else "usage_named"
            expected = self.expected_outcome(
                "adoption",
                ADOPTION,
                scope=self.scope(root),
                named=self.fragment(features, root=self.native(root)),
                **self.counting(counted),
            )
            arguments = self.below(family, root, **named, **counted.arguments)
            self.answers_about(root, family, "tenant_feature_adoption", arguments, ADOPTION, expected, self.told_by)

    # Tenants.

    def top(
        self,
        family: Family,
        n: int | None,
        by: str | None,
        root: str | None,
        at_depth: int | None,
        measure: str | None = None,
    ) -> None:
        suiting = "subtree_events" if "cost" in self.source.lacks and not measure else "subtree_cost"
        ranked = RANKINGS[by or suiting]
        self.measured = measure or "cost"
        summed = {"measure": measure_names(self.source)[measure]} if measure else {}
        expected = self.expected_outcome(
            "top",
            TOP,
            figures=self.fragment("figures"),
            scope=self.scope(root),
            value=sql.SQL(ranked.value),
            prior_value=sql.SQL(ranked.prior_value),
            order=sql.SQL(ranked.order),
            whole=sql.SQL(ranked.whole),
            with_cycles=sql.Literal(ranked.with_cycles),
            at_depth=typed(at_depth, "integer"),
            n=typed(n, "bigint"),
        )
        named = {} if root is None else {"root": family.id(root)}
        arguments = self.named_arguments(typed(n, "integer"), by=by, at_depth=at_depth, **named, **summed)
        about = None if ranked.about == "cost" and self.measured != "cost" else ranked.about
        self.measured = "cost"
        self.answers_about(root, family, "tenant_top", arguments, TOP, expected, about)

    def named_arguments(self, *leading, **named) -> sql.Composed:
        """Arguments of which some are SQL."""
        given = [
            sql.SQL("{} => {}").format(sql.SQL(name), named.pop(name))
            for name in list(named)
            if isinstance(named[name], sql.Composable)
        ]
        return self.arguments(*leading, *given, **named)

    def compare(self, family: Family, root: str | None, max_depth: int | None, measure: str | None = None) -> None:
        with self.summing(measure) as summed:
            expected = self.expected_outcome(
                "compare", COMPARE, figures=self.fragment("figures"), listing=self.listing(root, max_depth)
            )
            arguments = self.below(family, root, max_depth=max_depth, **summed)
            self.answers_about(root, family, "tenant_compare", arguments, COMPARE, expected, None)

    def activity(self, family: Family, root: str | None, at: str, tz: str, counted: Counted = EVERYBODY) -> None:
        expected = self.expected_outcome(
            "activity",
            ACTIVITY,
            root=self.native(root),
            scope=self.scope(root),
            at=typed(at, "timestamptz"),
            tz=sql.Literal(tz),
            **self.counting(counted),
        )
        arguments = self.below(family, root, window=False, at=at, tz=tz, **counted.arguments)
        self.answers_about(root, family, "tenant_activity", arguments, ACTIVITY, expected, "time")
