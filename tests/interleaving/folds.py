"""Steps that fold, make, mend, pause or end summaries, none of which changes an answer."""

from __future__ import annotations

import random

from psycopg.pq import TransactionStatus

from sessions import Session
from steps import Step
from world import SCHEMAS, World

AS_SUPERUSER = "RESET SESSION AUTHORIZATION; RESET ROLE"
CALLS = {
    "compact('{source}')": 3,
    "compact('{source}', full => true)": 3,
    "enable_summaries('{source}', parts => {parts})": 3,
    "rebuild('{source}', parts => {parts})": 2,
    "repair('{source}')": 4,
    "resume('{source}')": 4,
    "pause('{source}')": 2,
    "disable_summaries('{source}')": 1,
}
# What comes some time after a call.
AGAIN = {"pause('{source}')": "resume('{source}')", "disable_summaries('{source}')": "enable_summaries('{source}')"}
LOCKING = dict.fromkeys([*AGAIN, "rebuild('{source}', parts => {parts})"], 1)


class Folds:
    """Random steps of this kind."""

    def __init__(self, rng: random.Random, world: World, sessions: list[Session]):
        self.rng = rng
        self.sessions = sessions
        # What makes summaries again where they have ended.
        self.ended: list[str] = []
        # Views are refused, which need not be seen often. The source `default` has alpha's mostly.
        able = [schema for schema in SCHEMAS if world.may_summarize(schema)]
        self.sources = [*able * 4, *["default"] * (5 if SCHEMAS[0] in able else 1), *SCHEMAS]

    def call(self, needs_locks: bool = False) -> str:
        """A call; half of them may be of those that others' locks are mostly in the way of."""
        if self.ended and self.rng.random() < 0.4:
            return self.ended.pop(0)
        calls = LOCKING if needs_locks and self.rng.random() < 0.5 else CALLS
        [call] = self.rng.choices(list(calls), list(calls.values()))
        source = self.rng.choice(self.sources)
        if call in AGAIN:
            self.ended.append(f"CALL tenant_metrics.{AGAIN[call].format(source=source)}")
        return f"CALL tenant_metrics.{call.format(source=source, parts=self.rng.randint(1, 3))}"

    def steps(self, session: Session) -> list[Step]:
        """A call as the session is, or as its role must be: a superuser's, and in no transaction."""
        idle = [other for other in self.sessions if other.status == TransactionStatus.IDLE]
        if not idle or self.rng.random() < 0.3:
            return [Step(session.number, "do", sql=self.call())]
        other = self.rng.choice(idle).number
        return [Step(other, "do", sql=AS_SUPERUSER), Step(other, "do", sql=self.call())]
