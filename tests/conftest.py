"""Fixtures: one server per run, one database per test."""

from __future__ import annotations

import itertools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from cluster import PG_CONFIG, Cluster  # noqa: E402

# Tests read what tools print, and some of those colour it wherever a CI system runs them.
os.environ.pop("FORCE_COLOR", None)
os.environ["NO_COLOR"] = "1"

database_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def pg_config() -> pathlib.Path:
    return PG_CONFIG


@pytest.fixture(scope="session")
def cluster(pg_config):
    with Cluster(pg_config) as cluster:
        yield cluster


@pytest.fixture
def database_name(cluster):
    """A fresh database that has the extension."""
    name = f"test_{next(database_numbers)}"
    cluster.create_database(name)
    with cluster.connect(name) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
    yield name
    cluster.drop_database(name)


@pytest.fixture
def database(cluster, database_name):
    """An autocommit connection of the superuser to a fresh database."""
    with cluster.connect(database_name) as connection:
        yield connection
