"""Diesel, SeaORM, sqlx and tokio-postgres: one build for all of them, as Cargo.lock says."""

from __future__ import annotations

import os
import pathlib
import subprocess

import psycopg
import pytest

from cluster import ROOT

BUILD = ROOT / ".local" / "clients" / "examples-rust"
# The version that Cargo.lock has of Diesel.
DIESEL_CLI = "2.3.14"
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name IN ('tenants', 'ai_feature_usage')
    ORDER BY table_name, ordinal_position
"""


def cargo(libdir: pathlib.Path, *arguments) -> None:
    done = subprocess.run(
        ["cargo", *map(str, arguments)],
        env={
            **os.environ,
            # Its own folder, so that it never waits for a build of the extension.
            "CARGO_TARGET_DIR": str(BUILD),
            # Debug information would take half of the build's time.
            "CARGO_PROFILE_DEV_DEBUG": "0",
            # Diesel is linked to the libpq of the PostgreSQL under test.
            "PQ_LIB_DIR": str(libdir),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def programs(cluster, examples) -> pathlib.Path:
    """The folder of the compiled examples."""
    cargo(cluster.libdir, "build", "--quiet", "--locked", "--manifest-path", examples / "Cargo.toml")
    return BUILD / "debug"


@pytest.fixture(scope="module")
def diesel(cluster) -> pathlib.Path:
    """Diesel's command, compiled for PostgreSQL only."""
    root = BUILD / f"diesel-{DIESEL_CLI}"
    command = root / "bin" / "diesel"
    if not command.exists():
        source = ("--version", f"={DIESEL_CLI}", "--no-default-features", "--features", "postgres", "diesel_cli")
        cargo(cluster.libdir, "install", "--quiet", "--debug", "--locked", "--root", root, *source)
    return command


@pytest.fixture
def libpq(cluster) -> dict[str, str]:
    """Where a program that is linked to libpq finds it."""
    return {"LD_LIBRARY_PATH": str(cluster.libdir)}


@pytest.mark.parametrize("name", ["diesel", "seaorm", "sqlx", "tokio-postgres"])
def test_every_run_prints_the_expected_rows(
    name, programs, examples, example_url, run, expected, libpq, assert_extension_whole
):
    program = programs / f"tenant_metrics_{name.replace('-', '_')}"
    # The second run finds the migration done.
    for _ in range(2):
        assert run([program], examples / name, example_url, **libpq) == expected
        assert_extension_whole(example_url)


def test_diesel_writes_only_the_tables_into_schema_rs(
    diesel, examples, example_url, execute, libpq, assert_extension_whole
):
    # With --locked-schema a schema.rs that would change is an error.
    for command in ("run", "redo"):
        execute([diesel, "migration", command, "--locked-schema"], examples / "diesel", example_url, **libpq)
        assert_extension_whole(example_url)


def test_seaorm_sync_changes_neither_the_tables_nor_the_extension(
    programs, examples, example_url, execute, assert_extension_whole
):
    execute([programs / "tenant_metrics_seaorm"], examples / "seaorm", example_url)
    with psycopg.connect(example_url) as connection:
        before = connection.execute(COLUMNS).fetchall()
        connection.rollback()
        execute([programs / "sync"], examples / "seaorm", example_url)
        assert connection.execute(COLUMNS).fetchall() == before
    assert_extension_whole(example_url)
