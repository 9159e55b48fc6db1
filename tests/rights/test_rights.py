"""A role gets what plain SQL would give it: the same rows, or the same SQLSTATE."""

from __future__ import annotations

import pytest

import role_comparison
import role_questions
from offered import asked_readers, offered_readers
from role_comparison import check

ACTS = {"tenants": role_comparison.act, "questions": role_questions.act}
# So many combinations ask everything, with a margin.
COMBINATIONS_FOR_EVERY_READER = 20


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_role_gets_what_plain_sql_gives(rights_database, seed, replay, act):
    check(rights_database, seed, replay, act)


def test_no_reader_goes_unasked(rights_database, monkeypatch):
    """A new reader fails here until a role asks for it; its twins differ in the ids alone."""
    offered = {name for name in offered_readers(rights_database) if not name.endswith(("_uuid", "_text"))}
    asked = asked_readers(monkeypatch)
    for seed in range(COMBINATIONS_FOR_EVERY_READER):
        for act in ACTS.values():
            check(rights_database, seed, f"seed {seed}", act)
        if offered <= asked:
            break
    assert asked == offered
