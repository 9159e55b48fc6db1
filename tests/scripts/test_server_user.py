"""The system user for the servers of root: added when a server is to run, removed by `make clean`."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess

import pytest

from cluster import ROOT

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root adds a user")

NEED = ". scripts/environment.sh; need_server_user"


@pytest.fixture
def user():
    """A name that no user has, nor keeps."""
    name = f"tm_test_{secrets.token_hex(4)}"
    yield name
    if exists(name):
        subprocess.run(["userdel", name], check=True)


@pytest.fixture
def checkout(tmp_path):
    """A checkout of the scripts and what they read, made to stay in it."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "Cargo.toml", tmp_path)
    (tmp_path / "target").mkdir()
    yield tmp_path
    # Where pytest's folders are closed to other users, it is a link to one that is not.
    shutil.rmtree((tmp_path / ".local").resolve(), ignore_errors=True)


def exists(user: str) -> bool:
    return any(account.pw_name == user for account in pwd.getpwall())


def run(checkout, user: str, *command: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "TENANT_METRICS_USER": user}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_user_is_added_and_cleaned_away(checkout, user):
    assert run(checkout, user, "bash", "-c", NEED).returncode == 0
    assert exists(user)
    assert (checkout / ".local/run").owner() == user
    assert run(checkout, user, "scripts/clean.sh").returncode == 0
    assert not exists(user)
    assert sorted(path.name for path in checkout.iterdir()) == ["Cargo.toml", "scripts"]


def test_user_that_was_there_stays(checkout, user):
    subprocess.run(["useradd", "--system", "--no-create-home", user], check=True)
    assert run(checkout, user, "bash", "-c", NEED).returncode == 0
    assert run(checkout, user, "scripts/clean.sh").returncode == 0
    assert exists(user)


def test_folder_of_an_earlier_user_is_handed_over(checkout, user):
    run(checkout, user, "bash", "-c", NEED)
    subprocess.run(["userdel", user], check=True)
    os.chown(checkout / ".local/run", 4_000_000, -1)
    run(checkout, user, "bash", "-c", NEED)
    assert (checkout / ".local/run").owner() == user
    run(checkout, user, "scripts/clean.sh")


def test_user_of_running_processes_stays(checkout, user):
    run(checkout, user, "bash", "-c", NEED)
    sleeper = subprocess.Popen(["sleep", "60"], user=user)
    try:
        cleaned = run(checkout, user, "scripts/clean.sh")
        assert cleaned.returncode == 0
        assert f"the system user {user} stays" in cleaned.stdout
        assert exists(user)
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("script", ["install.sh", "clean.sh"])
def test_scripts_that_run_no_server_add_no_user(checkout, user, script):
    # No pg_config, so that nothing is built.
    run(checkout, user, "env", "PG_CONFIG=/bin/true", f"scripts/{script}")
    assert not exists(user)
