"""What the tests of all examples share: the server, the data, the way to run a program.

An example is a folder of examples/. Its program reads DATABASE_URL and prints
one JSON object, which is expected.json when the database holds world.sql.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import subprocess
import sys

import psycopg
import pytest

from cluster import ROOT, Cluster

FOLDER = pathlib.Path(__file__).resolve().parent
MEMBERS = """
    SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND e.extname = 'tenant_metrics'
    ORDER BY 1
"""

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def examples() -> pathlib.Path:
    """The folder of the examples."""
    return ROOT / "examples"


@pytest.fixture(scope="session")
def expected() -> dict:
    """What every example prints."""
    return json.loads((FOLDER / "expected.json").read_text())


@pytest.fixture(scope="session")
def listening_cluster(pg_config):
    """A server that clients reach over TCP, because not all of them know unix sockets."""
    with Cluster(pg_config, listen=True) as cluster:
        yield cluster


@pytest.fixture
def example_url(listening_cluster):
    """The DATABASE_URL of a fresh database that holds world.sql, but not yet the extension."""
    name = f"example_{next(numbers)}"
    listening_cluster.create_database(name)
    with listening_cluster.connect(name) as connection:
        connection.execute((FOLDER / "world.sql").read_text())
    password, port = listening_cluster.password, listening_cluster.port
    yield f"postgresql://postgres:{password}@127.0.0.1:{port}/{name}"
    listening_cluster.drop_database(name)


@pytest.fixture(scope="session")
def execute():
    """Runs a command in a folder, checks that it succeeds, and gives what it printed."""

    def execute(command: list, cwd: pathlib.Path, url: str, **environment: str) -> str:
        done = subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            # Commands of Python packages are those of the environment that runs the tests.
            env={
                **os.environ,
                "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
                "DATABASE_URL": url,
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command} in {cwd}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return execute


@pytest.fixture(scope="session")
def run(execute):
    """Runs an example's program, and gives the JSON that it printed."""

    def run(command: list, cwd: pathlib.Path, url: str, **environment: str) -> dict:
        return json.loads(execute(command, cwd, url, **environment))

    return run


@pytest.fixture(scope="session")
def members_of_the_extension(cluster) -> list:
    """All that CREATE EXTENSION makes."""
    cluster.create_database("members")
    with cluster.connect("members") as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        members = connection.execute(MEMBERS).fetchall()
    cluster.drop_database("members")
    return members


@pytest.fixture
def assert_extension_whole(members_of_the_extension):
    """Checks that a database has the extension, and that no object of it is missing or new."""

    def check(url: str) -> None:
        with psycopg.connect(url) as connection:
            assert connection.execute(MEMBERS).fetchall() == members_of_the_extension
            # A tool that copied the view instead would have left these behind.
            strays = connection.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'tenant_metrics' AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT EXISTS ("
                "    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
                "    AND d.refclassid = 'pg_extension'::regclass)"
            ).fetchall()
            assert strays == []

    return check
