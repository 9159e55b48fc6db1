"""Steps of a schedule: plain data, so that a schedule can be written down and executed again."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """What one session does next.

    kind        meaning
    do          `sql` runs; an error is the client's ordinary life
    rights      the same, for statements that change what roles may do
    savepoint   `sql` sets the savepoint `name`; likewise rollback_to, release
    pairs       `sql` gives rows of a label and pairs of values that are equal
    places      `sql`, one or more statements, gives such rows; what is compared cannot fail
    copy        the same for COPY
    together    the same with scalars; an error must be that of `reader` and of `plain` alone
    bulk        the same with sets
    apart       `reader` and `plain` run one after the other; `place` says where the tenant is
    probe       the same within one statement
    declare     `sql` opens the cursor `name` over pairs; `place` says where they may be fetched
    fetch       `sql` fetches from it
    prepare     `sql` prepares pairs under `name`
    execute     executes it
    verified    `sql` gives the sources that have current summaries, and what is stored wrongly of them
    prepare_transaction  `sql` prepares the session's transaction under `name`
    finish      `sql` commits or rolls back the prepared transaction `name`
    tally       asks how the last statement was answered
    """

    session: int
    kind: str
    sql: str = ""
    reader: str = ""
    plain: str = ""
    place: str = ""
    name: str = ""

    def told(self) -> str:
        """The step as a reader of a report wants it."""
        parts = [part for part in (self.name, self.sql, self.reader, self.plain) if part]
        return f"session {self.session} {self.kind}: " + "\n    ".join(parts)


def written(step: Step) -> str:
    """A line of JSON."""
    return json.dumps({key: value for key, value in dataclasses.asdict(step).items() if value != ""})


def read(line: str) -> Step:
    return Step(**json.loads(line))
