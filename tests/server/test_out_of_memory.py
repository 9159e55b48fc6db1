"""Where the operating system gives no more memory, a call ends with an error, and the server lives.

Each reader is called by processes with less and less room in their address space, as `ulimit -v`
or `vm.overcommit_memory = 2` would leave them.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import subprocess
import time
from dataclasses import dataclass

import psycopg
import pytest

from calls import Function, functions
from cluster import SERVER_USER, Cluster

TENANTS = 10_000

# A source for each twin; ids of all kinds are made of the same numbers.
SOURCES = {
    "": ("default", "tenants", "int", "{}"),
    "_uuid": ("uuids", "accounts", "uuid", "lpad(to_hex({}), 32, '0')::uuid"),
    "_text": ("texts", "workspaces", "text", "'a name too long for a short string ' || {}"),
}

TABLES = """
CREATE TABLE {tenants} (id {type} PRIMARY KEY, parent_id {type});
CREATE TABLE {usage} (
    tenant_id {type}, feature_name text, inference_cost float8, created_at timestamp, tokens int
);
INSERT INTO {tenants} SELECT {id}, {parent} FROM generate_series(1, {count}) AS i;
INSERT INTO {usage}
SELECT {tenant}, 'feature ' || i % 100, (i % 1000) / 100.0, '2024-01-01'::timestamp + i % 8000 * interval '1 hour',
       i
FROM generate_series(1, 2 * {count}) AS i;
CREATE INDEX ON {usage} (tenant_id);
CREATE INDEX ON {tenants} (parent_id);
ANALYZE {usage}, {tenants};
"""

# Least and most kilobytes beside what a new process has.
LEAST, MOST = 64, 1 << 18

# So many calls with less memory than a reader needs, besides those that found out how much that is.
CALLS = 5


def create_source(connection: psycopg.Connection, suffix: str) -> None:
    source, tenants, id_type, made = SOURCES[suffix]
    usage = "ai_feature_usage" if source == "default" else f"{tenants}_usage"
    names = {
        "tenants": tenants,
        "usage": usage,
        "type": id_type,
        "count": TENANTS,
        "id": made.format("i"),
        "parent": f"CASE WHEN i > 10 THEN {made.format('(i / 3)')} END",
        "tenant": made.format(f"(i * 7919 % {TENANTS} + 1)"),
    }
    connection.execute(TABLES.format(**names))
    connection.execute(f"SELECT tenant_metrics.setup('{tenants}', '{usage}', '{source}', measures => '{{tokens}}')")


def summarize(connection: psycopg.Connection) -> None:
    """Gives the source with integers summaries, which have something to do."""
    connection.execute("CALL tenant_metrics.enable_summaries()")
    connection.execute("UPDATE ai_feature_usage SET inference_cost = inference_cost + 1 WHERE tenant_id % 10 = 3")


def procedure(function: Function) -> str:
    """A call that makes summaries, or folds or drops those of the source with integers, and is taken back."""
    source = SOURCES["_uuid" if function.name.endswith("enable_summaries") else ""][0]
    before = f"CALL tenant_metrics.pause('{source}');" if function.name.endswith("resume") else ""
    return f"BEGIN; {before} CALL {function.name}('{source}'); ROLLBACK"


def statement(chance: random.Random, function: Function, is_set: bool) -> str:
    """A call that reads all tenants, or a call for each."""
    if function.is_procedure:
        return procedure(function)
    suffix = next((suffix for suffix in ("_uuid", "_text") if function.name.endswith(suffix)), "")
    source, tenants, _, made = SOURCES[suffix]
    values = {
        "at": "'2024-07-01'",
        "since": "'2024-03-01'",
        "until": "'2024-09-01'",
        "source": f"'{source}'",
        "n": "5000",
        "by": chance.choice(("'cost'", "'events'", "'growth'", "'adoption_rate'")),
        "scope": chance.choice(("'own'", "'subtree'")),
        "bucket": "'week'",
        "measure": chance.choice(("'cost'", "'tokens'")),
        "ids": f"(SELECT array_agg(id) FROM {tenants})",
        "id": "NULL" if "since" in function.arguments else made.format("1"),
    }
    of_each = not is_set and "id" in function.arguments
    if of_each:
        values |= {"id": "t.id", "ancestor": "t.parent_id"}
    given = [f"{name} => {values[name]}" for name in function.arguments if name in values]
    call = f"{function.name}({', '.join(given)})"
    if of_each:
        return f"SELECT count({call}) FROM {tenants} AS t"
    return f"SELECT count(x) FROM {call} AS x"


def limit_memory(connection: psycopg.Connection, kilobytes: int) -> None:
    """Leaves the server's process so much more than it has."""
    process = connection.info.backend_pid
    status = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    size = next(int(line.split()[1]) for line in status if line.startswith("VmSize:"))
    command = ["prlimit", "--pid", str(process), f"--as={(size + kilobytes) * 1024}"]
    if os.geteuid() == 0:
        command = ["runuser", "-u", SERVER_USER, "--", *command]
    subprocess.run(command, check=True)


@dataclass
class Caller:
    """Calls readers in processes of their own."""

    cluster: Cluster
    database: str

    def connect(self) -> psycopg.Connection:
        """A connection, as soon as a server that has crashed takes some again."""
        deadline = time.monotonic() + 60
        while True:
            try:
                connection = self.cluster.connect(self.database)
                connection.execute("SET max_parallel_workers_per_gather = 0; LOAD 'tenant_metrics'")
                return connection
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def outcome(self, query: str, kilobytes: int) -> str:
        connection = self.connect()
        try:
            limit_memory(connection, kilobytes)
            connection.execute(query)
            return "an answer"
        except psycopg.Error as error:
            return "a crash" if connection.closed else f"{error.sqlstate}: {error}"
        finally:
            connection.close()


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit, of util-linux, limits the memory")
def test_every_reader_answers_or_says_that_memory_is_out(cluster, database, database_name):
    seed = int(os.environ["TENANT_METRICS_SEED"])
    print(f"replay with TENANT_METRICS_SEED={seed}")
    chance = random.Random(seed)
    for suffix in SOURCES:
        create_source(database, suffix)
    summarize(database)
    sets = {name for (name,) in database.execute("SELECT proname FROM pg_proc WHERE proretset")}
    readers: dict[str, list[Function]] = {}
    for function in functions(database):
        if not function.is_aggregate and function.name not in (
            "tenant_metrics.setup",
            "tenant_metrics.teardown",
            "tenant_metrics.capture",
            "tenant_metrics.note_changes",
        ):
            stem = function.name.removesuffix("_uuid").removesuffix("_text")
            readers.setdefault(stem, []).append(function)
    assert len(readers) > 30, "the test has lost sight of the functions"

    caller = Caller(cluster, database_name)
    broken = []
    for twins in readers.values():
        function = chance.choice(twins)
        query = statement(chance, function, function.name.split(".")[-1] in sets)

        def tried(kilobytes: int, query=query) -> str:
            outcome = caller.outcome(query, kilobytes)
            if outcome != "an answer" and not outcome.startswith("53200"):
                broken.append(f"{outcome} with {kilobytes} kB more: {query}")
            return outcome

        enough = LEAST
        while tried(enough) != "an answer" and enough < MOST:
            enough *= 4
        for _ in range(CALLS):
            tried(chance.randrange(enough))
    assert not broken, "\n".join(broken)
