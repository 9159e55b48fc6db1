"""Tables of a million tenants and more events, made by the server."""

from __future__ import annotations

import os

import psycopg

# A debug build, which checks more, is many times slower; its tests are made for smaller tables.
PROFILE = os.environ.get("TENANT_METRICS_PROFILE", "debug")
MILLION = {"release": 1_000_000, "debug": 100_000}[PROFILE]


def create_model(connection: psycopg.Connection) -> None:
    """The model of the default source, without keys that slow loading down."""
    connection.execute(
        """
        CREATE UNLOGGED TABLE tenants (id int PRIMARY KEY, parent_id int);
        CREATE UNLOGGED TABLE ai_feature_usage (
            tenant_id int NOT NULL,
            feature_name text NOT NULL,
            inference_cost float8,
            created_at timestamp NOT NULL DEFAULT '2026-01-01'
        );
        """
    )


def create_tenants(connection: psycopg.Connection, tenants: int, parent: str) -> None:
    """Tenants 1 to `tenants`; `parent` is SQL that computes a parent from an id."""
    connection.execute(f"INSERT INTO tenants SELECT id, {parent} FROM generate_series(1, {tenants}) AS id")
    connection.execute("ANALYZE tenants")


def create_usage(connection: psycopg.Connection, events: int, tenants: int, features: int = 9) -> None:
    """Events of tenants 1 to `tenants`; each of them in turn, then again with the next feature."""
    connection.execute(
        f"""
        INSERT INTO ai_feature_usage
        SELECT event % {tenants} + 1, 'feature ' || event / {tenants} % {features}, (event % 1000) * 0.001
        FROM generate_series(0, {events} - 1) AS event
        """
    )
    connection.execute("ANALYZE ai_feature_usage")
