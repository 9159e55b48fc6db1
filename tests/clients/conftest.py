"""One database with the clients' data, made once for all of them."""

from __future__ import annotations

import pytest

from readers import FOLDER

DATABASE = "clients"


@pytest.fixture(scope="session")
def model(cluster) -> str:
    """The name of a database that holds model.sql; tests leave it unchanged."""
    cluster.create_database(DATABASE)
    with cluster.connect(DATABASE) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        connection.execute((FOLDER / "model.sql").read_text())
    yield DATABASE
    cluster.drop_database(DATABASE)
