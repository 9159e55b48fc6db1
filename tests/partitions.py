"""Partitions of a usage table, drawn at random: by what, in how many levels, and how they are stored."""

from __future__ import annotations

import random
from dataclasses import dataclass

KINDS = ("range", "hash", "list", "levels")
BOUNDS = (("MINVALUE", "'2011-12-30'"), ("'2011-12-30'", "'2024-03-31'"))


@dataclass(frozen=True)
class Partitioned:
    """A table in partitions; all names are as SQL has them."""

    kind: str
    schema: str
    table: str
    tenant: str
    time: str
    # The tenants that have a partition of their own where it is by list, as literals.
    listed: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"

    def clause(self) -> str:
        """What follows the columns of the table."""
        by = {"hash": f"HASH ({self.tenant})", "list": f"LIST ({self.tenant})"}
        return f"PARTITION BY {by.get(self.kind, f'RANGE ({self.time})')}"

    def bounds(self) -> list[str]:
        """Of each partition of the table itself."""
        if self.kind == "hash":
            return [f"FOR VALUES WITH (MODULUS 3, REMAINDER {part})" for part in range(3)]
        if self.kind == "list":
            return [f"FOR VALUES IN ({value})" for value in ("NULL", *self.listed)] + ["DEFAULT"]
        return [f"FOR VALUES FROM ({low}) TO ({high})" for low, high in BOUNDS] + ["DEFAULT"]

    def statements(self, rng: random.Random, methods: list[str], attached: str = "") -> list[str]:
        """Makes the partitions, each stored by one of the access methods.

        With `attached`, a list of columns, they are tables of their own first.
        """
        made = []
        for number, bound in enumerate(self.bounds()):
            part, using = f"{self.schema}.part_{number}", f" USING {rng.choice(methods)}"
            if attached:
                made.append(f"CREATE TABLE {part} ({attached}){using}")
                made.append(f"ALTER TABLE {self.name} ATTACH PARTITION {part} {bound}")
            elif self.kind == "levels" and number < 2:
                made.append(f"CREATE TABLE {part} PARTITION OF {self.name} {bound} PARTITION BY HASH ({self.tenant})")
                made += [
                    f"CREATE TABLE {part}_{below} PARTITION OF {part}"
                    f" FOR VALUES WITH (MODULUS 2, REMAINDER {below}) USING {rng.choice(methods)}"
                    for below in range(2)
                ]
            else:
                made.append(f"CREATE TABLE {part} PARTITION OF {self.name} {bound}{using}")
        return made
