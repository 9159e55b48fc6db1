"""Transactions that end in two phases: one session prepares them, any session finishes them later."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import psycopg
from psycopg.pq import TransactionStatus

from folds import AS_SUPERUSER
from sessions import Session
from steps import Step

# The locks of a prepared transaction make others fail, so there are few at a time, and not for long.
MOST = 3
FINISHED = 0.1
LISTED = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid"


class Prepared:
    """Random steps of this kind."""

    def __init__(self, rng: random.Random, sessions: list[Session], database: str):
        self.rng = rng
        self.sessions = sessions
        # A server has one list of them for all databases.
        self.names = (f"{database} {number}" for number in itertools.count(1))

    def waiting(self) -> list[str]:
        return sorted(name for session in self.sessions for name in session.left)

    def may_prepare(self) -> bool:
        return len(self.waiting()) < MOST

    def prepare(self, session: Session) -> Step:
        name = next(self.names)
        return Step(session.number, "prepare_transaction", sql=f"PREPARE TRANSACTION '{name}'", name=name)

    def due(self) -> Step | None:
        """Now and then a step that finishes one, or that lets a session do so."""
        waiting = self.waiting()
        if not waiting or self.rng.random() > FINISHED:
            return None
        idle = [session for session in self.sessions if session.status == TransactionStatus.IDLE]
        if not idle:
            return Step(self.rng.choice(self.sessions).number, "do", sql=self.rng.choice(["COMMIT", "ROLLBACK"]))
        return self.finish(self.rng.choice(idle), self.rng.choice(waiting))

    def finish(self, session: Session, name: str) -> Step:
        end = self.rng.choice(["COMMIT", "COMMIT", "ROLLBACK"])
        return Step(session.number, "finish", sql=f"{end} PREPARED '{name}'", name=name)

    def closing(self) -> Iterator[Step]:
        """Steps after which nothing is open or prepared, by a superuser."""
        for session in self.sessions:
            if session.status != TransactionStatus.IDLE:
                yield Step(session.number, "do", sql="ROLLBACK")
        first = self.sessions[0]
        yield Step(first.number, "do", sql=AS_SUPERUSER)
        for name in self.waiting():
            yield self.finish(first, name)


def give_up(connection: psycopg.Connection) -> None:
    """Rolls back all that are left in the database, which could not be dropped with them."""
    for (name,) in connection.execute(LISTED).fetchall():
        connection.execute(f"ROLLBACK PREPARED '{name}'")
