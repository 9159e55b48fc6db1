"""Every column of every reader equals plain SQL, for random forests and usage."""

from __future__ import annotations

import pytest

import cases
import question_readers
import tenant_readers
from offered import asked_readers, offered_readers
from running import run

CHECKS = {"tenants": tenant_readers.check_case, "questions": question_readers.check_case}
# So many cases ask everything, with a margin.
CASES_FOR_EVERY_READER = 20


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_readers_equal_plain_sql(connections, seed, replay, check):
    run(connections.get(), cases.new_case(seed), replay, check)


@pytest.mark.share_of_cases(0.05)
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_readers_in_a_database_without_encoding(unencoded_connections, seed, replay, check):
    run(unencoded_connections.get(), cases.new_case(seed), replay, check)


@pytest.mark.share_of_cases(0.1)
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_readers_in_a_database_in_latin1(latin1_connections, seed, replay, check):
    run(latin1_connections.get(), cases.in_latin1(cases.new_case(seed)), replay, check)


def test_no_reader_goes_unasked(connections, monkeypatch):
    """A new reader fails here until the checks ask for it, in all three families."""
    offered = offered_readers(connections.get())
    asked = asked_readers(monkeypatch)
    for seed in range(CASES_FOR_EVERY_READER):
        for check in CHECKS.values():
            run(connections.get(), cases.new_case(seed), f"seed {seed}", check)
        if offered <= asked:
            break
    assert asked == offered
