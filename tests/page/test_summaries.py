"""What the page's server says of summaries, and what its answers were read from."""

from __future__ import annotations

import json
import sys

import pytest

from cluster import ROOT
from serving import serve

ENDPOINTS = ("tree", "features", "series")
DISABLED = "ALTER TABLE ai_feature_usage {} TRIGGER ALL"


def told(page) -> dict:
    status, _, body = page.get("api/summaries")
    assert status == 200, body
    return json.loads(body)


def sources(page, **asked) -> list[str]:
    return [page.ask(endpoint, **asked)["statements"]["read"]["what"] for endpoint in ENDPOINTS]


def test_how_summaries_stand_is_told(summaries_page, summaries_connection):
    run = summaries_connection.execute
    assert told(summaries_page) == {
        **{"state": "none", "usage": "ai_feature_usage", "closed": None},
        **{"totals": None, "copied": None, "waiting": None},
    }
    run("CALL tenant_metrics.enable_summaries()")
    totals = run("SELECT count(DISTINCT (tenant_id, feature_name)) FROM ai_feature_usage").fetchone()[0]
    current = told(summaries_page)
    assert current["state"] == "current"
    assert (current["totals"], current["copied"], current["waiting"]) == (totals, 20_000, 0)
    run("INSERT INTO ai_feature_usage (tenant_id, feature_name, created_at) VALUES (5, 'written', '2026-10-05')")
    assert told(summaries_page)["waiting"] > 0
    run("CALL tenant_metrics.pause()")
    paused = told(summaries_page)
    assert (paused["state"], paused["closed"]) == ("paused", "the summaries are paused")
    run("CALL tenant_metrics.resume()")
    run(DISABLED.format("DISABLE"))
    run(DISABLED.format("ENABLE"))
    stale = told(summaries_page)
    assert stale["state"] == "stale"
    assert stale["detail"] == stale["closed"] == "a trigger of the summaries is, or was, missing or disabled"
    run("CALL tenant_metrics.disable_summaries()")
    assert told(summaries_page)["state"] == "none"


WORDS = {
    None: {"state": "none"},
    "current": {"state": "current", "detail": ""},
    "building: 43 %": {"state": "building", "detail": "43 %"},
    "the summaries are not built to the end: call tenant_metrics.resume()": {"state": "unfinished"},
    "the summaries are paused": {"state": "paused"},
    "stale: columns of the usage table were changed": {
        **{"state": "stale", "detail": "columns of the usage table were changed"},
    },
    "something else: it is": {"state": "other", "detail": "something else: it is"},
}


@pytest.mark.parametrize("words", WORDS, ids=map(str, WORDS))
def test_the_words_of_status_are_taken_apart(words, page_requirements, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.delitem(sys.modules, "dashboard", raising=False)
    from dashboard.summaries import told

    assert told(words) == WORDS[words]


def test_an_answer_says_what_it_was_read_from(summaries_page, summaries_connection):
    run = summaries_connection.execute
    assert sources(summaries_page) == ["events"] * 3
    run("CALL tenant_metrics.enable_summaries()")
    assert sources(summaries_page) == ["summaries"] * 3
    assert sources(summaries_page, way="orm") == ["events", "summaries", "summaries"]
    leaf = run("SELECT max(id) FROM tenants").fetchone()[0]
    assert sources(summaries_page, way="events", root=leaf) == ["look-ups"] * 3


def test_both_ways_give_the_same_rows_and_leave_nothing_behind(summaries_page, summaries_connection):
    """The pool hands the connections on, and with them whatever a request has set."""
    summaries_connection.execute("CALL tenant_metrics.enable_summaries()")
    for endpoint in ENDPOINTS:
        answers = {}
        for way in ("events", "summaries", "readers"):
            for root in (None, 3):
                answer = summaries_page.ask(endpoint, way=way, root=root)
                assert answer["statements"]["count"] == 1
                answers.setdefault(root, []).append(answer["rows"])
        assert all(rows == [rows[0]] * 3 for rows in answers.values())
    for way in ("events", "summaries") * 2:
        assert sources(summaries_page, way=way) == [way] * 3
        assert sources(summaries_page) == ["summaries"] * 3


def test_a_role_whose_rows_are_filtered_is_told_why(filtered_page, summaries_connection):
    summaries_connection.execute("CALL tenant_metrics.enable_summaries()")
    said = told(filtered_page)
    assert said["state"] == "current"
    assert said["closed"] == "row-level security applies to the usage table"
    assert said["totals"] is said["copied"] is None
    for way in ("readers", "summaries"):
        assert sources(filtered_page, way=way) == ["events"] * 3


def test_a_version_without_summaries_is_no_error(old_page):
    assert told(old_page) == {
        "state": "unknown",
        "problem": "The installed version of tenant_metrics knows no summaries.",
    }
    read = old_page.ask("tree")["statements"]["read"]
    assert read == {"what": None, "problem": "The installed version of tenant_metrics does not tell."}


def test_what_the_role_may_not_ask_is_said(cluster, summaries_database, summaries_connection):
    run = summaries_connection.execute
    functions = "FUNCTION tenant_metrics.status, tenant_metrics.explain"
    run(f"REVOKE EXECUTE ON {functions} FROM PUBLIC")
    try:
        with serve(**summaries_database | {"PGUSER": "filtered"}) as page:
            problem = "The database says: permission denied for function status."
            assert told(page) == {"state": "unknown", "problem": problem}
            read = page.ask("tree")["statements"]["read"]
            assert read == {"what": None, "problem": "The database says: permission denied for function explain."}
    finally:
        run(f"GRANT EXECUTE ON {functions} TO PUBLIC")


def test_without_a_database_there_is_no_state(cluster, page_requirements):
    environment = {"DATABASE_URL": "postgresql:///nowhere", "PGHOST": cluster.host, "PGUSER": "postgres"}
    with serve(**environment) as page:
        said = told(page)
        assert said["state"] == "unknown"
        assert said["problem"].startswith("The database says")
