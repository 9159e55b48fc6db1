"""The ledger's questions on random accounts and entries, against plain SQL."""

from __future__ import annotations

import datetime
import decimal

import pytest

from example_tables import create_tables, load, question, replaced, set_up, shown

ACCOUNTS = 300
ENTRIES = 5000
# Accounts that hang below each other, so that the chart is deep.
CHAIN = 80

BELOW = """
WITH RECURSIVE below (top, id, distance) AS (
    SELECT id, id, 0 FROM accounts
    UNION ALL SELECT below.top, child.id, distance + 1 FROM below JOIN accounts AS child ON child.parent_id = below.id
), above (id, top, path) AS (
    SELECT id, parent_id, ARRAY[id] FROM accounts
    UNION ALL SELECT above.id, parent.parent_id, parent.id || path FROM above JOIN accounts AS parent ON parent.id = top
), balances AS (
    SELECT top AS id,
        coalesce(sum(debit) FILTER (WHERE debit NOT IN ('NaN', 'Infinity', '-Infinity')), 0) AS debit,
        coalesce(sum(credit) FILTER (WHERE credit NOT IN ('NaN', 'Infinity', '-Infinity')), 0) AS credit
    FROM below LEFT JOIN entries ON entries.account_id = below.id AND posted_on < coalesce(%(until)s, date 'infinity')
    GROUP BY top
)
"""


@pytest.fixture
def ledger(database, draw):
    create_tables(database, "ledger")
    # The README asks for what is below account 1.
    ids = [1, *draw.sample(range(2, 10 * ACCOUNTS), ACCOUNTS - 1)]
    parents = [None] + [
        ids[place - 1] if place < CHAIN else draw.choice([None, *ids[:place], *ids[:place]])
        for place in range(1, len(ids))
    ]
    codes = map(str, draw.sample(range(1, 10**6), ACCOUNTS))
    accounts = [(*row, "an account") for row in zip(ids, parents, codes, strict=True)]
    draw.shuffle(accounts)
    load(database, "accounts", "id, parent_id, code, name", accounts)
    load(
        database,
        "entries",
        "account_id, posted_on, journal_entry, debit, credit",
        ((draw.choice(ids), day(draw), draw.randrange(1000), amount(draw), amount(draw)) for _ in range(ENTRIES)),
    )
    database.execute("ANALYZE")
    set_up(database, "ledger")
    return database


def day(draw) -> datetime.date:
    """Of January and February, with many on both sides of the date that is asked for."""
    first = datetime.date(2026, 1, 1)
    return first + datetime.timedelta(draw.choice([30, 31, draw.randrange(59)]))


def amount(draw) -> decimal.Decimal | None:
    if draw.random() < 0.4:
        return None
    if draw.random() < 0.02:
        return decimal.Decimal(draw.choice(["NaN", "Infinity", "-Infinity"]))
    return decimal.Decimal(draw.randrange(-(10**6), 10**9)).scaleb(-draw.randrange(6))


def test_trial_balance(ledger):
    asked = question("ledger", "AS s (debit, credit)")
    truth = (
        BELOW
        + "SELECT code, name, debit, credit, debit - credit FROM accounts JOIN balances USING (id) {} ORDER BY code"
    )
    top = "WHERE parent_id IS NULL"
    assert shown(ledger, asked) == shown(ledger, truth.format(top), {"until": None})
    everything = shown(ledger, replaced(asked, top, ""))
    assert len(everything) == ACCOUNTS
    assert everything == shown(ledger, truth.format(""), {"until": None})


def test_balance_at_a_date(ledger):
    asked = replaced(question("ledger", "until =>"), "WHERE code IN ('1', '100', '12', '20')", "")
    truth = BELOW + "SELECT code, name, debit - credit FROM accounts JOIN balances USING (id) ORDER BY code"
    answer = shown(ledger, asked)
    assert answer == shown(ledger, truth, {"until": datetime.date(2026, 2, 1)})
    assert answer != shown(ledger, truth, {"until": None})


def test_depth(ledger):
    answer = shown(ledger, question("ledger", "tenant_height"))
    truth = """
        SELECT code, name, cardinality(path) - 1, (SELECT max(distance) FROM below WHERE below.top = accounts.id), path
        FROM accounts JOIN above USING (id) WHERE above.top IS NULL AND 1 = ANY (path) AND id <> 1 ORDER BY code"""
    assert len(answer) >= CHAIN - 1
    assert answer == shown(ledger, BELOW + truth, {"until": None})


def test_lines_without_a_value_are_counted(ledger):
    asked = "SELECT tenant_id, measure, missing_events FROM tenant_measures() ORDER BY tenant_id, measure"
    truth = """
        SELECT accounts.id, measure, count(entries.id) FILTER (
            WHERE (value NOT IN ('NaN', 'Infinity', '-Infinity')) IS NOT TRUE)
        FROM accounts CROSS JOIN unnest(ARRAY['credit', 'debit']) AS measure
        LEFT JOIN entries ON account_id = accounts.id
        LEFT JOIN LATERAL (SELECT CASE measure WHEN 'debit' THEN debit ELSE credit END) AS m (value) ON true
        GROUP BY accounts.id, measure ORDER BY accounts.id, measure"""
    assert shown(ledger, asked) == shown(ledger, truth)
