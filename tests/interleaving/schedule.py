"""A round: a world made from a seed, and random steps of several sessions in it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import psycopg
from psycopg.pq import TransactionStatus

import steps
from access_methods import create_other_heap
from changes import Changes
from checks import Checks
from cluster import RUN, Cluster
from folds import Folds
from places import Places
from prepared import Prepared, give_up
from quiet import Quiet
from sessions import Difference, Performer, Session
from steps import Step
from world import World

# A step never waits long for a lock: the sessions belong to one driver.
SETTINGS = ["SET lock_timeout = '2ms'", "SET search_path = alpha, public", "SET client_min_messages = error"]
# A scan that is repeated for a row of its own must run again.
SETTINGS.append("SET enable_memoize = off")
MOST_SESSIONS = 6

CHANGES = {
    "insert": 10,
    "update": 5,
    "delete": 3,
    "truncate": 0.4,
    "refill": 0.8,
    "move": 5,
    "untangle": 1.5,
    "add_tenant": 2,
    "remove_tenant": 1,
    "change_region": 1,
    "block": 1.5,
    "slip": 0.3,
    "define": 1.5,
    "police": 0.8,
    "grant": 1.5,
    "become": 3,
    "reset_role": 4,
    "authorize": 1,
    "reset_session": 1.5,
    "revise": 1,
    "replace": 0.7,
    "membership": 3,
    "region": 3,
    "path": 2,
    "setting": 2,
}
CHECKS = {"together": 16, "apart": 8, "probe": 5, "bulk": 5, "routine": 5, "prepare": 1.5, "execute": 6, "declare": 4}
CHECKS |= {"verified": 1.5, "series": 3}
PLACES = {"place": 8, "string": 2.5, "copy": 1.5, "stored": 2.5, "returning": 2, "planned": 1, "opened": 3}
# Several steps in a row, mostly.
ROWS = {"fold": 6, "quiet": 0.9}
TRANSACTIONS = {
    "commit": 5,
    "prepare_transaction": 3,
    "rollback": 2.5,
    "savepoint": 4,
    "rollback_to": 4,
    "release": 1,
    "fetch": 14,
}
LEVELS = ["READ COMMITTED", "REPEATABLE READ", "REPEATABLE READ", "SERIALIZABLE"]
# Steps after which explain() has something to say.
COUNTED = {"together", "apart", "execute", "pairs"}


class Generator:
    """Chooses the next step from a seed and the state of the sessions."""

    def __init__(self, world: World, sessions: list[Session]):
        self.rng = rng = random.Random(f"steps of {world.seed}")
        self.sessions = sessions
        self.world = world
        major = sessions[0].connection.info.server_version // 10000
        self.changes = Changes(self.rng, world, major)
        self.checks = Checks(self.rng, world)
        self.places = Places(self.rng, world, self.changes)
        self.folds = Folds(self.rng, world, sessions)
        self.prepared = Prepared(self.rng, sessions, world.database)
        self.quiet_moments = Quiet(rng, world, sessions, self.changes, self.checks, self.folds, self.prepared)
        self.names = itertools.count(1)
        self.last: Step | None = None
        # What comes next, whatever else is due.
        self.queue: list[Step] = []

    def steps(self) -> Iterator[Step]:
        while True:
            self.last = self.next()
            yield self.last

    def next(self) -> Step:
        if self.queue:
            return self.queue.pop(0)
        last = self.last
        if last and last.kind in COUNTED and not self.broken(last) and self.rng.random() < 0.3:
            return self.checks.tally(last.session)
        if due := self.prepared.due():
            return due
        # Steps of one session follow each other often, so that answers are asked for again.
        if last and self.rng.random() < 0.5:
            session = self.sessions[last.session]
        else:
            session = self.rng.choice(self.sessions)
        if session.status == TransactionStatus.INERROR:
            return self.recover(session)
        if session.status == TransactionStatus.IDLE and self.rng.random() < 0.4:
            return self.begin(session)
        return self.choose(session)

    def closing(self) -> Iterator[Step]:
        """Ends all that is open, and looks at what is stored then."""
        yield from self.prepared.closing()
        yield self.checks.verified(0)

    def broken(self, step: Step) -> bool:
        """Whether the step's session is in a transaction that has failed."""
        return self.sessions[step.session].status == TransactionStatus.INERROR

    def recover(self, session: Session) -> Step:
        if session.savepoints and self.rng.random() < 0.6:
            return self.rollback_to(session)
        return Step(session.number, "do", sql="ROLLBACK")

    def begin(self, session: Session) -> Step:
        mode = self.rng.choice([*[""] * 10, " READ ONLY", " DEFERRABLE"])
        return Step(session.number, "do", sql=f"BEGIN ISOLATION LEVEL {self.rng.choice(LEVELS)}{mode}")

    def choose(self, session: Session) -> Step:
        weights = {**CHANGES, **CHECKS, **PLACES, **ROWS}
        if session.in_transaction:
            weights |= TRANSACTIONS
        else:
            weights |= {"declare": 0, "opened": 0}
        if self.world.unsteady:
            # Two statements, or two fetches, need not see the same.
            weights |= {"apart": 0, "declare": 0}
        if not session.savepoints:
            weights |= {"rollback_to": 0, "release": 0}
        if not self.prepared.may_prepare():
            weights["prepare_transaction"] = 0
        if not session.cursors:
            weights["fetch"] = 0
        if not session.prepared:
            weights["execute"] = 0
        [name] = self.rng.choices(list(weights), list(weights.values()))
        return self.step(session, name)

    def step(self, session: Session, name: str) -> Step:
        if name in TRANSACTIONS or name in ROWS:
            return getattr(self, name)(session)
        if name == "execute":
            return self.checks.execute(session.number, self.rng.choice(sorted(session.prepared)))
        sources = {**dict.fromkeys(CHANGES, self.changes), **dict.fromkeys(PLACES, self.places)}
        return getattr(sources.get(name, self.checks), name)(session.number)

    def fold(self, session: Session) -> Step:
        return self.queued(self.folds.steps(session))

    def quiet(self, _: Session) -> Step:
        return self.queued(self.quiet_moments.steps())

    def queued(self, made: list[Step]) -> Step:
        first, *self.queue = made
        return first

    def commit(self, session: Session) -> Step:
        return Step(session.number, "do", sql="COMMIT")

    def rollback(self, session: Session) -> Step:
        return Step(session.number, "do", sql="ROLLBACK")

    def prepare_transaction(self, session: Session) -> Step:
        return self.prepared.prepare(session)

    def savepoint(self, session: Session) -> Step:
        name = f"s{next(self.names)}"
        return Step(session.number, "savepoint", sql=f"SAVEPOINT {name}", name=name)

    def rollback_to(self, session: Session) -> Step:
        name = self.rng.choice(session.savepoints)
        return Step(session.number, "rollback_to", sql=f"ROLLBACK TO {name}", name=name)

    def release(self, session: Session) -> Step:
        name = self.rng.choice(session.savepoints)
        return Step(session.number, "release", sql=f"RELEASE {name}", name=name)

    def fetch(self, session: Session) -> Step:
        return self.checks.fetch(session.number, self.rng.choice(sorted(session.cursors)))


@contextlib.contextmanager
def opened(cluster: Cluster, world: World) -> Iterator[list[Session]]:
    """The world in a database of its own, and sessions in it."""
    cluster.create_database(world.database)
    try:
        with cluster.connect(world.database) as connection:
            create_other_heap(cluster, connection)
            world.create(connection)
        rng = random.Random(f"sessions of {world.seed}")
        number = rng.randint(4, MOST_SESSIONS)
        with contextlib.ExitStack() as stack:
            sessions = [Session(n, stack.enter_context(connect(cluster, world))) for n in range(number)]
            for session in sessions:
                choice = rng.choice(["null", "error"])
                session.rows(f"SET tenant_metrics.on_cycle = '{choice}'")
                # Otherwise so small tables are read themselves.
                session.rows(f"SET tenant_metrics.engine = {rng.choice(['auto', 'summaries', 'summaries'])}")
            yield sessions
    finally:
        with cluster.connect(world.database) as connection:
            give_up(connection)
        cluster.drop_database(world.database)
        with cluster.connect() as connection:
            world.drop_roles(connection)


@contextlib.contextmanager
def connect(cluster: Cluster, world: World) -> Iterator[psycopg.Connection]:
    connection = cluster.connect(world.database)
    try:
        # The only prepared statements are those of steps.
        connection.prepare_threshold = None
        for setting in SETTINGS:
            connection.execute(setting)
        yield connection
    finally:
        connection.close()


def execute(performer: Performer, schedule: Iterable[Step], on_step: Callable[[Step], None]) -> None:
    for step in schedule:
        on_step(step)
        performer.perform(step)


def run(cluster: Cluster, world: World, count: int) -> Counter[str]:
    """A round of random steps; a difference leaves its schedule in a file."""
    executed: list[Step] = []
    with opened(cluster, world) as sessions:
        performer = Performer(sessions)
        generator = Generator(world, sessions)
        schedule = itertools.chain(itertools.islice(generator.steps(), count), generator.closing())
        try:
            execute(performer, schedule, executed.append)
        except Difference as difference:
            file = save(world, executed)
            raise Difference(
                f"seed {world.seed}, step {len(executed)}: {difference}\n"
                f"replay: PG_CONFIG={cluster.pg_config} python tests/interleaving/replay.py {file}"
            ) from None
    return performer.counts


def save(world: World, executed: list[Step]) -> pathlib.Path:
    """Writes down a schedule and the world that it ran in."""
    folder = pathlib.Path(os.environ.get("TENANT_METRICS_SCHEDULES", RUN / "schedules"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{world.seed}.jsonl"
    lines = [json.dumps({"seed": world.seed, "size": world.size, "fault": world.fault})]
    lines += map(steps.written, executed)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def load(file: pathlib.Path) -> tuple[World, list[Step]]:
    first, *rest = file.read_text(encoding="utf-8").splitlines()
    return World(**json.loads(first)), [steps.read(line) for line in rest]
