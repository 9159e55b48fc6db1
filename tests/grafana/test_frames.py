"""The panels' answers, given to the code that Grafana draws them with."""

from __future__ import annotations

import json
import subprocess

import pytest

from panels import COLUMNS, PANELS, expected, frame, run
from views import VIEWS

MATRIX = "tenant\\feature"


@pytest.fixture(scope="module")
def draw(node_folder, tmp_path_factory):
    """Asks frames.js."""
    folder = tmp_path_factory.mktemp("frames")

    def draw(questions: list[dict]) -> list:
        (folder / "questions.json").write_text(json.dumps(questions))
        command = ["node", "frames.js", str(folder / "questions.json"), str(folder / "answers.json")]
        done = subprocess.run(command, cwd=node_folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
        return json.loads((folder / "answers.json").read_text())

    return draw


def levels(tree: list[tuple]) -> list[list[dict]]:
    """The rectangles of a tree, given as rows (id, parent, label, value, self) in tree order."""
    placed: dict = {}
    drawn: list[list[dict]] = []
    for id, parent, label, value, own in tree:
        above = placed.get(parent)
        level = above["level"] + 1 if above else 0
        start = above["end"] if above else 0
        item = {"label": label, "start": start, "value": value, "self": own}
        item |= {"parent": above["item"]["label"] if above else None, "children": []}
        placed[id] = {"level": level, "item": item, "end": start}
        if above:
            # The next of the children begins where this one ends.
            above["item"]["children"].append(label)
            above["end"] = start + value
        drawn += [[]] if level == len(drawn) else []
        drawn[level].append(item)
    return drawn


def dashboard_tree(connection, view) -> list[tuple]:
    """What tenant_dashboard says: each tenant with its parent, below one node for the whole forest."""
    root = view.value("root")
    id = int(root) if root.isdecimal() else None
    rows = connection.execute(
        "SELECT d.tenant_id, d.parent_id, l.label, coalesce(d.subtree_cost, d.cost)::float8, d.cost::float8,"
        " d.tree_status "
        "FROM tenant_dashboard(%s, %s, %s) WITH ORDINALITY AS d JOIN plain.label AS l ON l.id = d.tenant_id "
        "ORDER BY d.ordinality",
        [id, view.since, view.until],
    ).fetchall()
    if id:
        return [row[:5] for row in rows]
    total = connection.execute(
        "SELECT sum(cost)::float8 FROM tenant_dashboard(NULL, %s, %s)", [view.since, view.until]
    ).fetchone()[0]
    placed = [(id, parent if status == "ok" and parent else 0, *rest) for id, parent, *rest, status in rows]
    return [(0, None, "All tenants", total, 0), *placed]


def test_flame_graph_is_the_dashboard(reader, owner, draw):
    views = [view for view in VIEWS.values()]
    drawn = draw([{"draw": "flameGraph", "frame": frame(run(reader, "Cost by tenant", view))} for view in views])
    for view, got in zip(views, drawn, strict=True):
        assert got == levels(dashboard_tree(owner, view))
    assert max(map(len, drawn)) == 5, "the forest and its four levels"


def test_flame_graph_adds_up(reader, draw):
    """A tenant is as wide as its children and its own cost."""
    (drawn,) = draw([{"draw": "flameGraph", "frame": frame(run(reader, "Cost by tenant", VIEWS["all tenants"]))}])
    items = [item for level in drawn for item in level]
    values = {item["label"]: item["value"] for item in items}
    assert len(values) == len(items), "labels name one tenant each"
    for item in items:
        assert item["value"] == pytest.approx(item["self"] + sum(values[child] for child in item["children"]))


def test_a_flame_graph_refuses_other_frames(reader, draw):
    """Why the query has the columns and the one root that it has."""
    whole = frame(run(reader, "Cost by tenant", VIEWS["all tenants"]))
    without_self = {"fields": [field for field in whole["fields"] if field["name"] != "self"]}
    without_root = {"fields": [{**field, "values": field["values"][1:]} for field in whole["fields"]]}
    level = next(field for field in without_root["fields"] if field["name"] == "level")
    level["values"] = [value - 1 for value in level["values"]]
    answers = draw([{"draw": "flameGraph", "frame": spoilt} for spoilt in (without_self, without_root)])
    assert answers[0] == {"error": "Data is missing fields: self"}
    assert "error" in answers[1]


@pytest.mark.parametrize("name", VIEWS)
def test_heat_map_equals_plain_sql(reader, owner, draw, name):
    title = "Cost by tenant and feature"
    (transformation,) = PANELS[title]["transformations"]
    assert transformation["id"] == "groupingToMatrix"
    question = {"draw": "matrix", "frame": frame(run(reader, title, VIEWS[name])), "options": transformation["options"]}
    (table,) = draw([question])
    cells = {(tenant, feature): float(cost) for tenant, feature, cost in expected(owner, title, VIEWS[name])}
    tenants = list(dict.fromkeys(tenant for tenant, _ in cells))
    features = list(dict.fromkeys(feature for _, feature in cells))
    assert table[0] == {"name": MATRIX, "values": tenants}
    assert table[1:] == [
        {"name": feature, "values": [cells.get((tenant, feature)) for tenant in tenants]} for feature in features
    ]


def test_tiles_show_values_and_changes(reader, owner, draw):
    title = "The period against the one before"
    view = VIEWS["all tenants"]
    options = PANELS[title]["options"]
    (tiles,) = draw([{"draw": "tiles", "frame": frame(run(reader, title, view)), "options": options}])
    before, now = expected(owner, title, view)
    assert [tile["name"] for tile in tiles] == list(COLUMNS[title])
    assert [tile["value"] for tile in tiles] == [float(value) for value in now]
    for tile, old, new in zip(tiles, before, now, strict=True):
        assert tile["change"] == pytest.approx(float(100 * (new - old) / old))


def test_tiles_of_one_row_show_values(reader, owner, draw):
    title = "Active tenants at the end of the period"
    view = VIEWS["all tenants"]
    options = PANELS[title]["options"]
    (tiles,) = draw([{"draw": "tiles", "frame": frame(run(reader, title, view)), "options": options}])
    (now,) = expected(owner, title, view)
    assert [(tile["name"], tile["value"]) for tile in tiles] == [
        (name, float(value)) for name, value in zip(COLUMNS[title], now, strict=True)
    ]


def test_overrides_name_columns_that_there_are():
    """An override names a column that there is."""
    for title, panel in PANELS.items():
        names = {MATRIX} if "transformations" in panel else set(COLUMNS[title])
        for override in panel["fieldConfig"]["overrides"]:
            assert override["matcher"]["options"] in names
