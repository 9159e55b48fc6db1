"""Random tenant ids and random parent links, sound and broken."""

from __future__ import annotations

import random
import uuid

RANGES = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}

# Texts whose order by bytes differs from other orders, or that look alike.
TEXTS = [
    "",
    " ",
    "a",
    "A",
    "a ",
    "b",
    "B",
    "é",
    "e\u0301",
    "ß",
    "Z",
    "zz",
    "10",
    "9",
    "09",
    "-1",
    "NULL",
    "null",
    "{}",
    '"',
    "'",
    "\\",
    "\\N",
    "a,b",
    "%s",
    "$1",
    "\n",
    "\t",
    "\U0001f333",
    "ünïcödé",
    "中文",
    "\u202e",
    "x" * 126,
    "x" * 127,
    "y" * 3000,
]


def integer_ids(rng: random.Random, id_type: str, count: int) -> list[int]:
    low, high = RANGES[id_type]
    style = rng.choice(["dense", "dense", "shifted", "sparse", "wild"])
    if style == "dense":
        return list(range(1, count + 1))
    if style == "shifted":
        start = rng.randint(-count, 50)
        return list(range(start, start + count))
    if style == "sparse":
        high = min(high, 100_000)
        low = 0
    chosen = {low, high, 0, -1} if style == "wild" else {high}
    while len(chosen) < count + 4:
        chosen.add(rng.randint(low, high))
    return rng.sample(sorted(chosen), count)


def text_ids(rng: random.Random, count: int) -> list[str]:
    style = rng.choice(["numbers", "words", "odd", "odd"])
    if style == "numbers":
        return [str(number) for number in rng.sample(range(-50, 1000), count)]
    if style == "words":
        return [f"tenant {number:04}" for number in rng.sample(range(5000), count)]
    chosen = rng.sample(TEXTS, min(count, rng.randint(1, len(TEXTS))))
    alphabet = "abAB01 _-éß\U0001f333"
    while len(chosen) < count:
        text = "".join(rng.choices(alphabet, k=rng.randint(1, 12)))
        if text not in chosen:
            chosen.append(text)
    return chosen


def char_ids(rng: random.Random, count: int) -> list[str]:
    """Texts that a char(200) has, none of which differs from another in blanks at its end alone."""
    found: dict[str, None] = {}
    while len(found) < count:
        found |= dict.fromkeys(text.rstrip(" ") for text in text_ids(rng, count) if len(text) <= 150)
    return list(found)[:count]


def ids(rng: random.Random, id_type: str, count: int) -> list[str]:
    """Different ids of a type, as the text that PostgreSQL shows."""
    if id_type in RANGES:
        return [str(number) for number in integer_ids(rng, id_type, count)]
    if id_type == "uuid":
        found = {str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(count + 2)}
        found |= {str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1))}
        return rng.sample(sorted(found), count)
    return char_ids(rng, count) if id_type.startswith("char") else text_ids(rng, count)


def with_blanks(rng: random.Random, tenant: str | None, share: float) -> str | None:
    """A text that refers to a tenant, now and then with blanks behind it, which only char(n) ignores."""
    return tenant + " " * rng.randint(1, 3) if tenant is not None and rng.random() < share else tenant


def forest_size(rng: random.Random) -> int:
    low, high = rng.choice([(0, 0), (1, 1), (2, 8), (5, 30), (5, 30), (20, 80), (60, 160)])
    return rng.randint(low, high)


def parents(rng: random.Random, count: int) -> list[int | None]:
    """For each tenant the place of its parent in the list; None is a root."""
    shape = rng.choice(["random", "wide", "deep", "roots", "binary", "random", "comb"])
    links: list[int | None] = []
    for place in range(count):
        if place == 0:
            links.append(None)
        elif shape == "wide":
            links.append(0)
        elif shape == "deep":
            links.append(place - 1 if rng.random() < 0.97 else rng.randrange(place))
        elif shape == "roots":
            links.append(None if rng.random() < 0.7 else rng.randrange(place))
        elif shape == "binary":
            links.append((place - 1) // 2)
        elif shape == "comb":
            links.append(place - 1 if place % 2 else max(place - 2, 0))
        else:
            links.append(None if rng.random() < 0.1 else rng.randrange(place))
    return links


def close_cycle(rng: random.Random, links: list[int | None]) -> None:
    """Makes a random chain of links end where it began."""
    bottom = rng.randrange(len(links))
    path = [bottom]
    while (above := links[path[-1]]) is not None and above not in path and len(path) < 6:
        path.append(above)
    links[rng.choice(path)] = bottom


def duplicates(rng: random.Random, known: list[str], parents: list[str | None]) -> list[tuple[str, str | None]]:
    """Second rows, and third ones, of a few of the tenants."""
    few = rng.sample(known, min(len(known), rng.choice([1, 1, 2, 3])))
    return [(tenant, rng.choice(parents)) for tenant in few for _ in range(rng.choice([1, 1, 1, 2]))]


def forest(rng: random.Random, known: list[str], strangers: list[str]) -> list[tuple[str | None, str | None]]:
    """Rows (id, parent) for the known ids, in random order."""
    links = parents(rng, len(known))
    broken = rng.random()
    if known and broken < 0.35:
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.4:
                place = rng.randrange(len(links))
                links[place] = place
            else:
                close_cycle(rng, links)
    places = rng.sample(range(len(known)), len(known))
    rows: list[tuple[str | None, str | None]] = []
    for place, link in enumerate(links):
        parent = None if link is None else known[places[link]]
        if strangers and 0.25 < broken < 0.55 and rng.random() < 0.1:
            parent = rng.choice(strangers)
        rows.append((known[places[place]], parent))
    rng.shuffle(rows)
    return rows
