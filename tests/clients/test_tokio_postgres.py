"""tokio-postgres: builds the crate in rust/ as its Cargo.lock says and runs it."""

from __future__ import annotations

import os
import subprocess

from cluster import ROOT
from readers import FOLDER


def test_tokio_postgres_reads_the_expected_rows(cluster, model):
    done = subprocess.run(
        ["cargo", "test", "--locked", "--quiet"],
        cwd=FOLDER / "rust",
        env={
            **os.environ,
            # Its own folder, so that it never waits for a build of the extension.
            "CARGO_TARGET_DIR": str(ROOT / ".local" / "clients" / "rust"),
            "CONNECTION": cluster.dsn(model),
            "EXPECTED": str(FOLDER / "expected"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
