"""Scalars called once per row, or for one tenant, next to what else would answer.

The data sets are `model`, which is on the search_path, and `page`, a smaller one that an ORM reads
as one page.
"""

import random
import statistics
import time
from collections.abc import Callable

import psycopg
import sqlalchemy
from sqlalchemy import orm as sqlalchemy_orm

from agreement import expect_equal
from comparisons import Comparison, peer
from measure import Session, Work
from orm import Tenant, hybrid_statement, n_plus_one

COLUMNS = (
    "adoption_rate",
    "subtree_cost",
    "cost",
    "subtree_adoption_rate",
    "subtree_events",
    "last_used",
    "features_used",
    "depth",
)
DASHBOARD = Work("SELECT * FROM tenant_dashboard()")
TOP = Work("SELECT id, name, tenant_adoption_rate(id), tenant_subtree_cost(id) FROM tenants ORDER BY 4 DESC LIMIT 20")
LEAF_CALLS = ("SELECT tenant_subtree_cost($1)", "SELECT tenant_subtree_cost(id) FROM tenants WHERE id = $1")
LEAVES = 200
PAGE = "page"


def per_row(scalars: int) -> Work:
    """The first `scalars` columns of every tenant, each by a call."""
    calls = ", ".join(f"tenant_{column}(id)" for column in COLUMNS[:scalars])
    return Work(f"SELECT id, name, {calls} FROM tenants")


def leaves(tenants: int) -> list[int]:
    """Some tenants without children; the same ones in every run."""
    return random.Random(1).sample(range(tenants // 10 + 1, tenants + 1), LEAVES)


def short_pages(tenants: int) -> dict[str, Work]:
    """Pages of 20 tenants, which are chosen before the calls."""
    chance = random.Random(2)
    roots, middle = tenants // 100, tenants // 10
    mixed = [
        *chance.sample(range(1, roots + 1), 1),
        *chance.sample(range(roots + 1, middle + 1), 4),
        *chance.sample(range(middle + 1, tenants + 1), 15),
    ]
    chosen = {"20 leaves": leaves(tenants)[:20], "1 root, 4 below it, 15 leaves": mixed}
    return {
        title: Work(
            "SELECT id, name, tenant_adoption_rate(id), tenant_subtree_cost(id) "
            f"FROM (SELECT id, name FROM tenants WHERE id = ANY('{{{','.join(map(str, ids))}}}') LIMIT 20) AS page"
        )
        for title, ids in chosen.items()
    }


def check(session: Session, tenants: int) -> None:
    """Compares the answers of all contenders over the `model`."""
    columns = ", ".join(f"dashboard.{column}" for column in COLUMNS)
    dashboard = session.rows(
        Work(f"SELECT id, name, {columns} FROM tenants JOIN tenant_dashboard() AS dashboard ON tenant_id = id")
    )
    by_id = {row[0]: row for row in dashboard}
    for scalars in (2, 4, 8):
        expected = {id: row[: 2 + scalars] for id, row in by_id.items()}
        expect_equal(f"{scalars} scalars per row", {row[0]: row for row in session.rows(per_row(scalars))}, expected)
    top = sorted((row[3] for row in dashboard), reverse=True)[:20]
    expect_equal("the dearest tenants", [row[3] for row in session.rows(TOP)], top)
    for title, page in short_pages(tenants).items():
        found = session.rows(page)
        expect_equal(title, found, [by_id[row[0]][:4] for row in found])
        with single_answers(session):
            expect_equal(f"{title}, singly", session.rows(page), found)
    for leaf in leaves(tenants):
        (expected,) = session.rows(peer("tenant_cost", leaf))[0]
        for call in LEAF_CALLS:
            ((cost,),) = session.rows(Work(call, (leaf,)))
            expect_equal(f"leaf {leaf}", round(float(cost), 6), round(expected or 0, 6))


class single_answers:
    """Within this block nothing is kept, so no call is answered by a pass."""

    def __init__(self, session: Session):
        self._connection = session.connection

    def __enter__(self) -> None:
        self._connection.execute("SET tenant_metrics.cache_limit = 0")

    def __exit__(self, *_) -> None:
        self._connection.execute("RESET tenant_metrics.cache_limit")


def all_tenants(session: Session, turns: int) -> list[Comparison]:
    """A statement that an ORM writes, over every tenant."""
    *times, dashboard = session.medians([TOP, per_row(2), per_row(4), per_row(8), DASHBOARD], turns)
    titles = ["two scalars per row, `ORDER BY 4 DESC LIMIT 20`", *(f"{count} scalars per row" for count in (2, 4, 8))]
    return [
        Comparison(title, each, "`tenant_dashboard()`", dashboard, at_most=1.3)
        for title, each in zip(titles, times, strict=True)
    ]


def one_leaf(session: Session, turns: int, tenants: int) -> list[Comparison]:
    """Single leaves, each asked for in turn."""
    texts = [*LEAF_CALLS, peer("tenant_cost", 0).sql]
    times: dict[str, list[float]] = {text: [] for text in texts}
    for turn in range(turns + 1):
        for leaf in leaves(tenants):
            # Whoever comes first brings the leaf's rows into the processor's cache for the others.
            texts.append(texts.pop(0))
            for text in texts:
                elapsed = session.seconds(Work(text, (leaf,)))
                if turn > 0:
                    times[text].append(elapsed)
    *calls, plain = map(statistics.median, times.values())
    titles = [f"`{call.removeprefix('SELECT ')}`, prepared, {LEAVES} leaves" for call in LEAF_CALLS]
    return [
        Comparison(title, each, "`sum(inference_cost)` of it, prepared", plain, at_most=3, unit="µs")
        for title, each in zip(titles, calls, strict=True)
    ]


def short_page(session: Session, turns: int, tenants: int) -> list[Comparison]:
    """A page of 20 tenants, which might end before a pass has paid for itself."""
    rows = []
    for title, page in short_pages(tenants).items():
        times: dict[str, list[float]] = {"ours": [], "single answers": [], "the pass, `tenant_dashboard()`": []}
        ours, single, made = times.values()
        for turn in range(turns + 1):
            # A pass before each of the two clears the processor's cache for both alike.
            whole = session.seconds(DASHBOARD)
            together = session.seconds(page)
            session.seconds(DASHBOARD)
            with single_answers(session):
                alone = session.seconds(page)
            if turn > 0:
                ours.append(together)
                single.append(alone)
                made.append(whole)
        medians = {name: statistics.median(each) for name, each in times.items()}
        together = medians.pop("ours")
        better = min(medians, key=medians.get)
        other = max(medians, key=medians.get)
        what = f"two scalars per row, page of 20 ({title})"
        rows.append(Comparison(what, together, f"the better: {better}", medians[better], at_most=2))
        rows.append(Comparison(what, together, f"the worse: {other}", medians[other]))
    return rows


def page_of_scalars(session: sqlalchemy_orm.Session) -> dict[int, float]:
    """A page with both metrics in one statement; returns its adoption rates."""
    call = sqlalchemy.func
    statement = sqlalchemy.select(
        Tenant.id, Tenant.name, call.tenant_adoption_rate(Tenant.id), call.tenant_subtree_cost(Tenant.id)
    )
    return {row[0]: row[2] for row in session.execute(statement)}


def through_orm(dsn: str, turns: int) -> list[Comparison]:
    """The page of an ORM, by three ways of writing it."""
    connect = psycopg.connect
    dsn = psycopg.conninfo.make_conninfo(dsn, options=f"-c search_path={PAGE},public")
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: connect(dsn))
    contenders = (page_of_scalars, n_plus_one, hybrid_statement)
    times: list[list[float]] = [[] for _ in contenders]
    answers, statements = [{}] * 3, [0] * 3
    for turn in range(turns + 1):
        for position, contender in enumerate(contenders):
            answers[position], statements[position], elapsed = _through(engine, contender)
            if turn > 0:
                times[position].append(elapsed)
    engine.dispose()
    rates = [{id: round(float(rate), 9) for id, rate in answer.items()} for answer in answers]
    for found in rates[1:]:
        expect_equal("the ORM's adoption rates", found, rates[0])
    ours, loop, hybrid = map(statistics.median, times)
    title = f"SQLAlchemy, a page of {len(rates[0]):,} tenants with two scalars, {_counted(statements[0])}"
    return [
        Comparison(title, ours, f"N+1 loop (adoption rate only), {_counted(statements[1])}", loop, at_least=15),
        Comparison(
            title, ours, f"hybrid property (adoption rate only), {_counted(statements[2])}", hybrid, at_least=15
        ),
    ]


def _counted(statements: int) -> str:
    return f"{statements:,} statement{'' if statements == 1 else 's'}"


def _through(engine: sqlalchemy.Engine, contender: Callable[[sqlalchemy_orm.Session], dict]) -> tuple[dict, int, float]:
    """What a contender answers, the statements that it sends, and its time."""
    sent = []
    with sqlalchemy_orm.Session(engine) as session:
        connection = session.connection()
        sqlalchemy.event.listen(connection, "before_cursor_execute", lambda *_: sent.append(1))
        started = time.perf_counter()
        answer = contender(session)
        elapsed = time.perf_counter() - started
    return answer, len(sent), elapsed
