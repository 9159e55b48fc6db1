"""Instants, windows and time zones: anywhere, and where clocks change."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from plain import Window

# An instant in UTC around which the zone's clocks change, or another one where they do not.
ZONES = {
    "UTC": datetime(2024, 1, 3),
    "Europe/Berlin": datetime(2024, 3, 31, 1),
    "America/New_York": datetime(2024, 3, 10, 7),
    "America/St_Johns": datetime(2024, 3, 10, 5, 30),
    "America/Sao_Paulo": datetime(2018, 11, 4, 3),
    "Africa/Casablanca": datetime(2024, 3, 10, 2),
    "Asia/Tehran": datetime(2022, 9, 21, 19, 30),
    "Asia/Kolkata": datetime(2024, 1, 3, 18, 30),
    "Asia/Kathmandu": datetime(1985, 12, 31, 18, 30),
    "Australia/Lord_Howe": datetime(2024, 4, 6, 15),
    "Pacific/Apia": datetime(2011, 12, 30, 10),
    "Pacific/Chatham": datetime(2024, 4, 6, 14),
    "Pacific/Kiritimati": datetime(1994, 12, 31, 10, 40),
}
# Where the calendar skipped a day then.
SKIPPING = {"Pacific/Apia", "Pacific/Kiritimati"}
# The times of the events in the beginning, as schema.sql has them: ten days, each with these.
FIRST_DAY = datetime(2024, 1, 1)
APART = timedelta(hours=3, minutes=7, microseconds=1)
MOST_APART = 7
NEAR = [
    *[timedelta(0)] * 4,
    *(timedelta(microseconds=n) for n in (1, -1)),
    *(timedelta(minutes=n) for n in (15, -15, 30, -45, 60, -60, 90)),
    *(timedelta(hours=n) for n in (11, 14, 24, -24)),
]
ENDLESS = "infinity"
BUCKETS = {"hour": timedelta(days=4), "day": timedelta(days=60), "week": timedelta(days=500)}
BUCKETS |= {"month": timedelta(days=3000), "quarter": timedelta(days=5000), "year": timedelta(days=9000)}


def instant(rng: random.Random) -> datetime:
    """In UTC: where an event of the beginning is, near a change of the clocks, or anywhere."""
    choice = rng.random()
    if choice < 0.4:
        at = FIRST_DAY + timedelta(days=rng.randrange(10)) + APART * rng.randrange(MOST_APART)
    elif choice < 0.8:
        at = rng.choice(list(ZONES.values()))
    else:
        return FIRST_DAY + timedelta(microseconds=rng.randrange(10 * 24 * 3600 * 10**6))
    return at + rng.choice(NEAR)


def literal(at: datetime) -> str:
    """What a timestamptz is written as; no setting of the session matters."""
    return f"{at} UTC"


def event_time(rng: random.Random) -> str:
    """The time of an event, as an expression."""
    if rng.random() < 0.03:
        return rng.choice([f"'{ENDLESS}'", f"'-{ENDLESS}'"])
    return rng.choice(["NULL", *[f"'2024-01-{rng.randint(1, 10):02}'"] * 6, *[f"timestamp '{instant(rng)}'"] * 4])


def local(rng: random.Random) -> Window:
    """Some days or hours of a zone's calendar."""
    zone = rng.choice(list(ZONES))
    first = FIRST_DAY + timedelta(days=rng.randrange(10))
    if rng.random() < 0.5:
        first = ZONES[zone].replace(hour=0, minute=0)
    length = timedelta(days=rng.choice([1, 1, 2, 7]))
    if rng.random() < 0.5:
        # Where clocks go forward, two hours may take no time.
        first += timedelta(hours=rng.randrange(24))
        length = timedelta(hours=rng.choice([3, 4, 12, 24]))
    if zone in SKIPPING:
        length += timedelta(days=1)
    return Window(f"{first} {zone}", f"{first + length} {zone}")


def anywhere(rng: random.Random) -> Window:
    """Any window: with one bound or two, empty, local, infinite, before all events or after them."""
    first, last = sorted([instant(rng), instant(rng)])
    since, until = literal(first), literal(last)
    return rng.choice(
        [
            *[Window(since, until)] * 5,
            *[local(rng)] * 4,
            Window(since),
            Window(None, until),
            Window(since, since),
            Window(literal(first), literal(first + timedelta(microseconds=1))),
            Window(f"-{ENDLESS}", until),
            Window(since, ENDLESS),
            rng.choice([Window(f"-{ENDLESS}", ENDLESS), Window(ENDLESS), Window(None, f"-{ENDLESS}")]),
            Window("1900-01-01 UTC", "1950-01-01 UTC"),
            Window("2100-01-01 UTC"),
        ]
    )


class Windows:
    """Windows of a round: some come again, so that answers are kept for them, some do not."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.usual = [*[Window()] * 4, *(anywhere(rng) for _ in range(8))]

    def one(self) -> Window:
        return self.rng.choice(self.usual) if self.rng.random() < 0.7 else anywhere(self.rng)

    def of_series(self, bucket: str) -> Window:
        """One with not too many buckets, as plain SQL counts them slowly."""
        first = instant(self.rng)
        last = first + self.rng.random() * BUCKETS[bucket]
        if self.rng.random() < 0.3:
            last = first + self.rng.choice([timedelta(microseconds=1), timedelta(minutes=15)])
        choices = [*[Window(literal(first), literal(last))] * 4]
        if bucket in ("hour", "day"):
            choices += [local(self.rng)] * 3
        else:
            choices += [local(self.rng), anywhere(self.rng), Window()]
        # Events are at most some days later.
        late = max(first, FIRST_DAY)
        choices += [Window(literal(late)), Window(literal(late), ENDLESS)]
        return self.rng.choice(choices)
