"""Executes the schedule of a failure again: python tests/interleaving/replay.py FILE [--quiet]

It starts a server with PG_CONFIG's PostgreSQL, prints each step and stops at the difference.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import schedule  # noqa: E402
from cluster import PG_CONFIG, Cluster  # noqa: E402
from sessions import Difference, Performer  # noqa: E402


def replay(file: pathlib.Path, quiet: bool) -> int:
    world, executed = schedule.load(file)
    print(f"seed {world.seed}, {world.size} tables, {len(executed)} steps")
    with Cluster(PG_CONFIG) as cluster, schedule.opened(cluster, world) as sessions:
        say = (lambda step: None) if quiet else (lambda step: print(step.told()))
        try:
            schedule.execute(Performer(sessions), executed, say)
        except Difference as difference:
            print(f"\nThe difference is there again:\n{difference}")
            return 1
    print("\nNo difference this time.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--quiet", action="store_true", help="do not print the steps")
    arguments = parser.parse_args()
    return replay(arguments.file, arguments.quiet)


if __name__ == "__main__":
    sys.exit(main())
