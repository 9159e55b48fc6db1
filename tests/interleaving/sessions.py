"""Sessions execute steps and compare what readers and plain SQL say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import psycopg
from psycopg.pq import TransactionStatus

import tallies
from plain import CYCLES_ARE_NULL
from steps import Step

CYCLE = "42P19"
DUPLICATE = "21000"
UNDEFINED = "42704"
# A view's expression failed for a row.
BAD_NUMBER = "22P02"
# Raised by the harness's own functions where a reader and plain SQL differ.
DIFFERENT = "TM001"
# The message of a statement within another after which a tenant appears more than once.
REPEATING = "TM003"
# The client's cue to try again: they say nothing about the answer.
RETRY = {"40001", "40P01", "55P03"}
# What may fail around a comparison whose reader is only called where plain SQL has an answer:
# rights, schemas that may not be looked into, read-only transactions, rows without a partition,
# rows that a function of the statement has changed before the statement does, and retries.
UNRELATED = {*RETRY, "42501", "42P01", "25006", "23514", "27000"}
# Classes of errors that no step may cause: internal, system, resources, operator.
FORBIDDEN = {"XX", "58", "53", "57"}
# Steps that compare readers with plain SQL of the step's own.
COMPARISONS = {"together", "bulk", "apart", "probe", "places", "copy"}
# PostgreSQL's own internal errors under concurrent changes of one catalog row.
CONCURRENT_CATALOG = ("tuple concurrently", "cache lookup failed for")

# A transaction that inserts an id which others have deleted since its snapshot sees both rows,
# unique index or not.
DUPLICATES = "SELECT 'seen' FROM tenants GROUP BY id HAVING count(*) > 1 LIMIT 1"
# The same for statements that change roles, asked beforehand, as nothing can be asked after an error.
REPEATS = "SELECT harness.repeats()"
STATE = (
    "SELECT current_user, session_user, current_setting('search_path'), current_setting('app.region', true),"
    " current_setting('row_security')"
)

# PostgreSQL before 17 remembers which schemas of the search_path a role may use, and misses it
# when the role's memberships change; naming the path again makes it look.
REMEMBERS_PATH = 170000
LOOK_AGAIN = "SELECT set_config('search_path', current_setting('search_path'), true)"

Outcome = tuple[str, str | None]


class Difference(AssertionError):
    """A reader and plain SQL do not agree."""


@dataclass
class Session:
    number: int
    connection: psycopg.Connection
    # Open cursors: the state of the session that they were declared in, unless their rows may be
    # fetched in any, and the number of savepoints then.
    cursors: dict[str, tuple[tuple | None, int]] = field(default_factory=dict)
    prepared: set[str] = field(default_factory=set)
    # The open savepoints, the last at the end.
    savepoints: list[str] = field(default_factory=list)
    # The transactions that the session has prepared and nobody has finished.
    left: set[str] = field(default_factory=set)
    # What the open transaction has done, as it is counted.
    done: set[str] = field(default_factory=set)
    changed_rights: bool = False
    # Whether the last statement that may change roles could see a tenant twice.
    repeats: bool = False

    def __post_init__(self) -> None:
        self.connection.add_notice_handler(self.noticed)

    def noticed(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.sqlstate == REPEATING:
            self.repeats = True

    @property
    def status(self) -> TransactionStatus:
        return self.connection.info.transaction_status

    @property
    def in_transaction(self) -> bool:
        return self.status == TransactionStatus.INTRANS

    def rows(self, statement: str) -> list[tuple]:
        cursor = self.connection.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def outcome(self, statement: str) -> Outcome:
        """A statement's first value or SQLSTATE; the transaction goes on after an error."""
        guarded = self.in_transaction
        if guarded:
            self.connection.execute("SAVEPOINT outcome")
        try:
            found = self.rows(statement)
        except psycopg.Error as error:
            if guarded and not self.connection.closed:
                self.connection.execute("ROLLBACK TO outcome; RELEASE outcome")
            return "error", sqlstate(error)
        if guarded:
            self.connection.execute("RELEASE outcome")
        return "value", found[0][0] if found else None


def sqlstate(error: psycopg.Error) -> str:
    return error.sqlstate or f"no SQLSTATE: {error}"


def check_pairs(step: Step, rows: list[tuple]) -> int:
    """Compares rows of a label and pairs; says how many pairs there were."""
    for row in rows:
        got, expected = row[1::2], row[2::2]
        if {f"{{error,{state}}}" for state in RETRY} & {*got, *expected}:
            continue
        if got != expected:
            raise Difference(f"{step.told()}\n  row {row[0]}\n  readers   {got}\n  plain SQL {expected}")
    return sum(len(row) // 2 for row in rows)


def agree(reader: Outcome, place: Outcome, plain: Outcome, on_cycle: Outcome) -> bool:
    """Whether a reader's outcome follows from where its tenant is and what plain SQL says."""
    if place[0] == "error":
        return reader == place
    # Without a subtree no event is read, and none fails, which plain SQL has of the tenant itself.
    if place == ("value", "cycle") and (plain[0] == "value" or plain == ("error", BAD_NUMBER)):
        return reader == on_cycle
    return reader == plain


class Performer:
    """Executes steps one after the other, each to its end."""

    def __init__(self, sessions: list[Session]):
        self.sessions = sessions
        self.counts: Counter[str] = Counter()

    def perform(self, step: Step) -> None:
        session = self.sessions[step.session]
        was_idle = session.status == TransactionStatus.IDLE
        try:
            if step.kind in COMPARISONS and session.connection.info.server_version < REMEMBERS_PATH:
                session.rows(LOOK_AGAIN)
            beside = any(other.left for other in self.sessions)
            getattr(self, step.kind)(session, step)
            names = list(tallies.of(step, beside))
            self.counts.update([step.kind, *names])
            session.done.update(
                name for name in names if name.startswith(("call ", "statement ")) and "beside" not in name
            )
        except psycopg.Error as error:
            self.failed(session, step, error)
        self.follow(session, step, was_idle)

    def failed(self, session: Session, step: Step, error: psycopg.Error) -> None:
        """Decides whether an error of a step is one that may happen."""
        state = sqlstate(error)
        self.counts[f"error {state}"] += 1
        described = f"{step.told()}\n  {state} {error}"
        is_lost = step.kind == "finish" and state == UNDEFINED and any(step.name in s.left for s in self.sessions)
        if session.connection.closed or state == DIFFERENT or is_lost:
            raise Difference(described)
        if step.kind in ("places", "copy") and state not in UNRELATED:
            if state != DUPLICATE or not session.repeats:
                raise Difference(described)
            self.counts[f"agreed error {DUPLICATE}"] += 1
        # A comparison of summaries with the events has no way that takes less memory.
        is_limited = state == "53200" and ("verify(" in step.sql or "repair(" in step.sql)
        internal = state[:2] in FORBIDDEN and not is_limited
        if internal and not (state == "XX000" and any(text in str(error) for text in CONCURRENT_CATALOG)):
            raise Difference(described)

    def follow(self, session: Session, step: Step, was_idle: bool) -> None:
        """Keeps what is known of cursors in step with transactions and rights."""
        if session.status == TransactionStatus.IDLE:
            session.cursors.clear()
            session.savepoints.clear()
            session.done.clear()
        changes_rights = step.kind == "rights" or "harness.run" in step.sql
        if changes_rights:
            session.changed_rights = True
        # A cursor's plan keeps the rights, policies and functions that it was made with.
        if session.changed_rights and (changes_rights or session.status == TransactionStatus.IDLE):
            self.close_cursors()
            session.changed_rights = session.status != TransactionStatus.IDLE

    def close_cursors(self) -> None:
        """Forgets those whose rows depend on the rights at DECLARE."""
        for session in self.sessions:
            session.cursors = {name: opened for name, opened in session.cursors.items() if opened[0] is None}

    # Kinds of steps.

    def do(self, session: Session, step: Step) -> None:
        session.rows(step.sql)

    rights = do

    def savepoint(self, session: Session, step: Step) -> None:
        session.rows(step.sql)
        session.savepoints.append(step.name)

    def rollback_to(self, session: Session, step: Step) -> None:
        session.rows(step.sql)
        kept = session.savepoints.index(step.name) + 1
        del session.savepoints[kept:]
        # Cursors that are younger than the savepoint are gone.
        session.cursors = {name: opened for name, opened in session.cursors.items() if opened[1] < kept}

    def release(self, session: Session, step: Step) -> None:
        session.rows(step.sql)
        kept = session.savepoints.index(step.name)
        del session.savepoints[kept:]
        session.cursors = {name: (state, min(depth, kept)) for name, (state, depth) in session.cursors.items()}

    def pairs(self, session: Session, step: Step) -> None:
        self.counts["pairs compared"] += check_pairs(step, session.rows(step.sql))

    def places(self, session: Session, step: Step) -> None:
        self.expect_repeats(session)
        cursor, more = session.connection.execute(step.sql), True
        while more:
            if cursor.description:
                self.counts["pairs compared"] += check_pairs(step, cursor.fetchall())
            more = cursor.nextset()

    def copy(self, session: Session, step: Step) -> None:
        self.expect_repeats(session)
        with session.connection.cursor() as cursor, cursor.copy(step.sql) as rows:
            self.counts["pairs compared"] += check_pairs(step, list(rows.rows()))

    def bulk(self, session: Session, step: Step) -> None:
        guarded = session.in_transaction
        if guarded:
            session.connection.execute("SAVEPOINT compared")
        try:
            rows = session.rows(step.sql)
        except psycopg.Error as error:
            state = sqlstate(error)
            if state in RETRY:
                raise
            if guarded:
                session.connection.execute("ROLLBACK TO compared; RELEASE compared")
            self.explain(session, step, state, error)
            return
        if guarded:
            session.connection.execute("RELEASE compared")
        self.counts["pairs compared"] += check_pairs(step, rows)

    together = bulk

    def explain(self, session: Session, step: Step, state: str, error: psycopg.Error) -> None:
        """An error of both together must be the error of each alone."""
        reader, plain = session.outcome(step.reader), session.outcome(step.plain)
        self.counts[f"agreed error {state}"] += 1
        if RETRY & {reader[1], plain[1]} or self.duplicates(session, state):
            return
        # For a set of some tenants either may read the rows of others.
        if step.kind == "bulk" and state == BAD_NUMBER:
            return
        # Plain SQL fails where it needs rights for what it does not get to, a reader only if it
        # is called: a statement may have no rows, or only tenants whose cycles would be errors.
        uncalled = step.kind == "together" and reader[0] == "value"
        if plain != ("error", state) or not (uncalled or reader == plain):
            raise Difference(
                f"{step.told()}\n  together  {state} {error}\n  reader    {shown(reader)}\n  plain SQL {shown(plain)}"
            )

    def apart(self, session: Session, step: Step) -> None:
        reader = session.outcome(step.reader)
        if not self.duplicates(session, reader[1]):
            self.compare(session, step, reader, session.outcome(step.place), session.outcome(step.plain))

    def probe(self, session: Session, step: Step) -> None:
        [row] = session.rows(step.sql)
        reader, place, plain = (tuple(outcome) for outcome in row)
        if not self.duplicates(session, reader[1]):
            self.compare(session, step, reader, place, plain)

    def duplicates(self, session: Session, state: str | None) -> bool:
        """Whether a reader rightly says that an id appears more than once."""
        if state != DUPLICATE:
            return False
        # A source's tables need not be those of the search_path.
        if session.outcome(DUPLICATES) != ("value", "seen") and session.outcome(REPEATS) != ("value", True):
            return False
        self.counts[f"agreed error {DUPLICATE}"] += 1
        return True

    def expect_repeats(self, session: Session) -> None:
        """Only a transaction's snapshot can be older than the row that its unique index knows."""
        session.repeats = session.in_transaction and session.outcome(REPEATS) == ("value", True)

    def compare(self, session: Session, step: Step, reader: Outcome, place: Outcome, plain: Outcome) -> None:
        if RETRY & {reader[1], place[1], plain[1]}:
            self.counts["not compared"] += 1
            return
        if not agree(reader, place, plain, self.on_cycle(session)):
            raise Difference(
                f"{step.told()}\n  tenant    {shown(place)}\n  reader    {shown(reader)}\n  plain SQL {shown(plain)}"
            )
        self.counts["pairs compared"] += 1
        if reader[0] == "error":
            self.counts[f"agreed error {reader[1]}"] += 1
        elif place == ("value", "cycle"):
            self.counts["agreed NULL on cycles"] += 1

    def on_cycle(self, session: Session) -> Outcome:
        """What a scalar that needs the forest gives for a tenant on or below a cycle."""
        is_null = session.outcome(f"SELECT {CYCLES_ARE_NULL}") == ("value", True)
        return ("value", None) if is_null else ("error", CYCLE)

    def declare(self, session: Session, step: Step) -> None:
        [state] = session.rows(STATE)
        session.rows(step.sql)
        session.cursors[step.name] = None if step.place else state, len(session.savepoints)

    def fetch(self, session: Session, step: Step) -> None:
        """Readers run with the session's state at each fetch, plain SQL with that at DECLARE."""
        [state] = session.rows(STATE)
        if step.name not in session.cursors or session.cursors[step.name][0] not in (None, state):
            return
        self.counts["pairs compared"] += check_pairs(step, session.rows(step.sql))

    def verified(self, session: Session, step: Step) -> None:
        rows = session.rows(step.sql)
        if wrong := [row for row in rows if row[1]]:
            raise Difference(f"{step.told()}\n  stored wrongly {wrong}")
        self.counts["sources verified"] += len(rows)

    def prepare_transaction(self, session: Session, step: Step) -> None:
        # Of a transaction that has failed it is a rollback.
        if session.connection.execute(step.sql).statusmessage == "PREPARE TRANSACTION":
            session.left.add(step.name)
            self.counts.update(["PREPARE TRANSACTION", *(f"prepared {name}" for name in sorted(session.done))])

    def finish(self, session: Session, step: Step) -> None:
        session.rows(step.sql)
        self.counts[" ".join(step.sql.split()[:2])] += 1
        for other in self.sessions:
            other.left.discard(step.name)
        # It may have changed rights.
        self.close_cursors()

    def prepare(self, session: Session, step: Step) -> None:
        if step.name in session.prepared:
            session.rows(f"DEALLOCATE {step.name}")
            session.prepared.discard(step.name)
        session.rows(step.sql)
        session.prepared.add(step.name)

    def execute(self, session: Session, step: Step) -> None:
        if step.name in session.prepared:
            self.counts["pairs compared"] += check_pairs(step, session.rows(step.sql))

    def tally(self, session: Session, step: Step) -> None:
        outcome = session.outcome(step.sql)
        if outcome[0] == "value" and outcome[1]:
            for name, count in zip(("single", "pass", "cached", "summary"), outcome[1], strict=True):
                self.counts[f"{name} answers"] += count or 0


def shown(outcome: Outcome) -> str:
    return f"{outcome[0]} {outcome[1]}"
