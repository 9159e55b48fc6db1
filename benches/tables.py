"""The same events in other tables: partitions, and tenants whose ids are UUIDs or texts.

Each is measured against a bare scan of the same table, alone and beside a second process that scans
another table of the same size, because that takes from the processor's caches what tables of ids
live on.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from agreement import expect_close, expect_equal, keyed
from comparisons import MONTH, Comparison, peer
from measure import Session, Work

SCAN = peer("scan")
MONTH_SCAN = peer("month_scan")
# What a row of output may take beside the scan, where the scan is short.
ROW = 0.000_001
# How many times as many turns such short statements get.
SHORT = 5

_COLUMNS = "tenant_id, feature_name, inference_cost, created_at"
_FIRST_DAY = "date '2026-01-01'"


@dataclass(frozen=True)
class Form:
    """A form of the main data set, in a schema of its own."""

    schema: str
    title: str
    # What makes `ai_feature_usage`, and `tenants` if they have other ids.
    statements: tuple[str, ...]
    at_most: float
    # The name that the readers of such ids end with.
    twin: str = ""


def partitions(schema: str, parts: int, step: str) -> tuple[str, ...]:
    """An empty table, with a partition for each of as many steps of time."""
    return (
        f"CREATE TABLE {schema}.ai_feature_usage (LIKE model.ai_feature_usage INCLUDING DEFAULTS)"
        " PARTITION BY RANGE (created_at)",
        f"""DO $$
BEGIN
    FOR n IN 0..{parts - 1} LOOP
        EXECUTE format(
            'CREATE TABLE {schema}.part_%s PARTITION OF {schema}.ai_feature_usage FOR VALUES FROM (%L) TO (%L)',
            n, {_FIRST_DAY} + n * interval '{step}', {_FIRST_DAY} + (n + 1) * interval '{step}');
    END LOOP;
END
$$""",
    )


def partitioned(schema: str, parts: int, step: str, time: str = "created_at") -> tuple[str, ...]:
    """The same with the events of the main data set."""
    return (
        *partitions(schema, parts, step),
        f"INSERT INTO {schema}.ai_feature_usage ({_COLUMNS}) SELECT {_COLUMNS.replace('created_at', time)}"
        " FROM model.ai_feature_usage",
    )


def with_ids(schema: str, id_type: str, origin: str = "model") -> tuple[str, ...]:
    """The tenants and events of a schema, with ids of a type that the digits of a hash are cast to."""

    def other(column: str) -> str:
        return f"md5('tenant ' || {column})::uuid::{id_type}"

    return (
        f"CREATE TABLE {schema}.tenants AS"
        f" SELECT {other('id')} AS id, name, {other('parent_id')} AS parent_id FROM {origin}.tenants",
        f"ALTER TABLE {schema}.tenants ADD PRIMARY KEY (id)",
        f"CREATE TABLE {schema}.ai_feature_usage AS SELECT id, {other('tenant_id')} AS tenant_id,"
        f" feature_name, inference_cost, created_at FROM {origin}.ai_feature_usage",
    )


MONTHLY = Form("monthly", "ten monthly partitions", partitioned("monthly", 10, "1 month"), 1.05)
FORMS = (
    MONTHLY,
    Form(
        "daily",
        "120 daily partitions",
        # The 300 days of the main data set, pressed into 120.
        partitioned("daily", 120, "1 day", f"{_FIRST_DAY} + (created_at - {_FIRST_DAY}) * 0.4"),
        1.2,
    ),
    Form("uuids", "uuid ids", with_ids("uuids", "uuid"), 1.05, "_uuid"),
    Form("texts", "text ids of 36 characters", with_ids("texts", "text"), 1.1, "_text"),
)
BESIDE = 1.3


def dashboard(form: Form, arguments: str = "") -> Work:
    return Work(f"SELECT * FROM tenant_dashboard{form.twin}({arguments})")


def measure(dsn: str, turns: int) -> list[Comparison]:
    """All forms; `dsn` is of a superuser, and the main data set is in `model`."""
    rows = []
    with made(dsn):
        for form in FORMS:
            with contextlib.closing(Session(dsn)) as session:
                session.connection.execute(f"SET search_path = {form.schema}, model, public")
                check(session, form)
                rows += whole(session, turns, form)
                if form is MONTHLY:
                    rows += one_month(session, turns, form)
    return rows


@contextlib.contextmanager
def made(dsn: str) -> Iterator[None]:
    """Makes the schemas of all forms, and one that a second process scans."""
    schemas = ", ".join([*(form.schema for form in FORMS), "beside"])
    with psycopg.connect(dsn, autocommit=True) as owner:
        for form in FORMS:
            owner.execute(f"CREATE SCHEMA {form.schema}")
            for statement in form.statements:
                owner.execute(statement)
        owner.execute("CREATE SCHEMA beside")
        owner.execute("CREATE TABLE beside.ai_feature_usage AS SELECT * FROM model.ai_feature_usage")
        owner.execute("VACUUM (ANALYZE)")
        try:
            yield
        finally:
            owner.execute(f"DROP SCHEMA {schemas} CASCADE")


@contextlib.contextmanager
def second_process(dsn: str) -> Iterator[None]:
    """Lets another process scan another table all the time, alone."""
    is_over = threading.Event()

    def scan(connection: psycopg.Connection) -> None:
        while not is_over.is_set():
            connection.execute(SCAN.sql)

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET search_path = beside")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        thread = threading.Thread(target=scan, args=(connection,))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def check(session: Session, form: Form) -> None:
    """Compares the events of all tenants with those of the main data set, and their cost."""
    totals = "SELECT 0, sum(events), sum(cost) FROM"
    ours = session.rows(Work(f"{totals} tenant_dashboard{form.twin}()"))
    events, cost, _ = session.rows(SCAN)[0]
    expect_close(f"the bare scan, {form.title}", keyed(ours), {0: (events, cost)})
    here = _by_name(session, form.twin)
    session.connection.execute("SET search_path = model, public")
    there = _by_name(session, "")
    session.connection.execute(f"SET search_path = {form.schema}, model, public")
    expect_equal(f"the dashboard, {form.title}", here, there)


def _by_name(session: Session, twin: str) -> list[tuple]:
    """What is the same for a tenant, whatever its id is."""
    columns = "name, events, cost, subtree_cost"
    joined = f"tenants JOIN tenant_dashboard{twin}() ON tenant_id = id"
    return session.rows(Work(f"SELECT {columns} FROM {joined} ORDER BY name"))


def whole(session: Session, turns: int, form: Form) -> list[Comparison]:
    """The whole dashboard, alone and beside a second process."""
    contenders = [dashboard(form), SCAN]
    ours, scan = session.medians(contenders, turns)
    with second_process(session.connection.info.dsn):
        ours_beside, scan_beside = session.medians(contenders, turns)
    title = f"`tenant_dashboard{form.twin}()`, {form.title}"
    peer_title = "bare scan of the same table"
    return [
        Comparison(title, ours, peer_title, scan, at_most=form.at_most),
        Comparison(f"{title}, beside a second process", ours_beside, peer_title, scan_beside, at_most=BESIDE),
    ]


def one_month(session: Session, turns: int, form: Form) -> list[Comparison]:
    """The window of one partition."""
    month = dashboard(form, MONTH)
    tenants = len(session.rows(month))
    ours, scan = session.medians([month, MONTH_SCAN], SHORT * turns)
    title = f"one month of {form.title}, less 1 µs for each of {tenants:,} rows"
    return [Comparison(title, ours - tenants * ROW, "bare scan of that month", scan, at_most=1.2)]
