"""Callers who see the events through row-level security or through a view with a condition.

The policies are those of a product whose tables hold many organisations, told apart by a setting of
the connection. The organisation that asks has all tenants: so every contender reads all events.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from agreement import expect_close, expect_equal, keyed
from comparisons import Comparison, peer
from measure import Session, Work
from scalars import DASHBOARD, per_row

ROLE = "reader"
CONDITION = "inference_cost >= 0"
SCALARS = per_row(2)
HYBRID = peer("hybrid")
SCAN = peer("scan")

_OF_THE_ORGANISATION = "org_id = current_setting('app.org')::bigint"


@dataclass(frozen=True)
class Policies:
    """What a row must be for the reader to see it; None is a table without row-level security."""

    title: str
    on_tenants: str | None
    on_usage: str
    # What makes the reader one who sees nothing.
    stranger: str = "app.org = 2"


POLICIES = (
    Policies("row-level security on both tables", _OF_THE_ORGANISATION, "tenant_id IN (SELECT id FROM tenants)"),
    Policies(
        "row-level security on usage alone",
        None,
        f"tenant_id IN (SELECT id FROM tenants WHERE {_OF_THE_ORGANISATION})",
    ),
)
# The tenant of each row is compared with a setting, as where each organisation has a range of ids.
COMPARED = Policies(
    "a policy that compares the tenant with a setting",
    None,
    "tenant_id >= current_setting('app.first')::int",
    "app.first = 2147483647",
)


def measure(dsn: str, turns: int, schema: str) -> list[Comparison]:
    """All of it over the data set in `schema`; `dsn` is of a superuser."""
    rows = []
    for policies in POLICIES:
        with under(dsn, schema, policies) as session:
            check_policies(session, policies)
            rows += row_level_security(session, turns, policies.title)
    with under(dsn, schema, COMPARED) as session:
        check_policies(session, COMPARED)
        rows += compared(session, turns)
    with through_view(dsn, schema) as session:
        check_view(session, dsn, schema)
        rows += view(session, turns)
    return rows


@contextlib.contextmanager
def under(dsn: str, schema: str, policies: Policies) -> Iterator[Session]:
    """A session of a role that `policies` filter, which see the organisation of each tenant."""
    usage = f"{schema}.ai_feature_usage"
    with psycopg.connect(dsn, autocommit=True) as owner:
        for statement in (
            f"CREATE ROLE {ROLE} LOGIN",
            "CREATE SCHEMA organised",
            f"CREATE TABLE organised.tenants (LIKE {schema}.tenants INCLUDING ALL, org_id bigint NOT NULL DEFAULT 1)",
            f"INSERT INTO organised.tenants SELECT * FROM {schema}.tenants",
            "VACUUM (ANALYZE) organised.tenants",
            f"GRANT USAGE ON SCHEMA organised, {schema} TO {ROLE}",
            f"GRANT SELECT ON organised.tenants, {usage} TO {ROLE}",
            "SET search_path = organised",
        ):
            owner.execute(statement)
        if policies.on_tenants:
            _enable(owner, "organised.tenants", policies.on_tenants)
        _enable(owner, usage, policies.on_usage)
        try:
            with contextlib.closing(_session(dsn, f"organised,{schema},public", user=ROLE)) as session:
                yield session
        finally:
            for statement in (
                f"DROP POLICY of_organisation ON {usage}",
                f"ALTER TABLE {usage} DISABLE ROW LEVEL SECURITY",
                "DROP SCHEMA organised CASCADE",
                f"DROP OWNED BY {ROLE}",
                f"DROP ROLE {ROLE}",
            ):
                owner.execute(statement)


def _enable(owner: psycopg.Connection, table: str, condition: str) -> None:
    owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    owner.execute(f"CREATE POLICY of_organisation ON {table} FOR SELECT TO {ROLE} USING ({condition})")


@contextlib.contextmanager
def through_view(dsn: str, schema: str) -> Iterator[Session]:
    """A session whose usage table is a view that all events pass."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("CREATE SCHEMA priced")
        owner.execute(
            "CREATE VIEW priced.ai_feature_usage AS "
            f"SELECT tenant_id, feature_name, inference_cost, created_at FROM {schema}.ai_feature_usage "
            f"WHERE {CONDITION}"
        )
        try:
            with contextlib.closing(_session(dsn, f"priced,{schema},public")) as session:
                yield session
        finally:
            owner.execute("DROP SCHEMA priced CASCADE")


def _session(dsn: str, search_path: str, **parameters) -> Session:
    options = f"-c search_path={search_path} -c app.org=1 -c app.first=1"
    return Session(psycopg.conninfo.make_conninfo(dsn, options=options, **parameters))


def check_policies(session: Session, policies: Policies) -> None:
    """Compares the contenders' answers, and that a stranger gets none: the policies do apply."""
    what = policies.title
    _check_scalars(session, what)
    rates = Work("SELECT tenant_id, adoption_rate FROM tenant_dashboard()")
    expect_close(f"the hybrid property, {what}", keyed(session.rows(rates)), keyed(session.rows(HYBRID)))
    events, cost, _ = session.rows(SCAN)[0]
    expect_close(f"the bare scan, {what}", keyed(_totals(session)), {0: (events, cost)})
    session.connection.execute(f"SET {policies.stranger}")
    expect_equal(f"a stranger's scan, {what}", session.rows(SCAN), [(0, None, None)])
    expect_equal(f"a stranger's dashboard, {what}", _totals(session), [(0, 0, 0)])
    if policies.on_tenants:
        expect_equal(f"a stranger's tenants, {what}", session.rows(SCALARS), [])
    session.connection.execute(f"RESET {policies.stranger.split()[0]}")


def check_view(session: Session, dsn: str, schema: str) -> None:
    """Compares the scalars with the dashboard, and that with the table's, as all events pass the view."""
    _check_scalars(session, "a view")
    through = session.rows(DASHBOARD)
    with contextlib.closing(_session(dsn, f"{schema},public")) as direct:
        expect_equal("the dashboard over a view", through, direct.rows(DASHBOARD))


def _check_scalars(session: Session, what: str) -> None:
    columns = "id, name, adoption_rate, subtree_cost"
    dashboard = session.rows(Work(f"SELECT {columns} FROM tenants JOIN tenant_dashboard() ON tenant_id = id"))
    expect_equal(f"two scalars per row, {what}", sorted(session.rows(SCALARS)), sorted(dashboard))


def _totals(session: Session) -> list[tuple]:
    """All events and what they cost, as one row under the key 0."""
    return session.rows(Work("SELECT 0, coalesce(sum(events), 0), coalesce(sum(cost), 0) FROM tenant_dashboard()"))


def row_level_security(session: Session, turns: int, title: str) -> list[Comparison]:
    """Scalars once per row and the dashboard, next to what else the role could send."""
    scalars, dashboard, hybrid, scan = session.medians([SCALARS, DASHBOARD, HYBRID, SCAN], turns)
    calls = f"{_calls(session)}, {title}"
    return [
        Comparison(calls, scalars, "`tenant_dashboard()` under the same role", dashboard, at_most=1.3),
        Comparison(
            calls,
            scalars,
            "hybrid property's statement under the same role (adoption rate only)",
            hybrid,
            at_least=4.5,
        ),
        Comparison(f"`tenant_dashboard()`, {title}", dashboard, "bare scan under the same role", scan, at_most=1.3),
    ]


def compared(session: Session, turns: int) -> list[Comparison]:
    """The dashboard, where a condition is evaluated for each event."""
    ours, scan = session.medians([DASHBOARD, SCAN], turns)
    title = f"`tenant_dashboard()`, {COMPARED.title}"
    return [Comparison(title, ours, "bare scan under the same role", scan, at_most=1.2)]


def view(session: Session, turns: int) -> list[Comparison]:
    """Scalars once per row over a view."""
    scalars, dashboard = session.medians([SCALARS, DASHBOARD], turns)
    calls = f"{_calls(session)}, usage a view `WHERE {CONDITION}`"
    return [Comparison(calls, scalars, "`tenant_dashboard()` over the same view", dashboard, at_most=1.3)]


def _calls(session: Session) -> str:
    ((tenants,),) = session.rows(Work("SELECT count(*) FROM tenants"))
    return f"two scalars for each of {tenants:,} tenants"
