"""Fixtures: one server per process of a run, one database per test."""

from __future__ import annotations

import functools
import itertools
import os
import pathlib
import random
import sys

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from cluster import PG_CONFIG, Cluster  # noqa: E402

# Tests read what tools print, and some of those colour it wherever a CI system runs them.
os.environ.pop("FORCE_COLOR", None)
os.environ["NO_COLOR"] = "1"

# Chosen before pytest-xdist starts processes, because all of them must collect the same tests.
os.environ["TENANT_METRICS_SEED"] = os.environ.get("TENANT_METRICS_SEED") or str(random.SystemRandom().randrange(10**9))

# Folders whose tests share a database or installed packages. Elsewhere files share them at most.
SHARING_FOLDERS = {"clients", "grafana", "page"}

database_numbers = itertools.count(1)


def pytest_sessionstart(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line(f"TENANT_METRICS_SEED={os.environ['TENANT_METRICS_SEED']}")


# Before pytest-xdist reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tells pytest-xdist which tests belong into one process: those that share data, but no cases made from seeds."""
    for item in items:
        is_case = hasattr(item, "callspec") and "seed" in item.callspec.params
        if not is_case:
            path = item.path.relative_to(FOLDER)
            item.add_marker(pytest.mark.xdist_group(path.parts[0] if path.parts[0] in SHARING_FOLDERS else path.stem))


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(text)


@pytest.fixture
def measured(record_property):
    """Keeps a line for the end of the run; what a process of pytest-xdist prints is lost."""
    return functools.partial(record_property, "measured")


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
