"""The page's server on the demo's data, on odd data, on summaries and on none; plain SQL to compare with."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys

import pytest

from cluster import ROOT

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(ROOT / "benches")]

from datasets import Dataset, load  # noqa: E402
from serving import serve  # noqa: E402

DEMO = Dataset("public", tenants=1_000, events=1_000_000, varied_features=True)
SMALL = Dataset("public", tenants=100, events=20_000, varied_features=True)


@pytest.fixture(scope="session")
def page_requirements() -> None:
    """What the page's server imports."""
    install = [ROOT / "scripts" / "install-python.sh", "examples/dashboard/requirements.txt"]
    subprocess.run(install, check=True)


def database(cluster, name: str, fill):
    """Makes a database and gives what a server of the page needs to find it."""
    cluster.create_database(name)
    with cluster.connect(name) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        fill(connection)
    return {
        "DATABASE_URL": f"postgresql:///{name}",
        "PGHOST": cluster.host,
        "PGPORT": str(cluster.port),
        "PGUSER": "postgres",
    }


@pytest.fixture(scope="session")
def page(cluster, page_requirements):
    """The page on the data of `make demo`, in a database whose days are not those of UTC."""

    def fill(connection) -> None:
        load(connection, DEMO)
        connection.execute("ALTER DATABASE page SET timezone = 'America/New_York'")

    with serve(**database(cluster, "page", fill)) as page:
        yield page


@pytest.fixture(scope="session")
def odd_database(cluster, page_requirements):
    sql = (FOLDER / "odd.sql").read_text()
    return database(cluster, "page_odd", lambda connection: connection.execute(sql))


@pytest.fixture(scope="session")
def odd_page(odd_database):
    """The page on odd.sql."""
    with serve(**odd_database) as page:
        yield page


@pytest.fixture(scope="session")
def empty_page(cluster, page_requirements):
    """The page on two tables without rows."""

    def fill(connection) -> None:
        tables = (FOLDER / "odd.sql").read_text().partition("INSERT")[0]
        connection.execute(tables)

    with serve(**database(cluster, "page_empty", fill)) as page:
        yield page


@pytest.fixture(scope="session")
def summaries_database(cluster, page_requirements):
    """A database without summaries, in which the tests make them, and a role that sees some of its rows."""

    def fill(connection) -> None:
        load(connection, SMALL)
        connection.execute(
            """
            CREATE ROLE filtered LOGIN;
            GRANT SELECT ON tenants, ai_feature_usage TO filtered;
            ALTER TABLE ai_feature_usage ENABLE ROW LEVEL SECURITY;
            CREATE POLICY first_ones ON ai_feature_usage FOR SELECT TO filtered USING (tenant_id < 50);
            """
        )

    return database(cluster, "page_summaries", fill)


@pytest.fixture(scope="session")
def summaries_page(summaries_database):
    """The page on that database, as the tables' owner."""
    with serve(**summaries_database) as page:
        yield page


@pytest.fixture(scope="session")
def filtered_page(summaries_database):
    """The same as the role that sees some of the rows."""
    with serve(**summaries_database | {"PGUSER": "filtered"}) as page:
        yield page


@pytest.fixture
def summaries_connection(cluster, summaries_database):
    """A connection of the tables' owner, who leaves no summaries and no event."""
    clean = (FOLDER / "clean.sql").read_text()
    with cluster.connect("page_summaries") as connection:
        connection.execute(clean)
        yield connection
        connection.execute(clean)


@pytest.fixture(scope="session")
def old_page(cluster, page_requirements):
    """The page on a version that knows no summaries."""

    def fill(connection) -> None:
        for name in ("odd", "old"):
            connection.execute((FOLDER / f"{name}.sql").read_text())

    with serve(**database(cluster, "page_old", fill)) as page:
        yield page


@pytest.fixture(scope="session")
def psql(cluster, page):
    """What psql prints for a statement of plain.sql on the demo's data, read as JSON."""
    parts = (FOLDER / "plain.sql").read_text().split("-- name: ")[1:]
    statements = dict(part.split("\n", 1) for part in parts)

    @functools.cache
    def psql(name: str, since: str, until: str, root: str = "", tz: str = "UTC", bucket: str = "day"):
        given = {"since": since, "until": until, "root": root, "tz": tz, "bucket": bucket}
        variables = [option for key, value in given.items() for option in ("--set", f"{key}={value}")]
        done = subprocess.run(
            [
                cluster.bindir / "psql",
                "--no-psqlrc",
                "-At",
                "--set",
                "ON_ERROR_STOP=1",
                *variables,
                cluster.dsn("page"),
            ],
            env={**os.environ, "LD_LIBRARY_PATH": str(cluster.libdir)},
            input=statements[name],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        # Nothing was used: no row, and so no object.
        return json.loads(done.stdout.strip() or "{}")

    return psql
