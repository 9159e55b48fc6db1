"""What the endpoints refuse, what they say then, and what the page's server lets nobody do."""

from __future__ import annotations

import psycopg
import pytest

from serving import serve

ENDPOINTS = ("tree", "features", "series")

WRONG = {
    "a root that is no number": {"root": "1; DROP TABLE tenants"},
    "a root beyond bigint": {"root": str(2**63)},
    "a day that does not exist": {"since": "2026-02-30", "until": "2026-03-01"},
    "a day in another notation": {"since": "1 January 2026", "until": "2026-03-01"},
    "one bound": {"since": "2026-02-01"},
    "an empty period": {"since": "2026-02-01", "until": "2026-02-01"},
    "bounds in the wrong order": {"since": "2026-02-01", "until": "2026-01-01"},
    "a period without end": {"since": "0001-01-01", "until": "9999-12-31"},
    "too many hours": {"since": "2026-01-01", "until": "2026-06-01", "bucket": "hour"},
    "a bucket that there is none of": {"bucket": "day'; DROP TABLE tenants; --"},
    "a zone that there is none of": {"tz": "Atlantis"},
    "a zone with a quote": {"tz": "UTC'--"},
    "a zone with a NUL": {"tz": "UTC\0"},
    "a way that there is none of": {"way": "guess"},
    "an unknown parameter": {"limit": "1"},
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("parameters", WRONG.values(), ids=WRONG)
def test_parameters_are_checked(odd_page, endpoint, parameters):
    status, detail = odd_page.refusal(endpoint, **parameters)
    assert status == 422
    assert isinstance(detail, str) and detail


@pytest.mark.parametrize("way", ["readers", "orm"])
@pytest.mark.parametrize("root", ["99", "0", "-1", str(2**63 - 1)])
def test_an_unknown_tenant_is_not_found(odd_page, way, root):
    status, detail = odd_page.refusal("tree", root=root, way=way)
    assert (status, detail) == (404, f"There is no tenant {root}, or you may not see it.")


@pytest.mark.parametrize("way", ["readers", "orm"])
@pytest.mark.parametrize("root", ["5", "6", "7"])
def test_a_tenant_on_a_cycle_is_a_conflict(odd_page, way, root):
    status, detail = odd_page.refusal("tree", root=root, way=way)
    assert status == 409
    assert "cycle" in detail


def test_without_a_database_the_page_says_so(cluster, page_requirements):
    """The server starts, serves the page, and says what is missing."""
    environment = {"DATABASE_URL": "postgresql:///nowhere", "PGHOST": cluster.host, "PGUSER": "postgres"}
    with serve(**environment) as page:
        assert page.get("")[0] == 200
        for endpoint in ENDPOINTS:
            status, detail = page.refusal(endpoint)
            assert status == 503
            assert detail.startswith("The database")


def test_without_the_extension_the_error_names_the_function(cluster, page_requirements):
    environment = {"DATABASE_URL": "postgresql:///postgres", "PGHOST": cluster.host, "PGUSER": "postgres"}
    with serve(**environment) as page:
        status, detail = page.refusal("tree")
        assert status == 500
        assert "tenant_usage_series" in detail


def test_no_script_but_the_pages_own_may_run(odd_page):
    for path in ("", "main.js", "api/tree"):
        status, headers, _ = odd_page.get(path)
        assert status == 200
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_other_names_of_the_host_are_refused(odd_page):
    assert odd_page.get("api/tree", headers={"Host": "attacker.example"})[0] == 400


def test_the_server_only_reads(odd_database, monkeypatch):
    """Its connections refuse to write whatever the role may do."""
    for name, value in odd_database.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend("examples")
    from dashboard.database import engine_of_environment
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    engine = engine_of_environment()
    with engine.connect() as connection:
        # A transaction of its own for each statement: none holds a snapshot until the next request.
        assert connection.connection.driver_connection.autocommit
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text("DELETE FROM tenants"))
    assert isinstance(refused.value.orig, psycopg.errors.ReadOnlySqlTransaction)
    engine.dispose()
