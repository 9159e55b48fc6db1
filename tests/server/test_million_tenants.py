"""A chain of a million tenants and a star of a million children answer."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pytest

from million import MILLION, PROFILE, create_model, create_tenants


@dataclass(frozen=True)
class Shape:
    """A forest of tenants 1 to MILLION, and what is known of it."""

    # SQL that computes a parent from an id.
    parent: str
    # The height of tenant 1, how many children it has, and how many tenants the path to the last one has.
    height: int
    children: int
    path_length: int
    # SQL that computes from an id how many events its subtree has: each hundredth tenant has one.
    subtree_events: str
    # The SQLSTATE of the limit of jsonb that the tree is beyond.
    beyond_jsonb: str | None


SHAPES = {
    # Nested deeper than the server's stack allows.
    "chain": Shape(
        "nullif(id - 1, 0)", MILLION - 1, 1, MILLION, f"({MILLION} - 1) / 100 - (tenant_id + 98) / 100 + 1", "54001"
    ),
    # The children of a million are too many bytes for an array; those of a debug build's tests are not.
    "star": Shape(
        "CASE WHEN id > 1 THEN 1 END",
        *(1, MILLION - 1, 2),
        f"CASE WHEN tenant_id = 1 THEN {MILLION // 100} ELSE (tenant_id % 100 = 1)::int END",
        {"release": "54000", "debug": None}[PROFILE],
    ),
}


@pytest.fixture(scope="module", params=SHAPES)
def forest(cluster, request):
    """A connection to a database with tenants of that shape, and the shape."""
    shape = SHAPES[request.param]
    name = f"million_{request.param}"
    cluster.create_database(name)
    with cluster.connect(name) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        create_model(connection)
        create_tenants(connection, MILLION, shape.parent)
        connection.execute(
            f"""
            INSERT INTO ai_feature_usage
            SELECT id, 'feature ' || id % 9, 0.25 FROM generate_series(1, {MILLION}, 100) AS id
            """
        )
        yield connection, shape
    cluster.drop_database(name)


def one(connection: psycopg.Connection, expression: str):
    return connection.execute(f"SELECT {expression}").fetchone()[0]


def test_scalars_see_from_one_end_to_the_other(forest):
    connection, shape = forest
    assert one(connection, f"tenant_depth({MILLION})") == shape.path_length - 1
    assert one(connection, "tenant_height(1)") == shape.height
    assert one(connection, f"tenant_root({MILLION})") == 1
    assert one(connection, f"cardinality(tenant_path({MILLION}))") == shape.path_length
    assert one(connection, f"tenant_is_descendant({MILLION}, 1)") is True
    assert one(connection, "tenant_subtree_cost(1)") == MILLION // 400
    assert one(connection, "tenant_subtree_events(1)") == MILLION // 100
    assert one(connection, "tenant_subtree_features_used(1)") == 9


def test_dashboard_has_the_totals_of_every_tenant(forest):
    connection, shape = forest
    figures = connection.execute(
        f"""
        SELECT count(DISTINCT tenant_id), sum(events), max(subtree_cost), max(height), max(descendants),
               max(depth), count(*) FILTER (WHERE depth = 1),
               count(*) FILTER (WHERE subtree_events IS DISTINCT FROM {shape.subtree_events}
                                   OR subtree_cost IS DISTINCT FROM subtree_events * 0.25)
        FROM tenant_dashboard()
        """
    ).fetchone()
    assert figures == (
        MILLION,
        MILLION // 100,
        MILLION // 400,
        shape.height,
        MILLION - 1,
        shape.path_length - 1,
        shape.children,
        0,
    )


def test_sets_list_every_tenant_that_they_promise(forest):
    connection, shape = forest
    assert one(connection, "count(DISTINCT tenant_id) FROM tenant_descendants(1)") == MILLION - 1
    assert one(connection, f"count(DISTINCT tenant_id) FROM tenant_ancestors({MILLION})") == shape.path_length - 1
    assert one(connection, "count(DISTINCT tenant_id) FROM tenant_dashboard(max_depth => 1)") == 1 + shape.children


def test_tree_json_is_whole_or_says_which_limit_it_is_beyond(forest):
    connection, shape = forest
    assert one(connection, "tenant_tree_json(1, max_depth => 0) -> 'subtree_events'") == MILLION // 100
    children = "jsonb_array_length(tenant_tree_json(1) -> 'children')"
    if shape.beyond_jsonb is None:
        assert one(connection, children) == shape.children
    else:
        with pytest.raises(psycopg.Error) as raised:
            one(connection, children)
        assert raised.value.sqlstate == shape.beyond_jsonb
    # The session goes on.
    assert one(connection, "tenant_depth(2)") == 1


@pytest.mark.parametrize("forest", ["star"], indirect=True)
def test_a_star_answers_behind_a_policy_that_can_fail(forest):
    """Where reading other tenants can fail, all are never read for the sake of one: the walk must be able to end."""
    connection, shape = forest
    connection.execute(
        """
        CREATE POLICY positive ON tenants USING (10 / id >= 0);
        ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
        CREATE ROLE star_reader;
        GRANT SELECT ON tenants, ai_feature_usage TO star_reader;
        SET ROLE star_reader
        """
    )
    try:
        assert one(connection, "tenant_height(1)") == shape.height
        assert one(connection, "tenant_subtree_events(1)") == MILLION // 100
        assert one(connection, "count(*) FROM tenant_descendants(1)") == shape.children
        answered_singly = "last_single = 1 AND last_passes = 0 FROM tenant_metrics.explain()"
        one(connection, "tenant_subtree_events(1)")
        assert one(connection, answered_singly)
    finally:
        connection.execute("RESET ROLE; DROP OWNED BY star_reader; DROP ROLE star_reader")
        connection.execute("ALTER TABLE tenants DISABLE ROW LEVEL SECURITY; DROP POLICY positive ON tenants")
