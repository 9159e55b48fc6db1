"""Every column of every reader equals plain SQL, for random forests and usage."""

from __future__ import annotations

import pytest

import cases
import question_readers
import tenant_readers
from running import run

CHECKS = {"tenants": tenant_readers.check_case, "questions": question_readers.check_case}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_readers_equal_plain_sql(connections, seed, replay, check):
    run(connections.get(), cases.new_case(seed), replay, check)


@pytest.mark.share_of_cases(0.05)
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_readers_in_a_database_without_encoding(unencoded_connections, seed, replay, check):
    run(unencoded_connections.get(), cases.new_case(seed), replay, check)
