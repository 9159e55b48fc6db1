"""Random interleavings of several sessions: every reader equals plain SQL in the same snapshot.

TENANT_METRICS_STEPS is the number of steps of a run, TENANT_METRICS_SEED its first seed.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

import schedule
import tallies
from cluster import Cluster
from faults import FAULTS
from sessions import Difference
from world import World

STEPS = int(os.environ.get("TENANT_METRICS_STEPS") or 50_000)
SEED = int(os.environ["TENANT_METRICS_SEED"])
STEPS_PER_ROUND = 2_500
PROCESSES = min(2, os.cpu_count() or 1)

# What a long run must have gone through, and how often in 100 steps at least.
WORKED = {
    **{"single answers": 2, "pass answers": 2, "cached answers": 10, "pairs compared": 200},
    "summary answers": 0.03,
    **{"together": 5, "apart": 1, "probe": 1, "bulk": 1, "pairs": 1, "execute": 1, "fetch": 0.2},
    **{"places": 3, "copy": 0.3},
    **{"rollback_to": 0.5, "rights": 0.3, "agreed error 42501": 0.1, "agreed error 42P19": 0.05},
    "agreed NULL on cycles": 0.05,
    **tallies.expected(),
}


def world(seed: int, fault: str = "") -> World:
    """Mostly small tables, where a pass is due at once; plain SQL is slow on large ones."""
    return World(seed, "large" if seed % 5 == 0 else "small", fault)


def run_rounds(pg_config, rounds: list[tuple[World, int]]) -> Counter[str]:
    """Rounds one after the other, on a server that nobody else disturbs."""
    counts: Counter[str] = Counter()
    with Cluster(pg_config) as cluster:
        for a_world, steps in rounds:
            counts += schedule.run(cluster, a_world, steps)
    return counts


def rounds_of(seed: int, steps: int) -> list[tuple[World, int]]:
    starts = range(0, steps, STEPS_PER_ROUND)
    return [(world(seed + number), min(STEPS_PER_ROUND, steps - start)) for number, start in enumerate(starts)]


def test_readers_equal_plain_sql_in_any_interleaving(pg_config, measured):
    command = f"TENANT_METRICS_SEED={SEED} TENANT_METRICS_STEPS={STEPS} pytest tests/interleaving"
    rounds = rounds_of(SEED, STEPS)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = [rounds[number::PROCESSES] for number in range(PROCESSES)]
        runs = [pool.submit(run_rounds, pg_config, part) for part in parts if part]
        failures = [run.exception() for run in runs]
    if any(failures):
        pytest.fail("\n".join([*(str(failure) for failure in failures if failure), command]), pytrace=False)
    counts = sum((run.result() for run in runs), Counter())
    measured(f"{STEPS} steps, {command}: {dict(sorted(counts.items()))}")
    if STEPS >= 8 * STEPS_PER_ROUND:
        least = {name: share * STEPS / 100 for name, share in WORKED.items()}
        # What is expected less than three times may stay away by chance.
        idle = {name: counts[name] for name, count in least.items() if count >= 3 and counts[name] < count}
        assert not idle, f"too few of these for the run to mean anything: {command}"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_reader_is_noticed(cluster, fault, monkeypatch, tmp_path):
    """The harness finds stale answers: a reader with a known fault does not survive a round."""
    monkeypatch.setenv("TENANT_METRICS_SCHEDULES", str(tmp_path))
    with pytest.raises(Difference) as found:
        for seed in range(11, 15):
            schedule.run(cluster, world(seed, fault), STEPS_PER_ROUND)
    [file] = tmp_path.iterdir()
    replayed, steps = schedule.load(file)
    with schedule.opened(cluster, replayed) as sessions, pytest.raises(Difference) as again:
        schedule.execute(schedule.Performer(sessions), steps, lambda step: None)
    assert str(again.value) in str(found.value)
