"""xtask: its install script makes what cargo-pgrx's makes, of the same checkout."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import pytest

from cluster import ROOT, Cluster

CATALOGUE = pathlib.Path(__file__).with_name("catalogue.sql")
# What cargo-pgrx's script is installed as, beside the version under test.
OTHER = "pgrx"

pytestmark = pytest.mark.skipif(shutil.which("cargo-pgrx") is None, reason="there is no cargo-pgrx")


@pytest.fixture
def other_version(cluster):
    """cargo-pgrx's script, as a version of the extension, for as long as the test takes."""
    script = pathlib.Path(cluster.config("--sharedir")) / "extension" / f"tenant_metrics--{OTHER}.sql"
    # The library under test is built with this profile, so nothing is built again.
    major = f"pg{cluster.major}"
    is_release = os.environ.get("TENANT_METRICS_PROFILE") == "release"
    options = ["--release"] if is_release else ["--features", "test_dependencies"]
    try:
        subprocess.run(
            ["cargo", "pgrx", "schema", "--no-default-features", *options, "--out", script, major],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield OTHER
    finally:
        script.unlink(missing_ok=True)


def catalogue(cluster: Cluster, version: str) -> list[str]:
    """What the catalogues say of a database that the script of this version has made, a line each."""
    name = f"made_by_{'default' if version == 'DEFAULT' else version}"
    cluster.create_database(name)
    with cluster.connect(name) as connection:
        clause = "" if version == "DEFAULT" else f" VERSION '{version}'"
        connection.execute(f"CREATE EXTENSION tenant_metrics{clause}")
        lines = []
        for statement in CATALOGUE.read_text(encoding="utf-8").split(";\n"):
            answer = connection.execute(statement)
            lines += map(str, answer) if answer.description else []
    cluster.drop_database(name)
    return lines


def test_both_install_scripts_make_the_same_catalogue(cluster, other_version):
    ours = catalogue(cluster, "DEFAULT")
    assert len(ours) > 1000
    assert ours == catalogue(cluster, other_version)
