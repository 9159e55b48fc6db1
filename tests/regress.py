"""Runs pg_regress or pg_isolation_regress of the PostgreSQL under test.

    python tests/regress.py pg_regress|isolation [TEST...]

Both compare what psql or the isolation tester prints with the files in
`expected`, on a private server. Without a list, all tests run, by name. Where
there is a test `setup`, which makes what the others share, it runs first, with
a list too. With ACCEPT=1 what was printed becomes what is expected: read the
difference with care before you commit it.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from cluster import PG_CONFIG, ROOT, Cluster

SUITES = {
    "pg_regress": ("regress/pg_regress", "sql", ".sql"),
    "isolation": ("isolation/pg_isolation_regress", "specs", ".spec"),
}


def tests_in(folder: pathlib.Path, suffix: str, wanted: list[str]) -> list[str]:
    """The wanted tests, by default all, after `setup` if the folder has it."""
    names = sorted(path.stem for path in folder.glob(f"*{suffix}"))
    first = [name for name in names if name == "setup"]
    return [*first, *(name for name in wanted or names if name not in first)]


def run(suite: str, tests: list[str]) -> int:
    """Runs the tests of a suite; the exit code is the runner's."""
    program, folder, suffix = SUITES[suite]
    inputs = ROOT / "tests" / suite
    tests = tests_in(inputs / folder, suffix, tests)
    if not tests:
        print(f"tests/{suite} has no tests")
        return 0
    with Cluster(PG_CONFIG) as cluster, tempfile.TemporaryDirectory() as outputs:
        pgxs = pathlib.Path(cluster.config("--pgxs")).parent.parent
        done = subprocess.run(
            [
                pgxs / "test" / program,
                f"--inputdir={inputs}",
                f"--outputdir={outputs}",
                f"--bindir={cluster.bindir}",
                f"--host={cluster.host}",
                f"--port={cluster.port}",
                "--user=postgres",
                f"--dbname=regress_{suite}",
                *tests,
            ],
            env={**os.environ, "LD_LIBRARY_PATH": str(cluster.libdir)},
            check=False,
        )
        differences = pathlib.Path(outputs) / "regression.diffs"
        if done.returncode != 0 and differences.exists():
            print(differences.read_text())
        if os.environ.get("ACCEPT"):
            for result in (pathlib.Path(outputs) / "results").glob("*.out"):
                shutil.copyfile(result, inputs / "expected" / result.name)
        return done.returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
