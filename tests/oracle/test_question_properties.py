"""What holds between the answers of the readers of questions, whatever the rows."""

from __future__ import annotations

import contextlib
import decimal
import itertools
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg import sql

import cases
import events
import instants
import tables
import tenant_tables
from families import Family
from truth import statement, window_condition

pytestmark = pytest.mark.share_of_cases(0.1)

VALUES = "coalesce(sum(value), 0), coalesce(sum(missing_events), 0)"
TOTALS = "coalesce(sum(events), 0), coalesce(sum(cost), 0)"


def calm_case(seed: int) -> cases.Case:
    """A case that has all columns, whose costs are amounts of money, so that no share leaves float8."""
    case = cases.new_case(seed)
    case.source.lacks = frozenset()
    rng = random.Random(f"costs of {seed}")
    case.changes_rows = False
    case.duplicates = []
    case.usage = [
        (tenant, feature, events.cost(rng, case.cost_type, "money", 0.05), at) for tenant, feature, _, at in case.usage
    ]
    return case


@dataclass
class Asked:
    """The readers of a case, and random arguments for them."""

    connection: psycopg.Connection
    case: cases.Case
    rng: random.Random
    since: str | None = None
    until: str | None = None
    before: str | None = None

    def rows(self, reader: str, *leading, columns: str = "*", **named) -> list[tuple]:
        source = self.case.source
        named = {"source": source.name, **named}
        given = [*leading]
        for name, value in named.items():
            given.append(sql.SQL("{} => {}").format(sql.Identifier(name), value))
        return self.connection.execute(
            sql.SQL("SELECT {} FROM {}({})").format(
                sql.SQL(columns), Family(source.family).reader(reader), sql.SQL(", ").join(given)
            )
        ).fetchall()

    def id(self, tenant: str | None) -> sql.Composed:
        return Family(self.case.source.family).id(tenant)

    @property
    def window(self) -> dict[str, str | None]:
        return {"since": self.since, "until": self.until}

    @property
    def prior(self) -> dict[str, str | None]:
        return {"since": self.before, "until": self.since}

    def dashboard(self, window: dict, *columns: str, **named) -> list[tuple]:
        listed = ", ".join(("tenant_id::text", *columns))
        return self.rows("tenant_dashboard", columns=listed, **window, **named)

    def sound(self) -> list[str]:
        return [tenant for tenant, depth in self.dashboard({}, "depth") if depth is not None]

    def root(self) -> str | None:
        """All tenants, or one in a sound tree."""
        return self.rng.choice([None, None, *self.sound()])


@contextlib.contextmanager
def asking(connection: psycopg.Connection, case: cases.Case):
    """The tables of a case, and a finite period that has one before it."""
    rng = random.Random(f"properties of {case.seed}")
    with connection.transaction(force_rollback=True):
        tables.create(connection, case)
        tables.setup(connection, case)
        connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(case.source.schema)))
        connection.execute("SET LOCAL tenant_metrics.engine = " + rng.choice(["auto", "aggregate", "portable"]))
        edges = instants.edges(connection, case)
        period = instants.Period()
        while period.before is None:
            period = rng.choice(
                [
                    instants.between_events(connection, edges, rng),
                    instants.around_change(connection, case, rng),
                ]
            )
        connection.execute("SET LOCAL TimeZone = " + rng.choice(["'UTC'", "'America/Havana'", "'Asia/Tokyo'"]))
        yield Asked(connection, case, rng, period.since, period.until, period.before)


@pytest.fixture
def asked(connections, seed, replay):
    print(f"replay: {replay}")
    with asking(connections.get(), calm_case(seed)) as asked:
        yield asked


@pytest.fixture
def asked_in_spring(connections, seed, replay):
    """A case with events from February to May, when clocks change in many zones."""
    print(f"replay: {replay}")
    case = next(case for case in map(calm_case, itertools.count(seed)) if len(case.known) > 4)
    rng = random.Random(f"spring of {seed}")
    for _ in range(600):
        at = datetime(2024, 2, 20) + timedelta(seconds=rng.randrange(60 * 86_400))
        text = str(at.date() if case.source.time_type == "date" else at)
        zone = "+00" if case.source.time_type == "timestamptz" else ""
        cost = events.cost(rng, case.cost_type, "money", 0.05)
        case.usage.append((rng.choice(case.known), "spring", cost, text + zone))
    with asking(connections.get(), case) as asked:
        yield asked


def seconds(asked: Asked) -> float:
    query = "SELECT extract(epoch FROM %s::timestamptz - %s::timestamptz)::float8"
    return asked.connection.execute(query, [asked.until, asked.since]).fetchone()[0]


def sums_by_zone(asked: Asked, root: str | None, bucket: str, zones: str) -> list[tuple]:
    """For each of the zones that a query names the sums over the buckets."""
    query = sql.SQL(
        "SELECT zone.name, coalesce(sum(events), 0), coalesce(sum(cost), 0), coalesce(sum(unpriced_events), 0)"
        " FROM ({}) AS zone (name)"
        " LEFT JOIN LATERAL {}({}, {}, {}, {}, zone.name, source => {}) ON true GROUP BY zone.name"
    ).format(
        sql.SQL(zones),
        Family(asked.case.source.family).reader("tenant_usage_series"),
        *(asked.id(root), asked.since, asked.until, bucket, asked.case.source.name),
    )
    return asked.connection.execute(query).fetchall()


def check_zones(asked: Asked, bucket: str, zones: str) -> None:
    root = asked.root()
    columns = f"{TOTALS}, coalesce(sum(unpriced_events), 0)"
    expected = asked.rows("tenant_dashboard", asked.id(root), columns=columns, **asked.window)
    found = sums_by_zone(asked, root, bucket, zones)
    assert [row for row in found if row[1:] != expected[0]] == [], bucket


def test_buckets_sum_to_the_range_in_some_zones(asked):
    zones = f"SELECT name FROM pg_timezone_names ORDER BY hashtext(name || {asked.case.seed}) LIMIT 20"
    for bucket in instants.some_buckets(asked.rng, seconds(asked), 400):
        check_zones(asked, bucket, zones)


# The zones are enough.
@pytest.mark.share_of_cases(0)
@pytest.mark.parametrize("bucket", instants.BUCKETS)
def test_buckets_sum_to_the_range_in_every_zone(asked_in_spring, bucket):
    near = "2024-03-30 01:00+00" if bucket == "hour" else "2024-02-27 21:07+00"
    asked_in_spring.since, asked_in_spring.until = near, "2024-04-02 05:01+00"
    check_zones(asked_in_spring, bucket, "SELECT name FROM pg_timezone_names WHERE name !~ '^posix'")


def by_key(rows: list[tuple], keys: int) -> Counter:
    """The sums of the events and of the cost for each key."""
    found: Counter = Counter()
    for row in rows:
        found[row[:keys], "events"] += row[keys]
        found[row[:keys], "cost"] += row[keys + 1]
    return Counter({key: value for key, value in found.items() if value})


def test_adjacent_windows_add_up(asked):
    root = asked.root()
    readers = {
        ("tenant_feature_breakdown", 1): {"columns": "feature, events, cost"},
        ("tenant_feature_matrix", 2): {"columns": "tenant_id, feature, events, cost"},
        ("tenant_usage_series", 0): {"columns": "events, cost", "bucket": "year"},
    }
    whole = {"since": asked.before, "until": asked.until}
    for (reader, keys), named in readers.items():
        first, second, together = (
            by_key(asked.rows(reader, asked.id(root), **named, **window), keys)
            for window in (asked.prior, asked.window, whole)
        )
        # A Counter's own sum leaves out what is negative.
        first.update(second)
        assert Counter({key: value for key, value in first.items() if value}) == together, reader


def plain_totals(asked: Asked, condition: str) -> tuple:
    """Events and cost of the rows of usage that a condition takes."""
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(cost) FILTER (WHERE priced), 0) FROM ({event}) AS event"
        " WHERE {window} AND " + condition
    ).format(
        event=statement("event", asked.case.source),
        window=window_condition(asked.since, asked.until),
        tenants=asked.case.source.relation(asked.case.source.tenants),
        id=asked.case.source.identifiers()["id"],
    )
    return asked.connection.execute(query).fetchone()


@pytest.mark.parametrize("bounded", [True, False])
def test_roots_and_unattributed_usage_are_the_grand_total(asked, bounded):
    if not bounded:
        asked.since = asked.until = None
    total, cost = plain_totals(
        asked, "(tenant IS NULL OR NOT EXISTS (SELECT FROM {tenants} AS t WHERE t.{id} = tenant))"
    )
    attributed = cost
    for tenant, depth in asked.dashboard({}, "depth"):
        if depth in (0, None):
            scope = "own" if depth is None else "subtree"
            ((n, amount),) = asked.rows(
                "tenant_feature_breakdown", asked.id(tenant), columns=TOTALS, scope=scope, **asked.window
            )
            total, cost = total + n, cost + amount
    assert (total, cost) == plain_totals(asked, "true")
    columns = "coalesce(sum(value), 0)"
    ((roots,),) = asked.rows("tenant_top", sql.NULL, columns=columns, at_depth=0, **asked.window)
    cycles = sum(row[1] for row in asked.dashboard(asked.window, "cost", "depth") if row[2] is None)
    assert roots + cycles + attributed == cost


def everything(asked: Asked) -> list[list[tuple]]:
    """An answer of every reader."""
    window = asked.window
    sound = asked.sound()
    ids = sql.SQL("{}::{}[]").format(sql.Literal(sound), sql.SQL(Family(asked.case.source.family).id_type))
    return [
        asked.rows("tenant_usage_series", asked.id(None), bucket="year", **window),
        asked.rows("tenant_usage_series_for", ids, bucket="year", **window),
        *(asked.rows("tenant_feature_breakdown", asked.id(tenant), **window) for tenant in [None, *sound[:5]]),
        *(asked.rows("tenant_feature_matrix", scope=scope, **window) for scope in ("own", "subtree")),
        asked.rows("tenant_feature_adoption", **window),
        *(asked.rows("tenant_top", sql.NULL, by=by, **window) for by in ("subtree_cost", "growth", "cost")),
        asked.rows("tenant_compare", **window),
        asked.rows("tenant_activity", at=asked.until),
    ]


def test_moving_a_subtree_there_and_back_changes_nothing(asked):
    source = asked.case.source
    if len(sound := asked.sound()) < 2:
        pytest.skip("there is nowhere to move to")
    moved, target = asked.rng.sample(sound, 2)
    fixed = {"tenants": source.relation(source.tenants), "moved": moved, **source.identifiers()}
    link = sql.SQL("SELECT {parent} FROM {tenants} WHERE {id} = {moved}").format(**fixed)
    (home,) = asked.connection.execute(link).fetchone()
    before = everything(asked)
    tenant_tables.move(asked.connection, asked.case, moved, target)
    everything(asked)
    tenant_tables.move(asked.connection, asked.case, moved, home)
    assert everything(asked) == before


def test_shares_of_a_breakdown_sum_to_one(asked):
    rows = asked.rows(
        "tenant_feature_breakdown", asked.id(asked.root()), columns="cost, cost_share, feature", **asked.window
    )
    shares = [share for _, share, _ in rows]
    if sum(cost for cost, *_ in rows) == 0:
        assert set(shares) <= {None}
    else:
        # Credits can make shares large that cancel each other out.
        assert abs(sum(shares) - 1) <= 1e-12 * (1 + sum(map(abs, shares)))


def test_matrix_summed_over_features_is_the_dashboard(asked):
    for scope, prefix in (("own", ""), ("subtree", "subtree_")):
        columns = "tenant_id::text, events, cost"
        matrix = by_key(asked.rows("tenant_feature_matrix", columns=columns, scope=scope, **asked.window), 1)
        listed = asked.dashboard(asked.window, f"{prefix}events", f"{prefix}cost")
        assert matrix == by_key([row for row in listed if row[1] is not None], 1), scope


def in_order(asked: Asked, rows: list[tuple]) -> list[tuple]:
    """Rows of tenants and values as tenant_top lists them: integers by value, other ids by bytes."""
    integer = asked.case.source.family == ""
    return sorted(
        (row for row in rows if row[1] is not None),
        key=lambda row: (-row[1], int(row[0]) if integer else row[0].encode()),
    )


def test_top_is_the_dashboard_sorted(asked):
    columns = {"cost": "cost", "events": "events", "adoption_rate": "adoption_rate", "subtree_cost": "subtree_cost"}
    for by, column in columns.items():
        listed = in_order(asked, asked.dashboard(asked.window, f"{column}::numeric"))
        top = asked.rows("tenant_top", sql.NULL, columns="tenant_id::text, value, rank", by=by, **asked.window)
        found = [(tenant, value) for tenant, value, _ in top if value is not None]
        assert found == listed, by
        assert [rank for *_, rank in top] == list(range(1, len(top) + 1))
        n = asked.rng.randint(0, 5)
        short = asked.rows("tenant_top", sql.Literal(n), columns="tenant_id::text, value, rank", by=by, **asked.window)
        assert short == top[:n], by


def test_growth_is_the_difference_sorted(asked):
    now, before = (asked.dashboard(window, "subtree_cost") for window in (asked.window, asked.prior))
    changes = [(tenant, cost - was) for (tenant, cost), (_, was) in zip(now, before, strict=True) if cost is not None]
    top = asked.rows("tenant_top", sql.NULL, columns="tenant_id::text, change", by="growth", **asked.window)
    assert top == in_order(asked, changes)


def test_compare_is_two_dashboards(asked):
    figures = ("cost", "subtree_cost", "events")
    now, before = (asked.dashboard(window, *figures) for window in (asked.window, asked.prior))
    columns = ", ".join(("tenant_id::text", *figures, *(f"prior_{figure}" for figure in figures)))
    compared = asked.rows("tenant_compare", columns=columns, **asked.window)
    assert compared == [(*row, *was[1:]) for row, was in zip(now, before, strict=True)]
    changes = asked.rows(
        "tenant_compare",
        columns="cost - prior_cost - cost_change, subtree_cost - prior_subtree_cost - subtree_cost_change,"
        " events - prior_events - events_change, cardinality(features_gained) - cardinality(features_lost)",
        **asked.window,
    )
    used = (asked.dashboard(window, "features_used") for window in (asked.window, asked.prior))
    for (cost, subtree, n, features), (_, has), (_, had) in zip(changes, *used, strict=True):
        assert (cost, subtree or 0, n, features) == (0, 0, 0, has - had)


def test_values_of_a_measure_are_its_sums(asked):
    if not asked.case.source.measures:
        pytest.skip("there is none")
    (measure, _) = asked.rng.choice(asked.case.source.measures)
    now, before = (measures_of(asked, measure, window) for window in (asked.window, asked.prior))
    named = {"measure": measure, **asked.window}
    for place, scope in enumerate(("own", "subtree")):
        columns = "tenant_id::text, value"
        found: Counter = Counter()
        with decimal.localcontext(prec=10_000):
            for tenant, value in asked.rows("tenant_feature_matrix", columns=columns, scope=scope, **named):
                found[tenant] += value
        wanted = {tenant: sums[place] for tenant, sums in now.items() if sums[place]}
        assert {tenant: value for tenant, value in found.items() if value} == wanted, scope
    for tenant, (own, _, missing) in now.items():
        arguments = {"columns": VALUES, "bucket": "year", "scope": "own", **named}
        assert asked.rows("tenant_usage_series", asked.id(tenant), **arguments) == [(own, missing)], tenant
    columns = "tenant_id::text, value, subtree_value, prior_value, prior_subtree_value"
    compared = asked.rows("tenant_compare", columns=columns, **named)
    assert compared == [(tenant, *now[tenant][:2], *before[tenant][:2]) for tenant in now]


def measures_of(asked: Asked, measure: str, window: dict) -> dict[str, tuple]:
    """The own sum of each tenant, that of its subtree, and its events without a value."""
    rows = asked.rows("tenant_measures", columns="measure, tenant_id::text, own, subtree, missing_events", **window)
    return {tenant: tuple(values) for name, tenant, *values in rows if name == measure}


def active(asked: Asked, first: int, last: int) -> set[str]:
    """The tenants with events in a range of days of UTC, counted from that of `until`."""
    days = [
        sql.SQL("(({}::timestamptz AT TIME ZONE 'UTC')::date + {})::timestamp AT TIME ZONE 'UTC'").format(
            asked.until, sql.Literal(day)
        )
        for day in (first, last + 1)
    ]
    columns = "DISTINCT tenant_id::text"
    return {row[0] for row in asked.rows("tenant_feature_matrix", columns=columns, since=days[0], until=days[1])}


def test_activity_is_new_recovered_and_retained(asked):
    columns = (
        "tenants, active_day, active_week, active_month, new_tenants, recovered_tenants, lapsed_tenants, day_over_month"
    )
    (found,) = asked.rows("tenant_activity", columns=columns, at=asked.until)
    tenants, day, week, month, new, recovered, lapsed, ratio = found
    these, those = active(asked, -29, 0), active(asked, -59, -30)
    assert (day, week) == (len(active(asked, 0, 0)), len(active(asked, -6, 0)))
    assert month == len(these) == new + recovered + len(these & those)
    assert lapsed == len(those - these)
    assert tenants == len(asked.dashboard({}))
    assert ratio == (day / month if month else None)


def test_series_for_is_the_series_of_each(asked):
    ids = asked.rng.sample(sound := asked.sound(), min(5, len(sound)))
    array = sql.SQL("{}::{}[]").format(sql.Literal(ids), sql.SQL(Family(asked.case.source.family).id_type))
    tz = instants.zone(asked.rng, asked.case)
    for bucket in instants.some_buckets(asked.rng, seconds(asked), 100):
        named = {"bucket": bucket, "tz": tz, **asked.window}
        together = asked.rows("tenant_usage_series_for", array, columns="*", **named)
        singly = [row for tenant in ids for row in asked.rows("tenant_usage_series", asked.id(tenant), **named)]
        assert [row[1:] for row in together] == singly
