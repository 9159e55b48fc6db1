"""The calls of the readers of questions that are errors, those that are nearly so, and those without rows."""

from __future__ import annotations

import psycopg
import pytest

# 3 and 4 are on a cycle, 5 is below it.
ROWS = """
CREATE SCHEMA errors;
SET LOCAL search_path = errors, public;
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
INSERT INTO tenants VALUES (1, NULL), (2, 1), (3, 4), (4, 3), (5, 3);
CREATE TABLE ai_feature_usage (
    tenant_id int, feature_name text, inference_cost float8, created_at timestamptz
);
INSERT INTO ai_feature_usage
SELECT id, 'chat', id, '2024-05-01' FROM tenants;
CREATE TABLE accounts (id uuid PRIMARY KEY, parent_id uuid);
CREATE TABLE account_usage (
    tenant_id uuid, feature_name text, inference_cost numeric, created_at timestamptz
);
SELECT tenant_metrics.setup('accounts', 'account_usage', source => 'uuids');
"""
# A call of each reader that takes a window.
WINDOWED = [
    "tenant_usage_series(1, {})",
    "tenant_usage_series_for('{{1}}', {})",
    "tenant_feature_breakdown(1, {})",
    "tenant_feature_matrix(1, {})",
    "tenant_feature_adoption(1, {})",
    "tenant_top(1, {})",
    "tenant_compare(1, {})",
]
SERIES = WINDOWED[:2]
SCOPED = WINDOWED[:4]
PLACED = [*SERIES, "tenant_activity(1, {})"]
EVERY = [*WINDOWED, "tenant_activity(1, {})"]
PERIOD = "since => '2024-05-01', until => '2024-06-01'"


def calls(readers: list[str], *arguments: str) -> list[str]:
    return [reader.format(given) for reader in readers for given in arguments]


NOT_LISTED = [
    *calls(WINDOWED, "since => '2024-05-02', until => '2024-05-01'"),
    *calls(SCOPED, "scope => 'all'", "scope => ''", "scope => 'subtree '"),
    *calls(SERIES, "bucket => 'minute'", "bucket => 'days'", "bucket => ''", "bucket => 'decade'"),
    *calls(PLACED, "tz => 'Mars/Olympus'", "tz => ''"),
    *calls(["tenant_top(1, {})"], "by => 'last_used'", "by => ''", "at_depth => -1"),
    *calls(["tenant_top(-1{})"], "", ", by => 'cost'"),
    "tenant_feature_matrix(1, max_depth => -1)",
    f"tenant_compare(1, {PERIOD}, max_depth => -1)",
    *calls(
        ["tenant_compare(1, {})", "tenant_top(1, by => 'growth', {})"],
        *("since => '-infinity', until => '2024-05-01'", "since => '2024-05-01', until => 'infinity'"),
    ),
    *calls(["tenant_activity(1, {})"], "at => 'infinity'", "at => '-infinity'"),
]
NULLS = [
    *calls([reader for reader in EVERY if "compare" not in reader], "source => NULL"),
    f"tenant_compare(1, {PERIOD}, source => NULL)",
    *calls(SCOPED, "scope => NULL"),
    *calls(SERIES, "bucket => NULL"),
    *calls(PLACED, "tz => NULL"),
    *calls(
        ["tenant_compare(1{})", "tenant_top(1, by => 'growth'{})"],
        *("", ", since => '2024-05-01'", ", until => '2024-05-01'"),
    ),
    "tenant_activity(1, at => NULL)",
]
ON_CYCLES = [
    *("tenant_usage_series(3)", "tenant_usage_series(5)", "tenant_usage_series(4, scope => 'subtree')"),
    *("tenant_usage_series_for('{3}')", "tenant_usage_series_for('{1,NULL,77,5}')"),
    *("tenant_feature_breakdown(3)", "tenant_feature_breakdown(5)"),
]
OTHER_IDS = calls([reader for reader in EVERY if "compare" not in reader], "source => 'uuids'")
UNKNOWN_SOURCE = calls([reader for reader in EVERY if "compare" not in reader], "source => 'nothing'")
STATES = {"22023": NOT_LISTED, "22004": NULLS, "42P19": ON_CYCLES, "42804": OTHER_IDS, "42704": UNKNOWN_SOURCE}

WITHOUT_ROWS = [
    *("tenant_usage_series(77)", f"tenant_usage_series(77, {PERIOD})", f"tenant_usage_series_for('{{}}', {PERIOD})"),
    *(f"tenant_usage_series_for(NULL, {PERIOD})", f"tenant_usage_series_for('{{NULL,77}}', {PERIOD})"),
    *("tenant_feature_breakdown(77)", "tenant_feature_matrix(77)", "tenant_feature_adoption(77)"),
    *("tenant_top(10, root => 77)", f"tenant_compare(77, {PERIOD})", "tenant_activity(77)", "tenant_top(0)"),
    *("tenant_usage_series(1, since => '2025-01-01')", "tenant_usage_series(1, until => '2020-01-01')"),
    *("tenant_usage_series(1, '2024-05-01', '2024-05-01')", "tenant_usage_series(1, 'infinity')"),
    *("tenant_top(9, root => 3)", "tenant_top(9, root => 3, by => 'cost', at_depth => 0)"),
    *("tenant_feature_matrix(3, scope => 'subtree')", "tenant_top(9, at_depth => 2147483647)"),
    "tenant_feature_breakdown_uuid(NULL, source => 'uuids')",
]
WITH_ROWS = {
    "tenant_usage_series(3, scope => 'own')": 1,
    "tenant_usage_series(NULL, scope => 'own')": 1,
    "tenant_usage_series_for('{3,1,3}', scope => 'own')": 2,
    "tenant_feature_breakdown(5, scope => 'own')": 1,
    "tenant_feature_breakdown(NULL)": 1,
    "tenant_feature_matrix(3)": 3,
    "tenant_feature_matrix()": 5,
    "tenant_feature_matrix(scope => 'subtree')": 2,
    "tenant_feature_matrix(max_depth => 0)": 4,
    "tenant_feature_adoption(3)": 1,
    "tenant_top(NULL)": 2,
    "tenant_top(NULL, by => NULL)": 2,
    "tenant_top(NULL, 'cost')": 5,
    "tenant_top(NULL, 'adoption_rate', 3)": 3,
    "tenant_top(NULL, 'cost', NULL, 1)": 1,
    f"tenant_top(9, by => 'growth', {PERIOD})": 2,
    f"tenant_compare({PERIOD})": 5,
    f"tenant_compare({PERIOD}, max_depth => 0)": 4,
    f"tenant_compare(5, {PERIOD})": 1,
    "tenant_activity()": 1,
    "tenant_activity(3)": 1,
    "tenant_activity_uuid(source => 'uuids')": 1,
    f"tenant_usage_series_uuid(NULL, {PERIOD}, source => 'uuids')": 31,
}


@pytest.fixture(scope="module")
def rows(connections):
    connection = connections.get()
    with connection.transaction(force_rollback=True):
        connection.execute(ROWS)
        yield connection


@pytest.mark.parametrize("engine", ["aggregate", "portable"])
@pytest.mark.parametrize(("state", "call"), [(state, call) for state, listed in STATES.items() for call in listed])
def test_wrong_calls_have_their_sqlstate(rows, engine, state, call):
    with pytest.raises(psycopg.Error) as raised, rows.transaction():
        rows.execute(f"SET LOCAL tenant_metrics.engine = {engine}")
        rows.execute(f"SELECT * FROM {call}")
    assert raised.value.sqlstate == state, raised.value


@pytest.mark.parametrize("engine", ["aggregate", "portable"])
@pytest.mark.parametrize(("call", "count"), [*((call, 0) for call in WITHOUT_ROWS), *WITH_ROWS.items()])
def test_calls_that_are_nearly_wrong_have_their_rows(rows, engine, call, count):
    with rows.transaction():
        rows.execute(f"SET LOCAL tenant_metrics.engine = {engine}")
        assert len(rows.execute(f"SELECT * FROM {call}").fetchall()) == count
