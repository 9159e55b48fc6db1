"""An example is short enough to be read at one glance."""

from __future__ import annotations

import pytest
from example_names import EXAMPLES

from cluster import ROOT

# The longest that the program of an example, and its README, may be.
PROGRAM_LINES = 59
README_LINES = 30
# What reads DATABASE_URL is the program, or the configuration of a tool, and
# neither needs to be long.
SOURCES = {".py", ".js", ".mjs", ".ts", ".rs", ".rb", ".java"}
# Folders that tools make when an example is run by hand.
GENERATED = {"node_modules", "target", "__pycache__", ".bundle", "vendor", "build", "dist", "generated"}


def files(name: str) -> list:
    folder = ROOT / "examples" / name
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and not GENERATED.intersection(path.relative_to(folder).parts)
    ]


def lines(path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("name", EXAMPLES)
def test_programs_are_short(name):
    sources = [path for path in files(name) if path.suffix in SOURCES]
    assert sources, f"examples/{name} has no program"
    too_long = {str(path.relative_to(ROOT)): lines(path) for path in sources if lines(path) > PROGRAM_LINES}
    assert not too_long


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_has_a_short_readme(name):
    readme = ROOT / "examples" / name / "README.md"
    assert 5 <= lines(readme) <= README_LINES
    assert "DATABASE_URL" in readme.read_text()
