"""Runs a script by pgbench, on some connections for some seconds.

pgbench is PostgreSQL's own client in C. Its time on the processors is counted, because it shares
them with the server.
"""

import os
import pathlib
import re
import resource
import subprocess
import tempfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a run came to; `client_seconds` is processor time of pgbench itself."""

    transactions: int
    seconds: float
    failures: int
    deadlocks: int
    client_seconds: float
    messages: str


@dataclass(frozen=True)
class Pgbench:
    """The program, and the database that it works on."""

    bindir: pathlib.Path
    libdir: pathlib.Path
    dsn: str

    def run(self, script: str, connections: int, seconds: int, seed: int, settings: dict[str, str]) -> Outcome:
        """A run in which a client that fails is counted, and does not end the bench."""
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script)
            file.flush()
            before = _child_seconds()
            done = subprocess.run(
                [
                    self.bindir / "pgbench",
                    *("--no-vacuum", "--failures-detailed", "--protocol", "prepared"),
                    *("--client", str(connections), "--jobs", str(min(connections, 2))),
                    *("--time", str(seconds), "--random-seed", str(seed), "--file", file.name),
                    self.dsn,
                ],
                env={**os.environ, "PGOPTIONS": options, "LD_LIBRARY_PATH": str(self.libdir)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            client_seconds = _child_seconds() - before
        transactions = int(_number(done.stdout, r"transactions actually processed: (\d+)"))
        rate = _number(done.stdout, r"tps = ([\d.]+) ")
        deadlocks = int(_number(done.stdout, r"deadlock failures: (\d+)"))
        failed = int(_number(done.stdout, r"failed transactions: (\d+)"))
        # A client that meets another error ends, and is no failed transaction.
        ended = len(re.findall(r"client \d+ (?:script \d+ )?aborted", done.stderr))
        failures = failed + (ended or int(done.returncode != 0))
        elapsed = transactions / rate if rate else seconds
        messages = [line for line in done.stderr.splitlines() if "random seed" not in line]
        return Outcome(transactions, elapsed, failures, deadlocks, client_seconds, "\n".join(messages))


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _number(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0
