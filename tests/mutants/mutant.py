"""A change to the sources that makes answers wrong, and who has to notice it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Edit:
    """A text that stands in a file exactly once, and what it becomes."""

    file: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True)
class Mutant:
    """Edits, and the regress tests and isolation specs of which at least one must fail."""

    name: str
    edits: tuple[Edit, ...]
    regress: tuple[str, ...] = ()
    isolation: tuple[str, ...] = ()
