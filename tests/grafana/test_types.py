"""The dashboard against the types of @grafana/schema, by the TypeScript compiler."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest


def panel(dashboard: dict, type: str) -> dict:
    return next(panel for panel in dashboard["panels"] if panel["type"] == type)


# Each makes one mistake, which the compiler must find.
MISTAKES: dict[str, Callable[[dict], object]] = {
    "unknown_member": lambda d: d.update(tittle="Tenants"),
    "no_schema_version": lambda d: d.pop("schemaVersion"),
    "unknown_refresh": lambda d: d["templating"]["list"][1].update(refresh=9),
    "unknown_variable_type": lambda d: d["templating"]["list"][1].update(type="sql"),
    "unknown_panel_type": lambda d: d["panels"][0].update(type="stats"),
    "panel_without_width": lambda d: d["panels"][0]["gridPos"].pop("w"),
    "unknown_stat_option": lambda d: panel(d, "stat")["options"].update(graphmode="none"),
    "unknown_text_mode": lambda d: panel(d, "stat")["options"].update(textMode="both"),
    "option_of_a_flame_graph": lambda d: panel(d, "flamegraph")["options"].update(showHeader=True),
    "unknown_draw_style": lambda d: panel(d, "timeseries")["fieldConfig"]["defaults"]["custom"].update(drawStyle="bar"),
    "text_for_a_number": lambda d: panel(d, "timeseries")["fieldConfig"]["defaults"].update(decimals="2"),
    "unknown_cell": lambda d: panel(d, "table")["fieldConfig"]["defaults"]["custom"].update(
        cellOptions={"type": "heat"}
    ),
    "unknown_override": lambda d: panel(d, "table")["fieldConfig"]["overrides"][0]["properties"].append(
        {"id": "custom.colour", "value": "red"}
    ),
    "override_of_another_type": lambda d: panel(d, "table")["fieldConfig"]["overrides"][0]["properties"].append(
        {"id": "unit", "value": 1}
    ),
    "unknown_format": lambda d: d["panels"][0]["targets"][0].update(format="wide"),
}


def typed(dashboard: dict) -> str:
    return f"import type {{ Checked }} from '../model';\nexport const dashboard: Checked = {json.dumps(dashboard)};\n"


@pytest.fixture(scope="module")
def complaints(dashboard, node_folder) -> dict[str, str]:
    """What the compiler says of each file: the dashboard, and one file with each mistake."""
    folder = node_folder / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "dashboard.ts").write_text(typed(dashboard))
    for name, spoil in MISTAKES.items():
        spoilt = copy.deepcopy(dashboard)
        spoil(spoilt)
        (folder / f"{name}.ts").write_text(typed(spoilt))
    command = ["node_modules/.bin/tsc", "--pretty", "false"]
    done = subprocess.run(command, cwd=node_folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found: dict[str, str] = {}
    for line in re.split(r"\n(?=\S)", done.stdout.strip()):
        # A complaint of anything but the generated files is one of the dashboard.
        match = re.match(r"generated/(\w+)\.ts\(", line)
        name = match[1] if match else "dashboard"
        found[name] = found.get(name, "") + line + "\n"
    return found


def test_the_dashboard_has_the_types_of_grafana(complaints):
    assert "dashboard" not in complaints, complaints["dashboard"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(complaints, mistake):
    assert mistake in complaints
