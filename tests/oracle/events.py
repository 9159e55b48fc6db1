"""Random usage: costs, features and times at the edges of what types hold."""

from __future__ import annotations

import random
import struct
from datetime import date, datetime, timedelta
from decimal import Decimal

COST_TYPES = [
    "double precision",
    "double precision",
    "double precision",
    "real",
    "numeric",
    "numeric",
    "numeric(60,30)",
    "numeric(12,2)",
    "smallint",
    "integer",
    "bigint",
]
WHOLE = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}

TIME_ZONES = {
    # Around which local times the clocks change.
    "UTC": ["2024-03-10 00:00", "2024-12-31 23:30"],
    "America/New_York": ["2024-03-10 02:30", "2024-11-03 01:30"],
    "Europe/Berlin": ["2024-03-31 02:30", "2024-10-27 02:30"],
    "Australia/Lord_Howe": ["2024-04-07 01:45", "2024-10-06 02:15"],
    "America/St_Johns": ["2010-03-14 00:01", "2010-11-07 00:01"],
    "Pacific/Apia": ["2011-12-29 23:30", "2011-12-30 12:00", "2011-12-31 00:30"],
    "Asia/Kathmandu": ["1986-01-01 00:00", "2024-06-01 05:45"],
    "Africa/Casablanca": ["2024-03-10 02:30", "2024-04-14 02:30"],
    "America/Havana": ["2024-03-10 00:30", "2024-11-03 00:30"],
    "America/Sao_Paulo": ["2018-02-17 23:30", "2018-11-04 00:30"],
}

# Before and after a change of the clocks: a local time that comes twice is meant once with each.
OFFSETS = {
    "UTC": ["+00"],
    "America/New_York": ["-05", "-04"],
    "Europe/Berlin": ["+01", "+02"],
    "Australia/Lord_Howe": ["+10:30", "+11"],
    "America/St_Johns": ["-03:30", "-02:30"],
    "Pacific/Apia": ["-10", "+14"],
    "Asia/Kathmandu": ["+05:30", "+05:45"],
    "Africa/Casablanca": ["+00", "+01"],
    "America/Havana": ["-05", "-04"],
    "America/Sao_Paulo": ["-03", "-02"],
}

FEATURES = [
    "",
    " ",
    "chat",
    "Chat",
    "chat ",
    "é",
    "e\u0301",
    "\U0001f916",
    "a feature with a name that is longer than sixteen bytes",
    "a feature with a name that is longer than sixteen bytez",
    "sixteen bytes ok",
    "seventeen bytes k",
    "0",
    "\\",
    "f" * 126,
    "f" * 127,
    "long" * 700,
    # Too long to stay in its row, even compressed.
    "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=9000)),
]


def bits_as_float(rng: random.Random, size: str) -> float:
    code, width = ("<d", 64) if size == "double precision" else ("<f", 32)
    packed = rng.getrandbits(width).to_bytes(width // 8, "little")
    return struct.unpack(code, packed)[0]


def exact_tie(rng: random.Random, digits: int) -> str:
    """A binary fraction with one digit more than the conversion keeps: a 5."""
    if rng.random() < 0.3:
        return f"{rng.randint(10 ** (digits - 1), 10**digits - 1)}5"
    places = rng.randint(1, min(digits, 10))
    whole = rng.randrange(10 ** (digits + 1 - places))
    return str(whole + Decimal(2 * rng.randrange(2 ** (places - 1)) + 1) / 2**places)


def float_cost(rng: random.Random, cost_type: str, style: str) -> str:
    double = cost_type == "double precision"
    if style == "money":
        return repr(round(rng.uniform(-10, 100), rng.randint(0, 4)))
    if style == "bits":
        return repr(bits_as_float(rng, cost_type))
    if style == "ties":
        return rng.choice(["", "-"]) + exact_tie(rng, 15 if double else 6)
    if style == "digits":
        return repr(rng.uniform(-1, 1) * 10 ** rng.randint(-12, 12))
    extreme = ["1e300", "-1e300", "1e-300", "5e-324", "-2.2250738585072014e-308", "1e15", "0"]
    small = ["3e38", "-3e38", "1e-45", "1.17549435e-38", "16777217", "0.1", "0"]
    return rng.choice([*(extreme if double else small), "-0", "0.1", "1e22", "123456.5"])


def numeric_cost(rng: random.Random, cost_type: str, style: str) -> str:
    sign = rng.choice(["", "", "-"])
    if cost_type == "numeric(12,2)":
        return f"{sign}{rng.randrange(10**9)}.{rng.randrange(1000)}"
    if style in ("money", "ties"):
        return f"{sign}{rng.randrange(1000)}.{'0' * rng.randint(0, 6)}{rng.randint(0, 99)}"
    if style == "digits" or cost_type != "numeric":
        return f"{sign}{rng.randrange(10**9)}.{rng.randrange(10**30):030}"
    if style == "bits":
        return f"{sign}{rng.randrange(10 ** rng.randint(1, 60))}e{rng.randint(-40, 40)}"
    return sign + rng.choice(["1e400", "1e-400", "9" * 500, "0.00", "1.0", "1.00", "1e18"])


def cost(rng: random.Random, cost_type: str, style: str, not_finite: float) -> str | None:
    chance = rng.random()
    if chance < not_finite / 2:
        return None
    if cost_type in WHOLE:
        bound = WHOLE[cost_type]
        if style in ("extreme", "bits"):
            return str(rng.choice([bound - 1, -bound, bound - 2, rng.randrange(-bound, bound)]))
        return str(rng.randint(-100, 1000))
    if chance < not_finite:
        bounded = cost_type.startswith("numeric(")
        return "NaN" if bounded else rng.choice(["NaN", "Infinity", "-Infinity"])
    if cost_type.startswith("numeric"):
        return numeric_cost(rng, cost_type, style)
    return float_cost(rng, cost_type, style)


def feature_pool(rng: random.Random, count: int) -> list[str]:
    pool = rng.sample(FEATURES, min(count, rng.randint(0, len(FEATURES))))
    return pool + [f"feature {number}" for number in range(count - len(pool))]


def local_time(rng: random.Random, time_zone: str) -> datetime:
    if rng.random() < 0.15:
        return datetime(1999, 12, 31) + timedelta(seconds=rng.randrange(10**9))
    near = datetime.fromisoformat(rng.choice(TIME_ZONES[time_zone]))
    steps = [timedelta(minutes=15), timedelta(hours=6), timedelta(seconds=1), timedelta(days=5)]
    moment = near + rng.choice(steps) * rng.randint(-12, 12)
    return moment + timedelta(microseconds=rng.choice([0, 0, 0, 1, 999_999]))


def time(rng: random.Random, time_type: str, time_zone: str) -> str | None:
    """A value of the time column; without an offset unless the type has one."""
    chance = rng.random()
    if chance < 0.02:
        return None
    if chance < 0.04:
        return rng.choice(["infinity", "-infinity"])
    if chance < 0.05:
        return rng.choice(["0044-03-15 BC", "0001-01-01", "9999-12-31"])
    moment = local_time(rng, time_zone)
    if time_type == "date":
        return date.isoformat(moment.date())
    text = moment.isoformat(sep=" ")
    if time_type != "timestamptz":
        return text
    return text + rng.choice(OFFSETS[time_zone])
