"""The files in expected/ leave no reader out and name every column."""

from __future__ import annotations

import pytest

from readers import CALLS, EXPECTED


def test_every_reader_is_called(cluster, model):
    with cluster.connect(model) as connection:
        rows = connection.execute(
            """
            SELECT p.proname
            FROM pg_depend d
            JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'tenant_metrics'
            JOIN pg_proc p ON p.oid = d.objid
            WHERE d.classid = 'pg_proc'::regclass
              AND d.refclassid = 'pg_extension'::regclass
              AND p.pronamespace = 'public'::regnamespace
            """
        ).fetchall()
    assert {name for (name,) in rows} == {call.function for call in CALLS}


@pytest.mark.parametrize("reader", EXPECTED["readers"])
def test_arguments_are_those_of_the_functions(cluster, model, reader):
    with cluster.connect(model) as connection:
        for suffix in ("", "_uuid", "_text"):
            (names,) = connection.execute(
                "SELECT proargnames[1:pronargs] FROM pg_proc WHERE proname = %s",
                [reader + suffix],
            ).fetchone()
            assert names == EXPECTED["readers"][reader]["arguments"]


@pytest.mark.parametrize("call", [c for c in CALLS if c.columns], ids=lambda c: c.function)
def test_columns_are_those_of_the_row_types(cluster, model, call):
    with cluster.connect(model) as connection:
        cursor = connection.execute(call.sql(lambda _, name: f"%({name})s"), call.arguments)
        assert [column.name for column in cursor.description] == list(call.columns)
