"""questions.sql against answers that were found by hand."""

from __future__ import annotations

import dataclasses

import pytest
from psycopg import sql

import instants
from cases import MODEL_COLUMNS
from families import Family
from instants import Period
from questions import Questions, create_tables
from truth import MADE_OF, Source, truth_table

# 1 is above 2 and 4, 2 above 3; 5 is alone, 6 and 7 are on a cycle, 8 is an orphan.
ROWS = """
CREATE SCHEMA hand;
CREATE TABLE hand.tenants (id bigint PRIMARY KEY, parent_id bigint);
INSERT INTO hand.tenants VALUES (1, NULL), (2, 1), (3, 2), (4, 1), (5, NULL), (6, 7), (7, 6), (8, 99);
CREATE TABLE hand.ai_feature_usage (
    tenant_id bigint, feature_name text, inference_cost numeric, created_at timestamptz
);
INSERT INTO hand.ai_feature_usage VALUES
    (1, 'chat',   1.50, '2024-05-01 00:00'),
    (2, 'chat',   2.00, '2024-05-02 12:00'),
    (2, 'search', 0.25, '2024-05-03 12:00'),
    (2, 'search', NULL, '2024-05-03 13:00'),
    (3, NULL,     4.25, '2024-05-04 00:00'),
    (4, 'Vision', -1,   '2024-05-08 06:00'),
    (4, 'chat',   3,    '2024-05-11 06:00'),
    (6, 'chat',   10,   '2024-05-02 00:00'),
    (7, 'search', 20,   '2024-05-09 00:00'),
    (8, 'chat',   0.5,  '2024-04-01 00:00'),
    (8, 'Vision', 0.5,  '2024-05-09 00:00'),
    (99, 'chat',  1000, '2024-05-02 00:00'),
    (NULL, 'chat', 1000, '2024-05-02 00:00'),
    (1, 'search', 7,    NULL),
    (1, 'search', 8,    'infinity');
ALTER TABLE hand.ai_feature_usage ADD tokens bigint;
UPDATE hand.ai_feature_usage SET tokens = 10 * tenant_id WHERE feature_name = 'chat'
"""
SOURCE = Source(
    name="default",
    schema="hand",
    tenants="tenants",
    usage="ai_feature_usage",
    id_type="bigint",
    time_type="timestamptz",
    columns=dict(MODEL_COLUMNS),
    catalogue="features",
    features=["chat", "search", "unused"],
    measures=[("tokens", "bigint")],
)
TOKENS = "measure_0"
NUMBER = dataclasses.replace(SOURCE, catalogue="feature_count", feature_count=4)
EVERYTHING = Period()
# A week of May, and the one before.
WEEK = Period("2024-05-08 00:00+00", "2024-05-15 00:00+00", "2024-05-01 00:00+00")


class Readable(Questions):
    """Gives the truth as text, and calls no reader."""

    answer: list[str] | str = ""

    def expected_outcome(self, name, kinds, **filled):
        # The value is the cost, where no measure is asked for.
        shown = [
            column for column in kinds if self.measured != "cost" or MADE_OF.get(column) != "value" or name == "top"
        ]
        return super().expected_outcome(name, dict.fromkeys(shown, "text"), **filled)

    def answers(self, family, reader, arguments, kinds, expected, about):
        self.answer = expected if isinstance(expected, str) else [" ".join(map(str, row)) for row in expected]


@pytest.fixture
def truth(connections):
    """A function that gives the truth for a reader, as lines."""
    connection = connections.get()
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        connection.execute(ROWS)
        forest = sql.Identifier("pg_temp", "truth")
        connection.execute(truth_table(SOURCE, forest, (None, None)))

        def answer(method, *arguments, period=EVERYTHING, source=SOURCE):
            connection.execute("DROP TABLE IF EXISTS pg_temp.events, pg_temp.members")
            asked = Readable(connection, source, create_tables(connection, source, forest), period)
            getattr(asked, method)(Family(""), *arguments)
            return asked.answer

        def add_event(at):
            connection.execute("INSERT INTO hand.ai_feature_usage VALUES (5, 'chat', 1, %s)", [at])

        answer.add_event = add_event
        yield answer


def test_breakdown_of_a_subtree(truth):
    assert truth("breakdown", "1", False) == [
        "search true 4 15.25 0.61 2 4 0.5 2024-05-03 12:00:00+00 infinity",
        "chat true 3 6.50 0.26 3 4 0.75 2024-05-01 00:00:00+00 2024-05-11 06:00:00+00",
        "None false 1 4.25 0.17 1 4 0.25 2024-05-04 00:00:00+00 2024-05-04 00:00:00+00",
        "unused true 0 0 0 0 4 0 None None",
        "Vision false 1 -1 -0.04 1 4 0.25 2024-05-08 06:00:00+00 2024-05-08 06:00:00+00",
    ]


def test_breakdown_without_names(truth):
    assert truth("breakdown", "2", True, source=NUMBER) == [
        "chat None 1 2.00 0.8888888888888888 1 1 1 2024-05-02 12:00:00+00 2024-05-02 12:00:00+00",
        "search None 2 0.25 0.1111111111111111 1 1 1 2024-05-03 12:00:00+00 2024-05-03 13:00:00+00",
    ]


def test_breakdown_of_a_measure(truth):
    assert truth("breakdown", "1", False, None, TOKENS) == [
        "chat true 3 6.50 0.26 3 4 0.75 2024-05-01 00:00:00+00 2024-05-11 06:00:00+00 70 1",
        "Vision false 1 -1 -0.04 1 4 0.25 2024-05-08 06:00:00+00 2024-05-08 06:00:00+00 0 0",
        "search true 4 15.25 0.61 2 4 0.5 2024-05-03 12:00:00+00 infinity 0 0",
        "unused true 0 0 0 0 4 0 None None 0 0",
        "None false 1 4.25 0.17 1 4 0.25 2024-05-04 00:00:00+00 2024-05-04 00:00:00+00 0 0",
    ]


def test_other_questions_about_a_measure(truth):
    assert truth("matrix", "4", 0, False, None, TOKENS) == ["4 Vision 1 -1 0", "4 chat 1 3 40"]
    days = Period("2024-05-02 00:00+00", "2024-05-04 00:00+00")
    assert truth("series", "1", False, ("day", "UTC", instants.step("day", None)), TOKENS, period=days) == [
        "2024-05-02 00:00:00+00 2024-05-02 00:00:00 1 2.00 0 1 1 20 0",
        "2024-05-03 00:00:00+00 2024-05-03 00:00:00 2 0.25 1 1 1 0 2",
    ]
    assert truth("compare", "1", 0, TOKENS, period=WEEK) == [
        "1 0 1.50 -1.50 2 8.00 -6.00 0 1 -1 {} {chat} 0 10 -10 40 30 10"
    ]
    assert truth("top", 2, "cost", None, None, TOKENS) == [
        "1 8 80 0.38095238095238093 None None",
        "2 6 60 0.2857142857142857 None None",
    ]
    assert truth("top", 1, "unpriced_events", None, None, TOKENS) == ["1 1 2 0.25 None None"]
    assert truth("top", 1, "growth", "1", None, TOKENS, period=WEEK) == ["1 4 40 1 0 40"]


def test_breakdown_of_nobody(truth):
    assert truth("breakdown", "77", False) == []
    assert truth("breakdown", "6", False) == "42P19"
    assert len(truth("breakdown", "5", False)) == 3


def test_matrix_has_own_events_or_those_of_subtrees(truth):
    assert truth("matrix", None, 0, True, period=WEEK) == ["8 Vision 1 0.5", "7 search 1 20"]
    assert truth("matrix", None, 0, False, period=WEEK) == ["1 Vision 1 -1", "1 chat 1 3", "8 Vision 1 0.5"]
    assert truth("matrix", "2", None, False) == [
        *["2 chat 1 2.00", "2 search 2 0.25", "2 None 1 4.25"],
        "3 None 1 4.25",
    ]
    assert truth("matrix", "6", None, True) == ["6 chat 1 10", "7 search 1 20"]


def test_adoption_against_the_period_before(truth):
    assert truth("adoption", None, period=WEEK) == [
        "chat 1 8 0.125 1 3 3 days",
        "search 1 8 0.125 1 1 00:00:00",
        "unused 0 8 0 0 0 None",
    ]
    assert truth("adoption", None, period=WEEK, source=NUMBER) == [
        "Vision 2 8 0.25 2 0 00:00:00",
        "chat 1 8 0.125 1 3 3 days",
        "search 1 8 0.125 1 1 00:00:00",
    ]


def test_adoption_without_a_period_before(truth):
    assert truth("adoption", "1", source=NUMBER) == [
        "chat 3 4 0.75 None None 00:00:00",
        "search 2 4 0.5 None None 1 day",
        "Vision 1 4 0.25 None None 00:00:00",
    ]
    assert truth("adoption", "6", source=NUMBER) == [
        "chat 1 2 0.5 None None 00:00:00",
        "search 1 2 0.5 None None 00:00:00",
    ]


def test_top_by_own_numbers(truth):
    assert truth("top", 3, "cost", None, None, period=WEEK) == [
        "1 7 20 0.8888888888888888 0 20",
        "2 4 2 0.08888888888888889 0 2",
        "3 8 0.5 0.022222222222222223 0 0.5",
    ]
    assert truth("top", 2, "events", None, None) == [
        "1 1 3 0.23076923076923078 None None",
        "2 2 3 0.23076923076923078 None None",
    ]
    assert truth("top", 3, "adoption_rate", "1", None) == [
        "1 1 0.666666666666667 None None None",
        "2 2 0.666666666666667 None None None",
        "3 4 0.333333333333333 None None None",
    ]


def test_top_by_subtrees(truth):
    assert truth("top", None, "subtree_cost", "1", None, period=WEEK) == [
        "1 1 2 1 8.00 -6.00",
        "2 4 2 1 0 2",
        "3 2 0 0 6.50 -6.50",
        "4 3 0 0 4.25 -4.25",
    ]
    assert [row.split()[1] for row in truth("top", None, "growth", "1", None, period=WEEK)] == ["4", "3", "1", "2"]
    assert truth("top", 10, "growth", None, 0, period=WEEK) == [
        "1 8 0.5 0.022222222222222223 0 0.5",
        "2 5 0 0 0 0",
        "3 1 2 0.08888888888888889 8.00 -6.00",
    ]


def test_compare_has_both_periods_and_their_difference(truth):
    assert truth("compare", None, 0, period=WEEK) == [
        "1 0 1.50 -1.50 2 8.00 -6.00 0 1 -1 {} {chat}",
        "5 0 0 0 0 0 0 0 0 0 {} {}",
        "8 0.5 0 0.5 0.5 0 0.5 1 0 1 {} {}",
        "6 0 10 -10 None None None 0 1 -1 {} {chat}",
        "7 20 0 20 None None None 1 0 1 {search} {}",
    ]
    assert truth("compare", "8", None, period=WEEK, source=NUMBER) == ["8 0.5 0 0.5 0.5 0 0.5 1 0 1 {Vision} {}"]


def test_activity_counts_tenants_by_days_of_the_zone(truth):
    assert truth("activity", None, "2024-05-09 15:00+00", "UTC") == ["2024-05-09 8 2 5 7 0.2857142857142857 6 0 0"]
    # In Tokyo it is the fifth of June already.
    assert truth("activity", None, "2024-06-04 16:00+00", "Asia/Tokyo") == ["2024-06-05 8 0 0 3 0 2 1 4"]
    assert truth("activity", "5", "2024-06-04 16:00+00", "UTC") == ["2024-06-04 1 0 0 0 None 0 0 0"]
    assert truth("activity", "77", "2024-06-04 16:00+00", "UTC") == []


def series(truth, method, ids, own, bucket, tz="UTC", period=EVERYTHING):
    return truth(method, ids, own, (bucket, tz, instants.step(bucket, None)), period=period)


def test_series_in_a_window(truth):
    period = Period("2024-05-03 12:00+00", "2024-05-06 00:00+00")
    assert series(truth, "series", "1", False, "day", period=period) == [
        "2024-05-03 00:00:00+00 2024-05-03 00:00:00 2 0.25 1 1 1",
        "2024-05-04 00:00:00+00 2024-05-04 00:00:00 1 4.25 0 0 1",
        "2024-05-05 00:00:00+00 2024-05-05 00:00:00 0 0 0 0 0",
    ]
    empty = Period("2024-05-03 12:00+00", "2024-05-03 12:00+00")
    assert series(truth, "series", "1", False, "day", period=empty) == []


def test_series_without_bounds(truth):
    assert series(truth, "series", None, False, "week") == [
        "2024-04-01 00:00:00+00 2024-04-01 00:00:00 1 0.5 0 1 1",
        "2024-04-08 00:00:00+00 2024-04-08 00:00:00 0 0 0 0 0",
        "2024-04-15 00:00:00+00 2024-04-15 00:00:00 0 0 0 0 0",
        "2024-04-22 00:00:00+00 2024-04-22 00:00:00 0 0 0 0 0",
        "2024-04-29 00:00:00+00 2024-04-29 00:00:00 6 18.00 1 2 4",
        "2024-05-06 00:00:00+00 2024-05-06 00:00:00 4 22.5 0 2 3",
    ]
    assert series(truth, "series", "5", False, "week") == []


def test_series_of_several(truth):
    assert series(truth, "series_for", ["3", None, "77", "2", "3"], True, "day") == [
        "3 2024-05-02 00:00:00+00 2024-05-02 00:00:00 0 0 0 0 0",
        "3 2024-05-03 00:00:00+00 2024-05-03 00:00:00 0 0 0 0 0",
        "3 2024-05-04 00:00:00+00 2024-05-04 00:00:00 1 4.25 0 0 1",
        "2 2024-05-02 00:00:00+00 2024-05-02 00:00:00 1 2.00 0 1 1",
        "2 2024-05-03 00:00:00+00 2024-05-03 00:00:00 2 0.25 1 1 1",
        "2 2024-05-04 00:00:00+00 2024-05-04 00:00:00 0 0 0 0 0",
    ]


# Buckets around changes of the clocks: the start as instant and as local time.
CHANGES = [
    # An hour that is left out, and a day of 23 hours.
    (
        *("Europe/Berlin", "hour", "2024-03-31 00:00", "2024-03-31 02:00"),
        ["2024-03-31 00:00:00+00 2024-03-31 01:00:00", "2024-03-31 01:00:00+00 2024-03-31 03:00:00"],
    ),
    (
        *("Europe/Berlin", "day", "2024-03-30 23:00", "2024-03-31 22:00:01"),
        ["2024-03-30 23:00:00+00 2024-03-31 00:00:00", "2024-03-31 22:00:00+00 2024-04-01 00:00:00"],
    ),
    # An hour that comes twice, and a day of 25 hours.
    (
        *("America/New_York", "hour", "2024-11-03 05:00", "2024-11-03 07:00"),
        ["2024-11-03 05:00:00+00 2024-11-03 01:00:00", "2024-11-03 06:00:00+00 2024-11-03 01:00:00"],
    ),
    (
        *("America/New_York", "day", "2024-11-03 04:00", "2024-11-04 05:00"),
        ["2024-11-03 04:00:00+00 2024-11-03 00:00:00"],
    ),
    # Half an hour that comes twice: its second hour starts before the change.
    (
        *("Australia/Lord_Howe", "hour", "2024-04-06 14:00", "2024-04-06 16:00"),
        [
            "2024-04-06 14:00:00+00 2024-04-07 01:00:00",
            "2024-04-06 14:30:00+00 2024-04-07 01:30:00",
            "2024-04-06 15:30:00+00 2024-04-07 02:00:00",
        ],
    ),
    # A day that was left out.
    (
        *("Pacific/Apia", "day", "2011-12-29 12:00", "2011-12-31 12:00"),
        [
            "2011-12-29 10:00:00+00 2011-12-29 00:00:00",
            "2011-12-30 10:00:00+00 2011-12-31 00:00:00",
            "2011-12-31 10:00:00+00 2012-01-01 00:00:00",
        ],
    ),
    # A day without a midnight.
    (
        *("America/Havana", "day", "2024-03-09 12:00", "2024-03-11 12:00"),
        [
            "2024-03-09 05:00:00+00 2024-03-09 00:00:00",
            "2024-03-10 05:00:00+00 2024-03-10 01:00:00",
            "2024-03-11 04:00:00+00 2024-03-11 00:00:00",
        ],
    ),
    (
        *("America/Sao_Paulo", "day", "2018-11-04 02:59:59", "2018-11-04 03:00:01"),
        ["2018-11-03 03:00:00+00 2018-11-03 00:00:00", "2018-11-04 03:00:00+00 2018-11-04 01:00:00"],
    ),
    # A day with two midnights starts with the second.
    (
        *("America/Havana", "day", "2024-11-03 03:00", "2024-11-03 05:00"),
        ["2024-11-02 04:00:00+00 2024-11-02 00:00:00", "2024-11-03 05:00:00+00 2024-11-03 00:00:00"],
    ),
    # For a minute it was Sunday, then Saturday again.
    (
        *("America/St_Johns", "day", "2010-11-07 02:30", "2010-11-07 02:45"),
        ["2010-11-06 02:30:00+00 2010-11-06 00:00:00", "2010-11-07 03:30:00+00 2010-11-07 00:00:00"],
    ),
    # A quarter, and a week over the turn of a year.
    (
        *("Asia/Kathmandu", "quarter", "2023-12-31 18:14:59", "2024-03-31 18:15"),
        ["2023-09-30 18:15:00+00 2023-10-01 00:00:00", "2023-12-31 18:15:00+00 2024-01-01 00:00:00"],
    ),
    (
        *("UTC", "week", "2024-12-31 00:00", "2025-01-06 00:00:00.000001"),
        ["2024-12-30 00:00:00+00 2024-12-30 00:00:00", "2025-01-06 00:00:00+00 2025-01-06 00:00:00"],
    ),
]


@pytest.mark.parametrize(("tz", "bucket", "since", "until", "buckets"), CHANGES)
def test_buckets_around_changes_of_the_clocks(truth, tz, bucket, since, until, buckets):
    period = Period(f"{since}+00", f"{until}+00")
    assert series(truth, "series", "5", False, bucket, tz, period) == [f"{start} 0 0 0 0 0" for start in buckets]


def test_days_that_take_turns(truth):
    # On Sunday before clocks went back to Saturday, and on Sunday after.
    truth.add_event("2010-11-07 02:30:30+00")
    sunday = "2010-11-07 03:30:00+00 2010-11-07 00:00:00"
    assert series(truth, "series", "5", False, "day", "America/St_Johns") == [f"{sunday} 1 1 0 1 1"]
    truth.add_event("2010-11-07 04:00+00")
    saturday = "2010-11-06 02:30:00+00 2010-11-06 00:00:00"
    assert series(truth, "series", "5", False, "day", "America/St_Johns") == [
        f"{saturday} 0 0 0 0 0",
        f"{sunday} 2 2 0 1 1",
    ]


def test_an_event_before_its_day_starts(truth):
    truth.add_event("2024-11-03 04:30+00")
    assert series(truth, "series", "5", False, "day", "America/Havana") == [
        "2024-11-03 05:00:00+00 2024-11-03 00:00:00 1 1 0 1 1"
    ]
