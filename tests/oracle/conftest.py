"""Seeds, and the database in which the cases live.

Each case is made from its seed alone. TENANT_METRICS_SEED is the first seed of
a run, which tests/conftest.py chooses; TENANT_METRICS_CASES is the number of cases.
"""

from __future__ import annotations

import os

import pytest

from connections import prepared

BASE_SEED = int(os.environ["TENANT_METRICS_SEED"])
CASES = int(os.environ.get("TENANT_METRICS_CASES") or 300)


def pytest_configure(config):
    config.addinivalue_line("markers", "share_of_cases(share): the part of the cases that the test gets; at least one")


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("share_of_cases")
        share = marker.args[0] if marker else 1
        count = max(1, int(CASES * share))
        metafunc.parametrize("seed", range(BASE_SEED, BASE_SEED + count))


@pytest.fixture
def replay(seed, request):
    """The command that runs the case again, for messages of failures."""
    file = request.node.nodeid.split("::")[0]
    return f"TENANT_METRICS_SEED={seed} TENANT_METRICS_CASES=1 pytest {file}"


@pytest.fixture(scope="session")
def connections(cluster):
    yield from prepared(cluster, "oracle")


@pytest.fixture(scope="session")
def unencoded_connections(cluster):
    """A database that takes any bytes for text."""
    yield from prepared(cluster, "oracle_ascii", "ENCODING 'SQL_ASCII' TEMPLATE template0")


@pytest.fixture(scope="session")
def latin1_connections(cluster):
    """A database in an encoding of single bytes."""
    yield from prepared(cluster, "oracle_latin1", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
