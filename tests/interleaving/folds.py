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


class Folds:
    """Random steps of this kind."""

    def __init__(self, rng: random.Random, world: World, sessions: list[Session]):
        self.rng = rng
        self.sessions = sessions
        # Views are refused, which need not be seen often. The source `default` has alpha's mostly.
        able = [schema for schema in SCHEMAS if world.may_summarize(schema)]
        self.sources = [*able * 4, *["default"] * (5 if SCHEMAS[0] in able else 1), *SCHEMAS]

    def call(self) -> str:
        [call] = self.rng.choices(list(CALLS), list(CALLS.values()))
        return f"CALL tenant_metrics.{call.format(source=self.rng.choice(self.sources), parts=self.rng.randint(1, 3))}"

    def steps(self, session: Session) -> list[Step]:
        """A call as the session is, or as its role must be: a superuser's, and in no transaction."""
        idle = [other for other in self.sessions if other.status == TransactionStatus.IDLE]
        if not idle or self.rng.random() < 0.3:
            return [Step(session.number, "do", sql=self.call())]
        other = self.rng.choice(idle).number
        return [Step(other, "do", sql=AS_SUPERUSER), Step(other, "do", sql=self.call())]
