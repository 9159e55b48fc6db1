"""expected.json is what plain SQL says that follows docs/semantics.md and shares no code with the extension."""

from __future__ import annotations

import psycopg

# The closure of the forest: each tenant with all that count for its subtree.
CLOSURE = """
    WITH RECURSIVE closure AS (
        SELECT id AS ancestor, id, 0 AS distance FROM tenants
        UNION ALL
        SELECT c.ancestor, t.id, c.distance + 1 FROM closure c JOIN tenants t ON t.parent_id = c.id),
    own AS (
        SELECT t.id, t.name,
               count(u.id) AS events,
               count(DISTINCT u.feature_name COLLATE "C") / 9::float8 AS adoption_rate,
               coalesce(sum(u.inference_cost), 0) AS cost
        FROM tenants t LEFT JOIN ai_feature_usage u ON u.tenant_id = t.id
        GROUP BY t.id),
    metrics AS (
        SELECT t.id, t.name, t.adoption_rate, t.cost,
               sum(o.events)::bigint AS subtree_events,
               sum(o.cost) AS subtree_cost,
               (SELECT max(c.distance) FROM closure c WHERE c.id = t.id) AS depth
        FROM own t JOIN closure c ON c.ancestor = t.id JOIN own o ON o.id = c.id
        GROUP BY t.id, t.name, t.adoption_rate, t.cost)
"""
QUERIES = {
    "expensive": """
        SELECT id, name, adoption_rate, subtree_cost::text FROM metrics
        WHERE subtree_cost > 10 ORDER BY metrics.subtree_cost DESC""",
    "below": """
        SELECT m.id, m.name, m.depth, m.subtree_cost::text FROM metrics m JOIN closure c ON c.id = m.id
        WHERE c.ancestor = 2 ORDER BY m.name""",
    "roots": "SELECT id, subtree_events, cost::text FROM metrics WHERE depth = 0 ORDER BY id",
}


def test_plain_sql_agrees(example_url, expected):
    with psycopg.connect(example_url) as connection:
        answers = {name: [list(row) for row in connection.execute(CLOSURE + query)] for name, query in QUERIES.items()}
    assert answers == expected


def test_the_data_tells_exact_numbers_from_doubles(expected):
    costs = [cost for *_, cost in expected["expensive"]]
    assert len(set(costs)) == len(costs) > len(set(map(float, costs)))
    assert float(costs[-1]) == 10
