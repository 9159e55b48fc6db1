"""Moments in which nobody holds a lock, so that what needs the whole table happens at all."""

from __future__ import annotations

import random
from collections.abc import Callable

from psycopg.pq import TransactionStatus

from changes import Changes
from checks import Checks
from folds import AS_SUPERUSER, Folds
from prepared import Prepared
from sessions import Session
from steps import Step
from world import SCHEMAS, World


class Quiet:
    """Random rows of steps of this kind."""

    def __init__(
        self,
        rng: random.Random,
        world: World,
        sessions: list[Session],
        changes: Changes,
        checks: Checks,
        folds: Folds,
        prepared: Prepared,
    ):
        self.rng = rng
        self.world = world
        self.sessions = sessions
        self.changes = changes
        self.checks = checks
        self.prepared = prepared
        self.choices: list[Callable[[int], Step]] = [
            *[self.truncate] * 3,
            *[self.folded(folds)] * 3,
            *[changes.define] * 3,
            changes.slip,
            changes.refill,
        ]

    def truncate(self, session: int) -> Step:
        schema = self.rng.choice(SCHEMAS)
        return Step(session, "do", sql=f"TRUNCATE {schema}.{self.world.events_table(schema)}")

    def folded(self, folds: Folds) -> Callable[[int], Step]:
        return lambda session: Step(session, "do", sql=folds.call(needs_locks=True))

    def steps(self) -> list[Step]:
        """All end; then a session keeps an older snapshot while another one changes something."""
        ended = [
            Step(session.number, "do", sql=self.rng.choice(["COMMIT", "COMMIT", "ROLLBACK"]))
            for session in self.sessions
            if session.status != TransactionStatus.IDLE
        ]
        active, old = (session.number for session in self.rng.sample(self.sessions, 2))
        made = [*ended, Step(active, "do", sql=AS_SUPERUSER)]
        if self.rng.random() < 0.7:
            made += [self.prepared.finish(self.sessions[active], name) for name in self.prepared.waiting()]
        made += [
            Step(old, "do", sql=f"BEGIN ISOLATION LEVEL {self.rng.choice(['REPEATABLE READ', 'SERIALIZABLE'])}"),
            Step(old, "do", sql="SELECT pg_current_snapshot()"),
        ]
        changed = self.rng.choice(self.choices)(active)
        end = self.rng.choice(["at once", "at once", "prepared", "prepared", "open"])
        if end == "at once":
            made.append(changed)
        else:
            made += [Step(active, "do", sql="BEGIN"), changed]
        if end == "prepared" and self.prepared.may_prepare():
            made.append(self.prepared.prepare(self.sessions[active]))
        return [*made, self.rng.choice([self.checks.together, self.checks.bulk])(old), self.checks.verified(active)]
