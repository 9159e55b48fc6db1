"""A chain of a million tenants and a star of a million children answer."""

from __future__ import annotations

import psycopg
import pytest

from million import MILLION, create_model, create_tenants

SHAPES = {
    # parent, height of tenant 1, path of the last tenant, children of tenant 1
    "chain": ("nullif(id - 1, 0)", MILLION - 1, MILLION, 1),
    "star": ("CASE WHEN id > 1 THEN 1 END", 1, 2, MILLION - 1),
}


@pytest.fixture(scope="module", params=SHAPES)
def forest(cluster, request):
    """A connection to a database with tenants of that shape, and the shape's figures."""
    parent, *figures = SHAPES[request.param]
    name = f"million_{request.param}"
    cluster.create_database(name)
    with cluster.connect(name) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        create_model(connection)
        create_tenants(connection, MILLION, parent)
        connection.execute(
            f"""
            INSERT INTO ai_feature_usage
            SELECT id, 'feature ' || id % 9, 0.25 FROM generate_series(1, {MILLION}, 100) AS id
            """
        )
        yield connection, *figures
    cluster.drop_database(name)


def one(connection: psycopg.Connection, expression: str):
    return connection.execute(f"SELECT {expression}").fetchone()[0]


def test_scalars(forest):
    connection, height, path_length, _ = forest
    assert one(connection, f"tenant_depth({MILLION})") == path_length - 1
    assert one(connection, "tenant_height(1)") == height
    assert one(connection, f"tenant_root({MILLION})") == 1
    assert one(connection, f"cardinality(tenant_path({MILLION}))") == path_length
    assert one(connection, f"tenant_is_descendant({MILLION}, 1)") is True
    assert one(connection, "tenant_subtree_cost(1)") == MILLION // 400
    assert one(connection, "tenant_subtree_events(1)") == MILLION // 100
    assert one(connection, "tenant_subtree_features_used(1)") == 9


def test_rows(forest):
    connection, height, path_length, children = forest
    figures = connection.execute(
        """
        SELECT count(*), sum(events), max(subtree_cost), max(height), max(descendants),
               max(depth), count(*) FILTER (WHERE depth = 1)
        FROM tenant_dashboard()
        """
    ).fetchone()
    assert figures == (
        MILLION,
        MILLION // 100,
        MILLION // 400,
        height,
        MILLION - 1,
        path_length - 1,
        children,
    )
    assert one(connection, "count(*) FROM tenant_descendants(1)") == MILLION - 1
    assert one(connection, f"count(*) FROM tenant_ancestors({MILLION})") == path_length - 1
    assert one(connection, "count(*) FROM tenant_dashboard(max_depth => 1)") == 1 + children


def test_tree_json(forest):
    """jsonb has limits of its own: what is beyond them is an error, not a crash."""
    connection, _, _, children = forest
    assert one(connection, "tenant_tree_json(1, max_depth => 0) -> 'subtree_events'") == MILLION // 100
    try:
        shown = one(connection, "jsonb_array_length(tenant_tree_json(1) -> 'children')")
    except psycopg.Error as error:
        assert error.sqlstate.startswith("54"), error
    else:
        assert shown == children
    assert one(connection, "tenant_depth(2)") == 1
