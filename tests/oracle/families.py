"""The three families of readers, one for each kind of ids."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from truth import FAMILY_TYPES


@dataclass
class Family:
    """The readers of one suffix, and the type that they take ids in."""

    suffix: str

    @property
    def id_type(self) -> str:
        return FAMILY_TYPES[self.suffix]

    def reader(self, name: str) -> sql.Identifier:
        return sql.Identifier(name + self.suffix)

    def id(self, value: str | None) -> sql.Composed:
        return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(self.id_type))
