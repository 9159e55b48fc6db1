"""The three endpoints against plain SQL: every number, in several periods, zones and subtrees."""

from __future__ import annotations

import pytest

# The demo's usage is that of the 300 days from 2026-01-01 on.
DEFAULT = {"since": "2026-09-28", "until": "2026-10-28"}
QUESTIONS = {
    "the default period": DEFAULT,
    "a root": {**DEFAULT, "root": "3"},
    "a tenant in the middle, all of its usage": {"since": "2026-01-01", "until": "2026-10-28", "root": "44"},
    "a leaf": {**DEFAULT, "root": "777"},
    # Clocks in Berlin went forward on 2026-03-29.
    "a zone": {"since": "2026-03-25", "until": "2026-04-02", "root": "5", "tz": "Europe/Berlin"},
    "a zone whose clocks changed in the period before": {
        **{"since": "2026-03-10", "until": "2026-03-20"},
        **{"root": "5", "tz": "America/New_York"},
    },
    "no usage": {"since": "2020-01-01", "until": "2020-02-01", "root": "5"},
    "months that begin within the period": {"since": "2026-02-10", "until": "2026-05-20", "bucket": "month"},
    "weeks in a zone": {"since": "2026-03-05", "until": "2026-04-08", "tz": "America/New_York", "bucket": "week"},
    "hours": {"since": "2026-10-24", "until": "2026-10-27", "root": "3", "bucket": "hour"},
}
questions = pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)


def without_bucket(asked: dict) -> dict:
    return {name: value for name, value in asked.items() if name != "bucket"}


@questions
def test_tree_equals_plain_sql(page, psql, asked):
    answer = page.ask("tree", **asked)
    assert answer["statements"]["count"] == 1
    rows = {row["id"]: without_ancestors(row) for row in answer["rows"]}
    assert len(rows) == len(answer["rows"])
    assert rows == psql("tree", **without_bucket(asked))


def without_ancestors(row: dict) -> dict:
    return {name: value for name, value in row.items() if name != "ancestors"}


def test_ancestors_are_those_of_the_root(page):
    rows = {row["id"]: row for row in page.ask("tree")["rows"]}
    leaf = next(row for row in rows.values() if row["depth"] == 2)
    middle = rows[leaf["parent_id"]]
    top = rows[middle["parent_id"]]
    [shown] = page.ask("tree", root=leaf["id"])["rows"]
    assert shown["ancestors"] == [[top["id"], top["name"]], [middle["id"], middle["name"]]]
    assert {row["ancestors"] is None for row in page.ask("tree", root=top["id"])["rows"]} == {True}


@pytest.mark.parametrize("name", ["the default period", "a root", "a leaf", "a zone", "no usage"])
def test_the_orm_finds_the_same_with_a_statement_for_each_tenant(page, name):
    asked = QUESTIONS[name]
    readers, orm = (page.ask("tree", way=way, **asked) for way in ("readers", "orm"))
    assert orm["statements"]["count"] == len(orm["rows"]) + 1
    by_id = [sorted(answer["rows"], key=lambda row: row["id"]) for answer in (readers, orm)]
    assert by_id[0] == by_id[1]


def test_1001_statements_become_1(page):
    assert page.ask("tree", way="orm")["statements"]["count"] == 1_001
    assert page.ask("tree")["statements"]["count"] == 1


@questions
def test_features_equal_plain_sql(page, psql, asked):
    answer = page.ask("features", **asked)
    assert answer["statements"]["count"] == 1
    found: dict = {}
    for row in answer["rows"]:
        found.setdefault(row["id"], {})[row["feature"]] = [row["events"], row["cost"]]
    assert found == psql("features", **without_bucket(asked))


@questions
def test_series_equal_plain_sql_and_have_no_holes(page, psql, asked):
    answer = page.ask("series", **asked)
    assert answer["statements"]["count"] == 1
    found: dict = {}
    for row in answer["rows"]:
        if row["events"]:
            found.setdefault(row["id"], {})[row["bucket"] or "before"] = [row["events"], row["cost"]]
        else:
            assert row["cost"] == 0
    assert found == psql("series", **asked)
    # Every tenant has all buckets, so that a chart has no holes.
    tenants = {row["id"] for row in answer["rows"]}
    buckets = {row["bucket"] for row in answer["rows"]}
    assert len(answer["rows"]) == len(tenants) * len(buckets)
    assert None in buckets


def test_a_series_has_each_day_of_its_period(page):
    rows = page.ask("series", root="5", since="2026-03-25", until="2026-04-02", tz="Europe/Berlin")["rows"]
    days = sorted({row["bucket"] for row in rows} - {None})
    march = [f"2026-03-{day}T00:00:00" for day in range(25, 32)]
    assert days == [*march, "2026-04-01T00:00:00"]


def test_the_period_is_the_last_30_days_of_usage_by_itself(page):
    answer = page.ask("tree")
    assert answer["asked"] == {**DEFAULT, "root": None, "tz": "UTC", "bucket": "day"}
    assert answer["extent"] == {"first": "2026-01-01", "until": "2026-10-28"}


def test_what_was_sent_is_shown(page):
    for endpoint, reader in [
        ("tree", "tenant_dashboard("),
        ("features", "tenant_feature_matrix("),
        ("series", "tenant_usage_series_for("),
    ]:
        [sent] = page.ask(endpoint, root="3")["statements"]["sent"]
        assert reader in sent["sql"]
        assert sent["times"] == 1
        assert sent["parameters"]["root"] == "3"
        assert sent["parameters"]["since"] == DEFAULT["since"]


@pytest.mark.parametrize("way", ["readers", "orm"])
def test_odd_tenants_have_exact_numbers(odd_page, way):
    rows = {row["id"]: row for row in odd_page.ask("tree", way=way, tz="Europe/Berlin")["rows"]}
    assert set(rows) == {"1", "2", "3", "4", "5", "6", "7", "8", "9007199254740993"}
    # Unpriced events count, their costs do not; a credit is subtracted.
    assert rows["1"]["subtree_cost"] == 10 + 2.5 + 0.25 + 4 + 1 - 3
    assert rows["1"]["subtree_events"] == 8
    # A NULL is no feature.
    assert [rows["2"]["events"], rows["2"]["features_used"]] == [3, 2]
    assert rows["9007199254740993"]["cost"] == 5
    assert [rows["4"]["depth"], rows["4"]["parent_id"], rows["4"]["subtree_cost"]] == [0, "77", 7]
    assert [rows["5"]["depth"], rows["5"]["cost"], rows["5"]["subtree_cost"]] == [None, 100, None]
    assert rows["8"]["subtree_cost"] == rows["8"]["subtree_events"] == rows["8"]["adoption_rate"] == 0


def test_odd_features_and_days_have_exact_numbers(odd_page):
    asked = {"since": "2026-03-29", "until": "2026-03-30", "tz": "Europe/Berlin", "root": "1"}
    features = {(row["id"], row["feature"]): row["cost"] for row in odd_page.ask("features", **asked)["rows"]}
    markup = '<b onmouseover="window.injected = 3">bold</b>'
    assert features[("2", None)] == 0.25
    assert features[("2", markup)] == 2.5
    assert features[("2", "chat")] == 0
    # The day of 23 hours ends at 22:00 UTC.
    assert features[("9007199254740993", "chat")] == 4
    series = {(row["id"], row["bucket"]): row["cost"] for row in odd_page.ask("series", **asked)["rows"]}
    assert series[("1", "2026-03-29T00:00:00")] == 2.5 + 0.25 + 4
    # The period before has 23 hours too, and so begins after 2026-03-28 00:00.
    assert series[("1", None)] == 0


def test_tables_without_rows_give_no_rows(empty_page):
    for endpoint in ("tree", "features", "series"):
        answer = empty_page.ask(endpoint)
        assert answer["rows"] == []
        assert answer["extent"] == {"first": None, "until": None}
