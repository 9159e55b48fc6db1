"""The file for Prometheus: sql_exporter asks its queries, and what it serves equals plain SQL."""

from __future__ import annotations

import contextlib
import math
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest

from cluster import ROOT, Cluster, free_tcp_port

CONFIGURATION = ROOT / "examples" / "prometheus" / "tenant_metrics.yml"
EXPORTER = ROOT / ".local" / "sql-exporter" / "usr" / "bin" / "prometheus-sql-exporter"
DATABASE = "prometheus"
# Every query of the file has a metric of this name once it was answered, well or not.
ANSWERED = re.compile(r'^sql_exporter_last_scrape_failed\{.*query="(\w+)".*\} (\d)', re.MULTILINE)
QUERIES = {"tenant_usage", "tenant_activity", "tenant_integrity"}
# What the exporter says of the connection, the same on every line.
OF_CONNECTION = {"driver", "host", "database", "user", "sql_job"}

# The rows (metric, labels, value) that plain SQL gives for now().
USAGE = """
WITH recent AS (SELECT * FROM plain.event WHERE at >= now() - interval '30 days'),
own AS (
    SELECT t.id, count(e.tenant) AS events, coalesce(sum(e.cost), 0) AS cost,
           count(DISTINCT e.feature) / 9::float8 AS adoption_rate, count(e.tenant) - count(e.cost) AS unpriced_events
    FROM tenants AS t LEFT JOIN recent AS e ON e.tenant = t.id
    GROUP BY t.id
),
subtree AS (
    SELECT b.top AS id, count(e.tenant) AS events, coalesce(sum(e.cost), 0) AS cost,
           count(DISTINCT e.feature) / 9::float8 AS adoption_rate
    FROM plain.below AS b LEFT JOIN recent AS e ON e.tenant = b.id
    WHERE b.top NOT IN (SELECT id FROM plain.cyclic)
    GROUP BY b.top
)
SELECT json_build_object('tenant', t.id::text, 'name', t.name, 'parent', coalesce(t.parent_id::text, '')) AS labels,
       o.events, o.cost, o.adoption_rate, o.unpriced_events,
       s.events AS subtree_events, s.cost AS subtree_cost, s.adoption_rate AS subtree_adoption_rate
FROM tenants AS t JOIN own AS o USING (id) LEFT JOIN subtree AS s USING (id)
"""
ACTIVITY = """
WITH days AS (
    SELECT t.id, (now() AT TIME ZONE 'UTC')::date - (e.at AT TIME ZONE 'UTC')::date AS ago
    FROM tenants AS t LEFT JOIN plain.event AS e ON e.tenant = t.id
),
tenant AS (
    SELECT coalesce(bool_or(ago = 0), false) AS day, coalesce(bool_or(ago BETWEEN 0 AND 6), false) AS week,
           coalesce(bool_or(ago BETWEEN 0 AND 29), false) AS month,
           coalesce(bool_or(ago BETWEEN 30 AND 59), false) AS before, coalesce(bool_or(ago > 59), false) AS earlier
    FROM days
    GROUP BY id
)
SELECT '{}'::json AS labels, count(*) AS tenants, count(*) FILTER (WHERE day) AS active_day,
       count(*) FILTER (WHERE week) AS active_week, count(*) FILTER (WHERE month) AS active_month,
       count(*) FILTER (WHERE month AND NOT before AND NOT earlier) AS new_tenants,
       count(*) FILTER (WHERE month AND NOT before AND earlier) AS recovered_tenants,
       count(*) FILTER (WHERE before AND NOT month) AS lapsed_tenants
FROM tenant
"""
# Kinds that world.sql has, and how many tenants are concerned; of `unpriced` each with its features.
INTEGRITY = """
SELECT json_build_object('kind', kind) AS labels, problems
FROM (VALUES ('cycle', 3), ('orphan', 1), ('unattributed_usage', 1),
             ('unpriced', (SELECT count(DISTINCT (tenant, feature)) FROM plain.event WHERE cost IS NULL)))
     AS found (kind, problems)
"""


@pytest.fixture
def recent_world(cluster: Cluster, world: str):
    """The dashboard's database, with usage until yesterday, and for some tenants until today."""
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {world}")
    try:
        with cluster.connect(DATABASE) as connection:
            connection.execute(
                "UPDATE ai_feature_usage SET created_at = created_at + (SELECT"
                " date_trunc('day', now() AT TIME ZONE 'UTC') - date_trunc('day', max(created_at)) - interval '1 day'"
                " FROM ai_feature_usage)"
            )
            connection.execute(
                "INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at)"
                " SELECT id, 'chat', 0.25, now() AT TIME ZONE 'UTC' FROM generate_series(1, 4) AS id"
            )
            yield connection
    finally:
        cluster.drop_database(DATABASE)


@contextlib.contextmanager
def exporter(url: str) -> Iterator[str]:
    """The address of an exporter that lives as long as the `with` block."""
    address = f"127.0.0.1:{free_tcp_port()}"
    process = subprocess.Popen(
        [EXPORTER, "-config.file", CONFIGURATION, "-web.listen-address", address],
        env={**os.environ, "TENANT_METRICS_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield address
    finally:
        process.kill()
        print(process.communicate()[0])


def scrape(address: str) -> str:
    """What Prometheus gets, once each query has been asked."""
    for _ in range(1200):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"http://{address}/metrics") as response:
                text = response.read().decode()
            answered = dict(ANSWERED.findall(text))
            if "1" in answered.values() or answered.keys() == QUERIES:
                return text
        time.sleep(0.1)
    raise AssertionError("the exporter has answered nothing in two minutes")


def samples(text: str) -> dict[tuple, float]:
    """The samples of our queries, by name and labels."""
    found = {}
    for name, labels, value in re.findall(r"^sql_(tenant_\w+)\{(.*)\} (\S+)$", text, re.MULTILINE):
        pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)
        kept = {label: text.replace('\\"', '"') for label, text in pairs if label not in OF_CONNECTION}
        found[(name, *sorted(kept.items()))] = float(value)
    return found


def expected(connection) -> dict[tuple, float]:
    found = {}
    for name, query in {"tenant_usage": USAGE, "tenant_activity": ACTIVITY, "tenant_integrity": INTEGRITY}.items():
        answer = connection.execute(query)
        columns = [column.name for column in answer.description]
        for labels, *values in answer:
            for column, value in zip(columns[1:], values, strict=True):
                key = sorted({**labels, "col": column}.items())
                found[(name, *key)] = math.nan if value is None else float(value)
    return found


@pytest.mark.skipif(not EXPORTER.exists(), reason="there is no package prometheus-sql-exporter for this machine")
def test_prometheus_gets_what_plain_sql_gives(cluster, recent_world, reader_role):
    host = urllib.parse.quote(cluster.host, safe="")
    url = f"postgres://{reader_role}@/{DATABASE}?host={host}&port={cluster.port}&sslmode=disable"
    before, after = None, expected(recent_world)
    # Again, if it became another day, or an event 30 days old, in between.
    while not before or before.items() - after.items():
        before = after
        with exporter(url) as address:
            got = samples(scrape(address))
        after = expected(recent_world)
    assert got == pytest.approx(after, nan_ok=True, rel=1e-15)
