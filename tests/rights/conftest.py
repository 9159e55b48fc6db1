"""Seeds of the combinations, the roles, and the database in which they act."""

from __future__ import annotations

import os
import pathlib
import sys

import pytest

from access_methods import create_other_heap

# The truth of the differential test serves here too, under other roles.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

BASE_SEED = int(os.environ["TENANT_METRICS_SEED"])
CASES = int(os.environ.get("TENANT_METRICS_CASES") or 300)

ROLES = """
CREATE ROLE rights_owner;
CREATE ROLE rights_group;
CREATE ROLE rights_reader;
CREATE ROLE rights_member IN ROLE rights_group;
CREATE ROLE rights_bypass BYPASSRLS;
"""


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(BASE_SEED, BASE_SEED + CASES))


@pytest.fixture
def replay(seed, request):
    """The command that makes the combination again, for messages of failures."""
    file = request.node.nodeid.split("::")[0]
    return f"TENANT_METRICS_SEED={seed} TENANT_METRICS_CASES=1 pytest {file}"


@pytest.fixture(scope="session")
def rights_database(cluster):
    """A superuser's connection, which sets other roles as it goes."""
    cluster.create_database("rights")
    with cluster.connect("rights") as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        connection.execute(ROLES)
        create_other_heap(cluster, connection)
        connection.execute("SET statement_timeout = '300s'")
        yield connection
        connection.execute("DROP OWNED BY rights_owner, rights_group, rights_reader")
        connection.execute("DROP OWNED BY rights_member, rights_bypass")
    cluster.drop_database("rights")
    with cluster.connect() as connection:
        connection.execute("DROP ROLE rights_owner, rights_member, rights_group, rights_reader, rights_bypass")
