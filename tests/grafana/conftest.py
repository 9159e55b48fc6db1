"""The dashboard, a database with something to show, and Grafana's packages."""

from __future__ import annotations

import filecmp
import pathlib
import re
import shutil
import subprocess

import pytest

from cluster import ROOT, Cluster
from interpolation import read_dashboard

FOLDER = pathlib.Path(__file__).resolve().parent
README = ROOT / "examples" / "grafana" / "README.md"
DATABASE = "grafana"
# The role that README.md creates.
READER = "grafana_reader"


@pytest.fixture(scope="session")
def dashboard() -> dict:
    return read_dashboard()


@pytest.fixture(scope="session")
def world(cluster: Cluster):
    """The name of a database that holds world.sql, with the role and the grants of README.md."""
    cluster.create_database(DATABASE)
    with cluster.connect(DATABASE) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        connection.execute((FOLDER / "world.sql").read_text())
        connection.execute(re.search(r"```sql\n(.*?)```", README.read_text(), re.DOTALL)[1])
    yield DATABASE
    cluster.drop_database(DATABASE)
    with cluster.connect() as connection:
        connection.execute(f"DROP ROLE {READER}")


@pytest.fixture(scope="session")
def reader_role() -> str:
    return READER


@pytest.fixture
def reader(cluster: Cluster, world: str):
    """A connection of the role that README.md creates, which is how Grafana connects."""
    with cluster.connect(world, READER) as connection:
        yield connection


@pytest.fixture
def owner(cluster: Cluster, world: str):
    """A connection that may read the expected answers."""
    with cluster.connect(world) as connection:
        yield connection


@pytest.fixture(scope="session")
def node_folder() -> pathlib.Path:
    """A copy of this folder's JavaScript beside its packages, outside the checkout's files."""
    execute([ROOT / "scripts" / "install-node.sh"], ROOT)
    folder = ROOT / ".local" / "clients" / "grafana"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py", "*.sql"), dirs_exist_ok=True)
    lock, installed = FOLDER / "package-lock.json", folder / "node_modules" / "package-lock.json"
    if not installed.exists() or not filecmp.cmp(lock, installed, shallow=False):
        execute(["npm", "ci", "--ignore-scripts"], folder)
        shutil.copy(lock, installed)
    return folder


def execute(command: list, folder: pathlib.Path) -> None:
    """Runs a command that must succeed."""
    done = subprocess.run(
        list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
