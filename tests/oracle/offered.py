"""The readers that the extension offers, and those that a test asks for."""

from __future__ import annotations

import psycopg

from families import Family

READERS = """
SELECT p.proname
FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'tenant_metrics' AND p.pronamespace = 'public'::regnamespace
"""


def offered_readers(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in connection.execute(READERS)}


def asked_readers(monkeypatch) -> set[str]:
    """A set that takes up the name of every reader that is asked from now on."""
    asked = set()
    reader = Family.reader

    def remembered(family: Family, name: str):
        asked.add(name + family.suffix)
        return reader(family, name)

    monkeypatch.setattr(Family, "reader", remembered)
    return asked
