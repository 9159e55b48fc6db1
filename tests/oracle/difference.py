"""What a reader and the truth do not agree on."""

from __future__ import annotations

import psycopg


class Difference(AssertionError):
    """A reader and the truth do not agree."""


def told(error: Exception) -> str:
    """An error in one line, with its SQLSTATE if it has one."""
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return str(error)


def different(label: str, call, got: list, expected: list) -> Difference:
    lines = [f"{label}: {len(got)} rows, {len(expected)} expected", f"  {call}"]
    for number in range(max(len(got), len(expected))):
        ours = got[number] if number < len(got) else "no row"
        truth = expected[number] if number < len(expected) else "no row"
        if ours != truth:
            lines += [f"row {number}", f"  got      {ours}", f"  expected {truth}"]
            break
    return Difference("\n".join(lines))
