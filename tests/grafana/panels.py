"""The panels' queries, and what a panel needs to show their answers."""

from __future__ import annotations

import datetime
import pathlib
import re

import psycopg

from interpolation import View, expand, read_dashboard

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"

PANELS = {panel["title"]: panel for panel in read_dashboard()["panels"]}

# The kind of field that Grafana makes of a column: of its PostgreSQL type, and nothing else.
KINDS = {
    "bool": "boolean",
    "int2": "number",
    "int4": "number",
    "int8": "number",
    "float4": "number",
    "float8": "number",
    "numeric": "number",
    "text": "string",
    "timestamptz": "time",
}

# For each panel the columns that it needs, by name.
COLUMNS = {
    "The period against the one before": {"Cost": "number", "Events": "number", "Active tenants": "number"},
    "Active tenants at the end of the period": {
        "Tenants": "number",
        "Day": "number",
        "Week": "number",
        "Month": "number",
        "Day over month": "number",
        "New": "number",
        "Recovered": "number",
        "Lapsed": "number",
    },
    "Cost by tenant": {"level": "number", "value": "number", "self": "number", "label": "string"},
    "Cost over time": {"time": "time", "metric": "string", "value": "number"},
    "Usage over time": {"time": "time", "Events": "number", "Active tenants": "number", "Features": "number"},
    "Cost by tenant and feature": {"tenant": "string", "feature": "string", "cost": "number"},
    "Top tenants": {
        "Rank": "number",
        "Tenant": "string",
        "Value": "number",
        "Share": "number",
        "Before": "number",
        "Change": "number",
        "tenant_id": "number",
    },
    "Features": {
        "Feature": "string",
        "Events": "number",
        "Cost": "number",
        "Share": "number",
        "Tenants": "number",
        "Breadth": "number",
        "Last used": "time",
    },
    "Adoption": {
        "Feature": "string",
        "Adopters": "number",
        "Tenants": "number",
        "Rate": "number",
        "New": "number",
        "Lapsed": "number",
        "Median time to adopt": "number",
    },
}


def query(title: str) -> str:
    """A panel's only query, as the dashboard has it."""
    (target,) = PANELS[title]["targets"]
    return target["rawSql"]


def run(connection: psycopg.Connection, title: str, view: View) -> psycopg.Cursor:
    """Asks a panel's query as Grafana would, without parameters."""
    return connection.execute(expand(query(title), view))


def expected(connection: psycopg.Connection, title: str, view: View) -> list[tuple]:
    """What plain SQL answers."""
    name = re.sub(r"\W+", "_", title.lower())
    root = view.value("root")
    return connection.execute(
        (EXPECTED / "scope.sql").read_text() + (EXPECTED / f"{name}.sql").read_text(),
        {
            "root": int(root) if root.isdecimal() else None,
            "since": view.since,
            "until": view.until,
            "tz": view.timezone,
            "bucket": view.value("bucket"),
            "by": view.value("by"),
        },
    ).fetchall()


def kinds(cursor: psycopg.Cursor) -> dict[str, str | None]:
    """The fields that Grafana makes of an answer."""
    types = cursor.connection.adapters.types
    return {column.name: KINDS.get(types[column.type_code].name) for column in cursor.description}


def frame(cursor: psycopg.Cursor) -> dict:
    """Grafana's data frame of an answer: numbers are doubles, times milliseconds since 1970."""
    columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(cursor.description)
    return {
        "fields": [
            {"name": name, "type": kind, "config": {}, "values": [field_value(value, kind) for value in column]}
            for (name, kind), column in zip(kinds(cursor).items(), columns, strict=True)
        ]
    }


def field_value(value, kind: str):
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return round(value.timestamp() * 1000)
    return float(value) if kind == "number" else value
