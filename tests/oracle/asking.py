"""Asks readers and the truth, and tells what they do not agree on."""

from __future__ import annotations

import random
import re

import psycopg
from psycopg import sql

import tree_json
from difference import Difference, different, told
from doubts import Doubts
from truth import (
    LACKS,
    Source,
    statement,
    true_columns,
)

CYCLE = "42P19"
DUPLICATE = "21000"
SHOWN = 200


class Asking:
    """Asks the readers of one source in one window, and the truth, in the transaction of the caller."""

    def __init__(
        self,
        connection: psycopg.Connection,
        source: Source,
        truth: sql.Identifier,
        window: tuple[str | None, str | None] = (None, None),
    ):
        self.connection = connection
        self.source = source
        self.truth = truth
        self.since, self.until = window
        self.remembered: dict[str, list] = {}
        self.doubts = self.find_doubts()
        self.sound, self.cyclic = self.statuses()

    def statuses(self) -> tuple[list[str], list[str]]:
        """The tenants in sound trees, and those on or below cycles."""
        found = self.rows(sql.SQL("SELECT tenant_id::text, tree_status FROM {} ORDER BY seq").format(self.truth))
        return (
            [tenant for tenant, status in found if status != "cycle" and tenant not in self.doubts.above],
            [tenant for tenant, status in found if status == "cycle" and tenant not in self.doubts.above],
        )

    def find_doubts(self) -> Doubts:
        return Doubts.of(self.connection, self.truth)

    @property
    def doubtful(self) -> list[str]:
        """The tenants of which nobody can say where they are."""
        return sorted(self.doubts.above)

    @property
    def every_id(self) -> list[str]:
        return self.sound + self.cyclic + self.doubtful

    def on_cycle(self) -> str | None:
        """What scalars of the forest give on or below a cycle: a SQLSTATE, or NULL."""
        [(setting,)] = self.rows("SELECT current_setting('tenant_metrics.on_cycle', true)")
        return CYCLE if setting == "error" else None

    @property
    def answered(self) -> list[str]:
        """The tenants of which no scalar is an error."""
        clear = [tenant for tenant in self.sound if tenant not in self.doubts.below]
        return clear if self.on_cycle() else clear + self.cyclic

    def rows(self, query) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def expected(self, name: str, **filled) -> list[tuple]:
        """The truth's rows for a reader, asked once for all engines and families."""
        query = statement(name, self.source, truth=self.truth, **filled)
        key = query.as_string(self.connection)
        if key not in self.remembered:
            self.remembered[key] = self.rows(query)
        return self.remembered[key]

    def arguments(self, *leading, window: bool = True, **named) -> sql.Composed:
        given = [*leading]
        if window and (self.since, self.until) != (None, None):
            for name, value in (("since", self.since), ("until", self.until)):
                given.append(sql.SQL("{} => {}").format(sql.SQL(name), sql.Literal(value)))
        for name, value in named.items():
            if value is not None:
                given.append(sql.SQL("{} => {}").format(sql.SQL(name), sql.Literal(value)))
        if self.source.name != "default":
            given.append(sql.SQL("source => {}").format(sql.Literal(self.source.name)))
        return sql.SQL(", ").join(given)

    def same(self, label: str, query: sql.Composed, expected: list, read=None, *, refused: str | None = None) -> None:
        """`read` turns the rows of the query into those to compare; `refused` is the id for which there are none."""
        text = query.as_string(self.connection)
        if refused is not None:
            self.fails(label, query, refused)
            return
        try:
            got = self.rows(query)
            got = read(got) if read else got
        except (psycopg.Error, tree_json.Malformed) as error:
            raise Difference(f"{label}: {told(error)}\n  {text}") from None
        if got != expected:
            raise different(label, text, got, expected)

    def fails(self, label: str, query: sql.Composed, duplicate: str) -> None:
        """The query depends on an id that several rows have."""
        # Messages show the beginning of a long text.
        shown = duplicate if len(duplicate) <= SHOWN else f"{duplicate[:SHOWN]}..."
        expected = f"{DUPLICATE} tenant id {shown} appears more than once"
        got = self.refusal(query) or "rows"
        # Odd texts are shown in another way.
        if got != expected and (re.fullmatch(r"[\w:-]+", duplicate, re.ASCII) or not got.startswith(DUPLICATE)):
            raise different(label, query.as_string(self.connection), [got], [expected])

    def refusal(self, query: sql.Composed) -> str | None:
        """The error of the query, if it has one."""
        try:
            with self.connection.transaction():
                self.rows(query)
        except psycopg.Error as error:
            return told(error)
        return None

    def native(self, value: str | None) -> sql.Composed:
        """An id as the truth compares it."""
        return sql.SQL("{}::{}").format(sql.Literal(value), self.source.id_sql)

    def listed(self, root: str | None, max_depth: int | None, columns) -> list[tuple]:
        return self.expected(
            "listed",
            root=self.native(root),
            max_depth=sql.SQL("{}::integer").format(sql.Literal(max_depth)),
            columns=true_columns(self.source, columns),
        )

    def template(self, call: sql.Composed) -> sql.Literal:
        """A call as a literal for `format`, in which only %L is a place-holder."""
        text = call.as_string(self.connection)
        return sql.Literal(text.replace("%", "%%").replace("%%L", "%L"))

    def lacking(self, label: str, call: sql.Composed) -> None:
        """A function that is about a column that the source lacks."""
        answer = sql.SQL("SELECT oracle.answer({})").format(sql.Literal(call.as_string(self.connection)))
        self.same(label, answer, [(LACKS,)])

    def sample(self, rng: random.Random, ids: list[str], count: int) -> list[str]:
        return rng.sample(ids, min(count, len(ids)))
