"""Further measures and dimensions beside the cost and the feature, and tenants that are a view of several tables."""

import contextlib
from collections.abc import Iterator

import psycopg

from agreement import expect_equal
from comparisons import Comparison, read
from measure import Session, Work

MEASURES = 16
FEW = 4
# Tokens of an event, another number for each of its measures.
_TOKENS = ", ".join(f"(id * {7 + place} % 4000)::int AS tokens_{place}" for place in range(MEASURES))
LEVELS = 4

STATEMENTS = (
    "CREATE SCHEMA metered",
    "CREATE TABLE metered.tenants AS TABLE model.tenants",
    "ALTER TABLE metered.tenants ADD PRIMARY KEY (id)",
    "CREATE TABLE metered.ai_feature_usage AS SELECT tenant_id, feature_name, inference_cost, created_at,"
    f" 'model ' || id % 9 AS model, {_TOKENS} FROM model.ai_feature_usage",
    *(
        f"CREATE TABLE metered.level_{level} AS SELECT * FROM model.tenants WHERE id % {LEVELS} = {level}"
        for level in range(LEVELS)
    ),
    "CREATE VIEW metered.levels AS "
    + " UNION ALL ".join(f"SELECT id, name, parent_id FROM metered.level_{level}" for level in range(LEVELS)),
)


def source(name: str, measures: int = 0, tenants: str = "tenants") -> str:
    columns = ",".join(f"tokens_{place}" for place in range(measures))
    return (
        f"SELECT tenant_metrics.setup('metered.{tenants}', 'metered.ai_feature_usage', '{name}',"
        f" measures => '{{{columns}}}', dimensions => '{{model}}')"
    )


SOURCES = {"plain": source("plain"), "few": source("few", FEW), "all": source("all", MEASURES)}
SOURCES["levels"] = source("levels", tenants="levels")


@contextlib.contextmanager
def made(connection: psycopg.Connection) -> Iterator[None]:
    """The tables and their sources, as long as this lasts."""
    for statement in (*STATEMENTS, *SOURCES.values()):
        connection.execute(statement)
    for table in ("tenants", "ai_feature_usage", *(f"level_{level}" for level in range(LEVELS))):
        connection.execute(f"VACUUM (ANALYZE) metered.{table}")
    try:
        yield
    finally:
        for name in SOURCES:
            connection.execute("SELECT tenant_metrics.teardown(%s)", (name,))
        connection.execute("DROP SCHEMA metered CASCADE")


def measure(session: Session, turns: int) -> list[Comparison]:
    with made(session.connection):
        plain, with_all, few, measures, every, cost, feature, model = session.medians(
            [
                read("tenant_dashboard", "plain"),
                read("tenant_dashboard", "all"),
                read("tenant_dashboard", "few"),
                read("tenant_measures", "few"),
                read("tenant_measures", "all"),
                read("tenant_subtree_costs", "all"),
                read("tenant_feature_breakdown", "plain", "NULL::bigint, "),
                read("tenant_feature_breakdown", "plain", "NULL::bigint, dimension => 'model', "),
            ],
            turns,
        )
        table, view, rows = session.medians(
            [
                read("tenant_dashboard", "plain"),
                read("tenant_dashboard", "levels"),
                Work("SELECT id, parent_id FROM metered.levels"),
            ],
            turns,
        )
    return [
        Comparison(
            f"`tenant_dashboard()`, a source with {MEASURES} measures",
            with_all,
            "the same without measures",
            plain,
            at_most=1.05,
        ),
        Comparison(
            f"`tenant_measures()`, the cost and {FEW} integers", measures, "`tenant_dashboard()`", few, at_most=1.5
        ),
        Comparison(
            f"`tenant_measures()`, the cost and {MEASURES} integers",
            every,
            "`tenant_subtree_costs()`",
            cost,
            at_most=3,
        ),
        Comparison(
            "`tenant_feature_breakdown(NULL)` by a second dimension", model, "by the feature", feature, at_most=1.1
        ),
        Comparison(
            f"`tenant_dashboard()`, tenants a view of {LEVELS} tables, less its own SELECT",
            view - rows,
            "tenants a table",
            table,
            at_most=1.1,
        ),
    ]


def check(session: Session) -> None:
    """The sums are those of SQL."""
    with made(session.connection):
        wanted = session.connection.execute(
            "SELECT sum(tokens_0)::numeric, sum(tokens_15)::numeric FROM metered.ai_feature_usage"
        ).fetchone()
        got = session.connection.execute(
            "SELECT sum(own) FILTER (WHERE measure = 'tokens_0'), sum(own) FILTER (WHERE measure = 'tokens_15')"
            " FROM tenant_measures(source => 'all')"
        ).fetchone()
        others = session.connection.execute(
            "(TABLE tenant_metrics.dashboard EXCEPT SELECT * FROM tenant_dashboard(source => 'levels')) LIMIT 1"
        ).fetchall()
    expect_equal("tenant_measures()", got, wanted)
    expect_equal("tenant_dashboard() over a view of several tables", others, [])
