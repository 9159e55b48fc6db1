"""The page in headless Chromium: installs what that needs and runs the tests in JavaScript.

Screenshots are left in .local/run/artefacts.
"""

from __future__ import annotations

import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from cluster import ROOT, RUN

FOLDER = pathlib.Path(__file__).resolve().parent
ARTEFACTS = RUN / "artefacts"
# The exit status of install-browser.sh where there can be no browser.
NO_BROWSER = 3

MONTH = {"since": "2026-09-28", "until": "2026-10-28"}
EXPECTED = {
    "all": MONTH,
    "root": {**MONTH, "root": "3"},
    "week": {"since": "2026-10-21", "until": "2026-10-28"},
}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    done = subprocess.run([ROOT / "scripts" / "install-browser.sh"], stdout=subprocess.PIPE, text=True)
    if done.returncode == NO_BROWSER:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="session")
def node_folder(chromium) -> pathlib.Path:
    """A copy of the tests in JavaScript beside their packages, outside the checkout's files."""
    folder = ROOT / ".local" / "page"
    folder.mkdir(parents=True, exist_ok=True)
    for file in [*FOLDER.glob("*.js"), *FOLDER.glob("*.json")]:
        shutil.copy(file, folder)
    lock, installed = folder / "package-lock.json", folder / "node_modules" / "package-lock.json"
    if not installed.exists() or not filecmp.cmp(lock, installed, shallow=False):
        command = ["npm", "ci", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.copy(lock, installed)
    return folder


@pytest.fixture(scope="session")
def environment(chromium, page, odd_page, empty_page, psql, tmp_path_factory) -> dict[str, str]:
    """What the tests in JavaScript are told: the pages, and what psql says of the demo's data."""
    expected = {
        name: {statement: psql(statement, **asked) for statement in ("tree", "features", "series")}
        for name, asked in EXPECTED.items()
    }
    file = tmp_path_factory.mktemp("page") / "expected.json"
    file.write_text(json.dumps(expected))
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return {
        "CHROMIUM": chromium,
        "EXPECTED": str(file),
        "ARTEFACTS": str(ARTEFACTS),
        "DEMO_PAGE": page.url,
        "ODD_PAGE": odd_page.url,
        "EMPTY_PAGE": empty_page.url,
    }


@pytest.fixture(scope="session")
def summaries_environment(cluster, summaries_page, filtered_page, old_page) -> dict[str, str]:
    """More pages, and how the tests in JavaScript make summaries and take them away again."""
    psql = [f"LD_LIBRARY_PATH={cluster.libdir}", str(cluster.bindir / "psql"), "--no-psqlrc", "--quiet"]
    return {
        "SUMMARIES_PAGE": summaries_page.url,
        "FILTERED_PAGE": filtered_page.url,
        "OLD_PAGE": old_page.url,
        "SUMMARIES_PSQL": json.dumps(["env", *psql, "--set", "ON_ERROR_STOP=1", cluster.dsn("page_summaries")]),
        "SUMMARIES_CLEAN": (FOLDER / "clean.sql").read_text(),
    }


@pytest.mark.parametrize("file", ["numbers", "navigation", "statements", "states", "looks", "summaries"])
def test_in_the_browser(file, node_folder, environment, summaries_environment, measured):
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", f"{file}.test.js"],
        cwd=node_folder,
        env={**os.environ, **environment, **summaries_environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for line in re.findall(r"page load.*", done.stdout):
        measured(line)
