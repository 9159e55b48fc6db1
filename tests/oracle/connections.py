"""The databases in which the cases live, and connections that serve many cases."""

from __future__ import annotations

import psycopg
from psycopg.types.string import TextLoader

from access_methods import create_other_heap

# A role that policies apply to, what they call, and the answer of a statement, or the SQLSTATE of its error.
PREPARED = """
DO $$ BEGIN CREATE ROLE oracle_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA oracle;
GRANT USAGE ON SCHEMA oracle TO PUBLIC;
CREATE FUNCTION oracle.chosen(tenant text) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT hashtext(tenant) % 3 <> 0 AND current_user <> 'nobody' $$;
CREATE FUNCTION oracle.allowed(tenant text) RETURNS boolean LANGUAGE plpgsql STABLE SET app.parity = 'odd'
    AS $$ BEGIN RETURN hashtext(tenant) % 4 <> length(current_setting('app.parity')); END $$;
CREATE FUNCTION oracle.changing(tenant text) RETURNS boolean LANGUAGE plpgsql VOLATILE
    AS $$ BEGIN RETURN hashtext(tenant) % 5 <> 0; END $$;
CREATE FUNCTION oracle.answer(query text, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query INTO answer;
EXCEPTION WHEN OTHERS THEN
    answer := SQLSTATE;
END $$
"""


class Connections:
    """One connection for many cases, so that a backend's memory is tested too."""

    def __init__(self, cluster, database: str):
        self.cluster = cluster
        self.database = database
        self.connection: psycopg.Connection | None = None
        self.cases = 0

    def get(self) -> psycopg.Connection:
        self.cases += 1
        if self.connection is None or self.connection.closed or self.cases % 25 == 0:
            self.close()
            self.connection = self.cluster.connect(self.database)
            self.connection.execute("SET client_encoding = 'UTF8'")
            # Python's times end with the year 9999.
            for time_type in ("timestamptz", "timestamp", "date"):
                self.connection.adapters.register_loader(time_type, TextLoader)
            # A loop that does not end fails the case, not the run.
            self.connection.execute("SET statement_timeout = '300s'")
        return self.connection

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()


def prepared(cluster, database: str, options: str = ""):
    """Connections to a new database that has what the cases need."""
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {database} {options}")
    connections = Connections(cluster, database)
    connection = connections.get()
    connection.execute("CREATE EXTENSION tenant_metrics")
    connection.execute(PREPARED)
    create_other_heap(cluster, connection)
    yield connections
    connections.close()
    cluster.drop_database(database)
