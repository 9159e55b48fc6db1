"""Every query of the dashboard on a real server, with its macros and variables expanded, against plain SQL."""

from __future__ import annotations

import re
from decimal import Decimal

import psycopg
import pytest

from interpolation import expand, variable
from panels import COLUMNS, PANELS, expected, kinds, query, run
from views import MONTH, VIEWS, view

INJECTIONS = [
    "'; DROP TABLE tenants; --",
    "1) OR true --",
    "1' OR '1'='1",
    "\\'; DROP TABLE tenants; --",
    '"; DROP TABLE tenants; --',
    "$__timeFrom(); DROP TABLE tenants; $__timeFrom()",
    "$__timeFilter(1); DROP TABLE tenants; --",
    "(SELECT 1)",
    "1; SELECT 2",
    "",
]


def exactly(rows: list[tuple]) -> list[tuple]:
    """Values with their digits: 7.6 and 7.60 are equal as numbers."""
    return [tuple((type(value).__name__, str(value)) for value in row) for row in rows]


def test_every_panel_is_checked():
    assert set(PANELS) == set(COLUMNS)


@pytest.mark.parametrize("title", PANELS)
@pytest.mark.parametrize("name", VIEWS)
def test_panel_equals_plain_sql(reader, owner, title, name):
    answer = run(reader, title, VIEWS[name])
    assert kinds(answer) == COLUMNS[title]
    got = answer.fetchall()
    assert got, "a panel of this view is empty"
    assert exactly(got) == exactly(expected(owner, title, VIEWS[name]))


@pytest.mark.parametrize("title", PANELS)
def test_drawn_numbers_are_not_null(reader, title):
    """Flame graphs and series of numbers have no place for a NULL."""
    answer = run(reader, title, VIEWS["all tenants"])
    needed = {"flamegraph", "timeseries"}
    if PANELS[title]["type"] in needed:
        assert all(None not in row for row in answer.fetchall())


def test_times_are_in_order(reader):
    for title, panel in PANELS.items():
        if panel["targets"][0]["format"] == "time_series":
            times = [row[0] for row in run(reader, title, VIEWS["all tenants by week in Berlin"])]
            assert times == sorted(times) and len(times) > 1


@pytest.mark.parametrize("title", PANELS)
def test_a_period_without_usage_has_no_cost(reader, title):
    rows = run(reader, title, view("2020-01-01", "2020-02-01")).fetchall()
    assert {value for row in rows for value in row if isinstance(value, Decimal)} <= {0}
    # Where tenants or times are listed, they are listed without usage too.
    assert bool(rows) == (title not in {"Cost by tenant and feature", "Features", "Adoption"})


@pytest.mark.parametrize("title", PANELS)
def test_an_unknown_root_has_no_usage(reader, title):
    rows = run(reader, title, view(*MONTH, root="4711")).fetchall()
    if title == "The period against the one before":
        assert [row[2] for row in rows] == [0, 0]
    else:
        assert rows == []


def test_a_root_on_a_cycle_is_an_error_where_a_subtree_is_asked_for(reader):
    refused = set()
    for title in PANELS:
        try:
            run(reader, title, view(*MONTH, root="11")).fetchall()
        except psycopg.errors.InvalidRecursion:
            refused.add(title)
    assert refused == {"Cost over time", "Usage over time", "Features"}


def test_tenants_to_choose_from_are_told_apart(reader):
    rows = reader.execute(expand(variable("root")["query"], VIEWS["all tenants"])).fetchall()
    # Grafana drops all but one of the options with the same text.
    assert rows == [
        ("1", "acme"),
        ("4", "berlin (4)"),
        ("9", "berlin (9)"),
        ("6", "boston"),
        ("2", "eu"),
        ("7", "globex"),
        ("8", "initech"),
        ("11", "loop a"),
        ("12", "loop b"),
        ("5", "lyon"),
        ("14", 'o\'hara "quoted"'),
        ("15", "platform"),
        ("10", "stray"),
        ("13", "tail"),
        ("3", "us"),
    ]


@pytest.mark.parametrize("name", ["bucket", "by"])
def test_each_choice_is_answered(reader, name):
    """A custom variable's options are `text : value`, with commas between them."""
    title = {"bucket": "Usage over time", "by": "Top tenants"}[name]
    for option in variable(name)["query"].split(","):
        text, value = option.split(" : ")
        assert text and run(reader, title, view(*MONTH, **{name: value})).fetchall()


def test_the_format_of_every_variable():
    """Each is a quoted literal wherever it stands: expand() refuses all else."""
    for title in PANELS:
        for name in re.findall(r"\$\{(\w+)", query(title)):
            assert f"${{{name}:sqlstring}}" in query(title)
        assert not re.search(r"\$(?!__time(From|To)\(\)|\{)", query(title))


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize("name", ["root", "bucket", "by"])
def test_no_value_of_a_variable_runs_as_sql(owner, name, value):
    """As a role that could do harm, in the protocol that takes several statements."""
    before = owner.execute("SELECT count(*) FROM tenants").fetchone()
    for title in PANELS:
        if f"${{{name}:" not in query(title):
            continue
        with pytest.raises((psycopg.DataError, psycopg.errors.SyntaxError)):
            run(owner, title, view(*MONTH, **{name: value}))
    assert owner.execute("SELECT count(*) FROM tenants").fetchone() == before
