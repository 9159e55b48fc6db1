"""docs/clients.md has a row for each example, with the versions that were tested."""

from __future__ import annotations

import json
import re

import pytest
from example_names import EXAMPLES

from cluster import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text()
ROWS = {row[-1]: row for row in re.findall(r"^\| (.*?) \| (.*?) \|.*\| \[(.*?)\]\(\.\./examples/\3\) \|$", PAGE, re.M)}


def versions(name: str) -> dict[str, str]:
    """What the manifest of an example pins; what Debian packages is not pinned."""
    folder = ROOT / "examples" / name
    if (folder / "requirements.txt").exists():
        pins = re.findall(r"^([\w-]+)(?:\[\w+\])?==(.*)$", (folder / "requirements.txt").read_text(), re.M)
    elif (folder / "package.json").exists():
        pins = json.loads((folder / "package.json").read_text())["dependencies"].items()
    elif (folder / "Cargo.toml").exists():
        pins = re.findall(r'^name = "(.*)"\nversion = "(.*)"$', (ROOT / "examples" / "Cargo.lock").read_text(), re.M)
    else:
        pins = ()
    return dict(pins)


def test_the_page_has_a_row_for_each_example():
    assert list(ROWS) == EXAMPLES


@pytest.mark.parametrize("name", [name for name in EXAMPLES if versions(name)])
def test_versions_are_those_of_the_manifest(name):
    pinned = versions(name)
    shown = dict(package.split(" ") for package in ROWS[name][1].split(", "))
    assert shown == {package: pinned[package] for package in shown}


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
