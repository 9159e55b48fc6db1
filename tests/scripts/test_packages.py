"""scripts/environment.sh: apt-get waits for whoever holds a lock of apt or dpkg."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess

import pytest

from cluster import ROOT

pytestmark = pytest.mark.skipif(shutil.which("apt-get") is None, reason="there is no apt")

LISTS = "state/lists/lock"
ARCHIVES = "cache/archives/lock"
DPKG = "dpkg/lock-frontend"
# A private apt needs no root.
CALL = '. scripts/environment.sh; as_root() { "$@"; }; apt_get "$@"'


@pytest.fixture
def apt(tmp_path):
    """An apt of its own: a folder with its locks, and no packages."""
    for name in (LISTS, ARCHIVES, DPKG):
        (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / "dpkg/status").touch()
    return tmp_path


@contextlib.contextmanager
def held(lock: pathlib.Path):
    with open(lock, "w", encoding="utf-8") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield f"process {os.getpid()}"


def apt_get(apt: pathlib.Path, *arguments: str, seconds: int = 60) -> subprocess.Popen:
    options = {
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "dpkg/status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": "/dev/null",
    }
    given = [f"-o{name}={value}" for name, value in options.items()]
    return subprocess.Popen(
        ["bash", "-c", CALL, "bash", *given, *arguments],
        cwd=ROOT,
        env={**os.environ, "APT_LOCK_SECONDS": str(seconds)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("lock", "arguments"),
    [
        (LISTS, ["update", "-qq"]),
        (ARCHIVES, ["clean"]),
        (DPKG, ["install", "-qq", "-y"]),
    ],
)
def test_apt_get_waits_and_says_for_whom(apt, lock, arguments):
    with held(apt / lock) as holder:
        waiting = apt_get(apt, *arguments)
        line = waiting.stdout.readline()
        assert line.startswith(f"== waiting for {holder} (")
        assert line.endswith(f"), which holds {apt / lock}\n")
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=2)
    assert waiting.communicate(timeout=30) == ("", "")
    assert waiting.returncode == 0


def test_waiting_ends(apt):
    with held(apt / LISTS):
        waiting = apt_get(apt, "update", "-qq", seconds=1)
        _, errors = waiting.communicate(timeout=30)
    assert waiting.returncode != 0
    assert f"Could not get lock {apt / LISTS}" in errors


def test_other_errors_are_not_waited_out(apt):
    failing = apt_get(apt, "install", "-qq", "-y", "no-such-package")
    output, errors = failing.communicate(timeout=30)
    assert failing.returncode != 0
    assert output == ""
    assert "Unable to locate package no-such-package" in errors
