"""node-pg: installs it as package-lock.json says and runs node/readers.test.js."""

from __future__ import annotations

import filecmp
import os
import pathlib
import shutil
import subprocess

import pytest

from cluster import ROOT
from readers import FOLDER

SOURCE = FOLDER / "node"


@pytest.fixture(scope="session")
def node_folder() -> pathlib.Path:
    """A copy of tests/clients/node beside its packages, outside the checkout's files."""
    run([str(ROOT / "scripts" / "install-node.sh")], ROOT)
    folder = ROOT / ".local" / "clients" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    installed = folder / "node_modules" / "package-lock.json"
    for file in SOURCE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    lock = SOURCE / "package-lock.json"
    if not installed.exists() or not filecmp.cmp(lock, installed, shallow=False):
        run(["npm", "ci"], folder)
        shutil.copy(lock, installed)
    return folder


def run(command: list[str], folder: pathlib.Path, **environment: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_node_pg_reads_the_expected_rows(node_folder, cluster, model):
    run(
        ["node", "--test", "readers.test.js"],
        node_folder,
        EXPECTED=str(FOLDER / "expected"),
        PGHOST=cluster.host,
        PGPORT=str(cluster.port),
        PGDATABASE=model,
        PGUSER="postgres",
    )
