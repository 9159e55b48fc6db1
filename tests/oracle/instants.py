"""Periods, zones and buckets at which calendars are difficult."""

from __future__ import annotations

import random
from dataclasses import dataclass

import psycopg
from psycopg import sql

import events
from cases import Case
from truth import statement

# Zones that no event is placed for: offsets, rules, odd histories. No abbreviations whose meaning
# has changed, such as MSK: date_trunc takes them for a zone, AT TIME ZONE for an offset.
OTHER_ZONES = ["CET", "EST5EDT", "-05:30", "<+0545>-5:45", "Africa/Monrovia", "Antarctica/Troll"]

# The seconds that a bucket usually takes at least, and a step that meets every bucket.
BUCKETS = {
    "hour": (3600, "10 minutes"),
    "day": (86_400, "6 hours"),
    "week": (7 * 86_400, "48 hours"),
    "month": (28 * 86_400, "240 hours"),
    "quarter": (90 * 86_400, "720 hours"),
    "year": (365 * 86_400, "2400 hours"),
}

# The first and the last time that is not infinite.
EARLIEST, LATEST = "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00"

# The instants of events, and those next to them.
EDGES = """
SELECT DISTINCT (at + step)::text COLLATE "C" AS edge
FROM ({event}) AS event, unnest('{{0, 1 us, -1 us}}'::interval[]) AS step
WHERE isfinite(at)
ORDER BY edge
"""

# The bounds in order, and whether a period as long before them is within what PostgreSQL knows.
BOUNDS = """
SELECT low::text, high::text, 2 * extract(epoch FROM low) - extract(epoch FROM high) > -2e11
FROM (SELECT least(one, other) AS low, greatest(one, other) AS high
      FROM (SELECT {one} AS one, {other} AS other) AS given) AS bounds
"""

# Where the period before starts, in elapsed time.
BEFORE = """
SELECT ((since - (until - since)) AT TIME ZONE 'UTC')::text
FROM (SELECT {since} AT TIME ZONE 'UTC' AS since, {until} AT TIME ZONE 'UTC' AS until) AS period
"""


@dataclass(frozen=True)
class Period:
    """A window, and the start of the period before it where there is one."""

    since: str | None = None
    until: str | None = None
    before: str | None = None


def zone(rng: random.Random, case: Case) -> str:
    return rng.choice([case.source.time_zone, case.source.time_zone, *events.TIME_ZONES, *OTHER_ZONES])


def edges(connection: psycopg.Connection, case: Case) -> list[str]:
    event = statement("event", case.source)
    found = [edge for (edge,) in connection.execute(sql.SQL(EDGES).format(event=event))]
    return found or ["2024-01-01 00:00:00+00"]


def instant(text: str) -> sql.Composed:
    return sql.SQL("{}::timestamptz").format(sql.Literal(text))


def period(connection: psycopg.Connection, one: sql.Composable, other: sql.Composable) -> Period:
    """The period between two finite instants, or from one of them."""
    since, until, is_known = connection.execute(sql.SQL(BOUNDS).format(one=one, other=other)).fetchone()
    if not is_known:
        return Period(since)
    query = sql.SQL(BEFORE).format(since=instant(since), until=instant(until))
    return Period(since, until, *connection.execute(query).fetchone())


def between_events(connection: psycopg.Connection, edges: list[str], rng: random.Random) -> Period:
    """From one event to another, or as long, with the other in the period before."""
    one, other = (instant(edge) for edge in sorted(rng.choices(edges, k=2)))
    if rng.random() < 0.5:
        one, other = other, sql.SQL("{1} + ({1} - {0})").format(one, other)
    return period(connection, one, other)


def around_change(connection: psycopg.Connection, case: Case, rng: random.Random) -> Period:
    """Some time around a change of the clocks, whole days or not."""
    tz = case.source.time_zone
    change = sql.Literal(rng.choice(events.TIME_ZONES[tz]))
    near = sql.SQL(rng.choice(["{}::timestamp", "date_trunc('day', {}::timestamp)"])).format(change)
    step = sql.Literal(rng.choice(["1 minute", "15 minutes", "1 hour", "12 hours", "1 day", "9 days", "31 days"]))
    ends = (
        sql.SQL("(({} + {} * {}::interval) AT TIME ZONE {})").format(near, sql.Literal(steps), step, sql.Literal(tz))
        for steps in (-rng.choice([0, 1, 9, 9]), rng.choice([0, 1, 9, 9]))
    )
    return period(connection, *ends)


def open_period(edges: list[str], rng: random.Random) -> Period:
    """A window without a bound, or with an infinite one."""
    edge = rng.choice(edges)
    return Period(
        *rng.choice(
            [
                *[(None, None), (None, None), (edge, None), (None, edge)] * 4,
                *[("-infinity", edge), (edge, "infinity"), ("-infinity", "infinity"), ("-infinity", None)],
                *[("infinity", None), (None, "-infinity"), (None, "infinity"), ("infinity", "infinity")],
            ]
        )
    )


def periods(connection: psycopg.Connection, case: Case, rng: random.Random) -> list[Period]:
    """An open one, one between events, one around a change of the clocks."""
    if "time" in case.source.lacks:
        return [Period()]
    known = edges(connection, case)
    return [
        open_period(known, rng),
        between_events(connection, known, rng),
        around_change(connection, case, rng),
    ]


def moment(connection: psycopg.Connection, case: Case, rng: random.Random) -> str:
    """An instant from which to look back for months."""
    query = sql.SQL("SELECT ({} + {} * interval '24 hours')::text").format(
        instant(rng.choice(edges(connection, case))),
        sql.Literal(rng.choice([0, 0, 1, 6, 7, 20, 29, 30, 31, 59, 60, 61])),
    )
    return connection.execute(query).fetchone()[0]


def some_buckets(rng: random.Random, seconds: float | None, most: int) -> list[str]:
    """One or two buckets of which so many seconds hold at most so many, if there are any."""
    found = [bucket for bucket, (size, _) in BUCKETS.items() if (seconds or 0) / size <= most]
    return rng.sample(found, min(2, len(found)))


def step(bucket: str, seconds: float | None) -> str:
    """How far apart instants may be that meet every bucket."""
    if bucket == "hour" and (seconds or 0) < 2 * 86_400:
        # Hours of local mean time ended at odd minutes.
        return "1 minute"
    return BUCKETS[bucket][1]
