"""Seeds mutants into the sources and demands that the tests of the cache notice each of them.

    python tests/mutants/run.py [WORD...]

The sources are copied to .local/mutants and built there, in debug mode, for a
PostgreSQL of their own; nothing else is touched. First the unchanged sources
must pass all tests that are named. With words, only mutants whose name has
one of them are tried. A mutant that passes its tests is a failure, and so is
one whose text is not found exactly once or that does not compile. The next
mutants are built while one is tested. TENANT_METRICS_MUTANTS is how many are
tried, drawn at random with TENANT_METRICS_SEED; all are where it is missing.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor

from lookups import LOOKUPS
from mutant import Edit, Mutant
from mutants import MUTANTS
from scans import SCANS
from sharing import SHARED
from sources import SOURCES
from summaries import STORED_USAGE
from summarized_changes import SUMMARIZED_CHANGES
from summarized_partitions import SUMMARIZED_PARTITIONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

from cluster import DEFAULT_MAJOR  # noqa: E402

LOCAL = (ROOT / ".local").resolve()
WORK = LOCAL / "mutants"
SOURCE = WORK / "source"
TARGET = WORK / "target"
LIBRARIES = WORK / "libraries"
POSTGRES = LOCAL / "pg" / f"{DEFAULT_MAJOR}-mutant"
PG_CONFIG = POSTGRES / "bin" / "pg_config"
FEATURES = ("--no-default-features", "--features", f"pg{DEFAULT_MAJOR} test_dependencies")
# Of the checkout, what a build reads.
BUILT_FROM = ("Cargo.toml", "Cargo.lock", "tenant_metrics.control", "crates", "sql", "src", "xtask")

ALL = (*MUTANTS, *SCANS, *SHARED, *LOOKUPS, *SOURCES, *STORED_USAGE, *SUMMARIZED_PARTITIONS, *SUMMARIZED_CHANGES)

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "RUST_BACKTRACE"},
    "CARGO_TARGET_DIR": str(TARGET),
    "PGRX_HOME": str(LOCAL / "pgrx"),
    "PG_CONFIG": str(PG_CONFIG),
    # Some mutants never end; nothing that passes takes a tenth of this.
    "PGOPTIONS": "-c statement_timeout=30s",
}


class Failure(Exception):
    """Why a mutant, or the unchanged build, is not as it should be."""


def run(*command, cwd: pathlib.Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def write(path: pathlib.Path, text: bytes) -> None:
    """Writes a file unless it has this text, so that cargo builds what has changed."""
    if not path.exists() or path.read_bytes() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def copy_sources() -> None:
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *BUILT_FROM],
        cwd=ROOT,
        text=True,
    )
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        write(SOURCE / name, (ROOT / name).read_bytes())
    for path in SOURCE.rglob("*"):
        if path.is_file() and str(path.relative_to(SOURCE)) not in names:
            path.unlink()


def copy_dependencies() -> None:
    """What other debug builds have made of other crates; without it, they are built once more."""
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
    if built.exists() and not TARGET.exists():
        own = shutil.ignore_patterns("incremental", "tenant_metrics*", "libtenant_metrics*")
        shutil.copytree(built, TARGET / "debug", ignore=own)


def copy_postgres() -> None:
    """The PostgreSQL that debug builds are for, copied, because theirs must not change."""
    original = LOCAL / "pg" / DEFAULT_MAJOR
    if not (original / "RELEASE").exists():
        subprocess.run(["scripts/install-postgres.sh", DEFAULT_MAJOR], cwd=ROOT, check=True)
        subprocess.run(["scripts/prepare-build.sh", DEFAULT_MAJOR], cwd=ROOT, check=True)
    release = POSTGRES / "RELEASE"
    if not release.exists() or release.read_text() != (original / "RELEASE").read_text():
        shutil.rmtree(POSTGRES, ignore_errors=True)
        shutil.copytree(original, POSTGRES, symlinks=True)


def install() -> None:
    """Builds the copied sources as they are, and installs them."""
    xtask = ("cargo", "run", "--quiet", "--package", "xtask", "--")
    done = run(*xtask, "install", "--features", "test_dependencies", "--pg-config", PG_CONFIG, cwd=SOURCE)
    if done.returncode != 0:
        raise Failure(f"the sources do not build:\n{done.stdout}")


def build_library(name: str) -> pathlib.Path:
    """Builds the copied sources; gives a library that later builds leave as it is."""
    done = run("cargo", "build", "--quiet", "--lib", *FEATURES, cwd=SOURCE)
    if done.returncode != 0:
        raise Failure(f"does not compile:\n{done.stdout}")
    LIBRARIES.mkdir(exist_ok=True)
    library = LIBRARIES / f"{name}.so"
    shutil.copyfile(TARGET / "debug" / "libtenant_metrics.so", library)
    return library


def install_library(library: pathlib.Path) -> None:
    """Replaces the installed library alone."""
    installed = pathlib.Path(run(PG_CONFIG, "--pkglibdir").stdout.strip()) / "tenant_metrics.so"
    copied = installed.with_suffix(".new")
    shutil.copyfile(library, copied)
    copied.chmod(0o755)
    copied.replace(installed)
    library.unlink()


def failed_tests(suite: str, tests: tuple[str, ...]) -> list[str]:
    """The tests of a suite that fail."""
    if not tests:
        return []
    done = run(sys.executable, "tests/regress.py", suite, *tests)
    lines = done.stdout.splitlines()
    failed = [test for test in tests if any(is_failure(line, test) for line in lines)]
    if (done.returncode != 0) != bool(failed):
        raise Failure(f"{suite} ended with {done.returncode}:\n{done.stdout}")
    return failed


def is_failure(line: str, test: str) -> bool:
    words = line.split()
    return test in words and line.startswith("not ok")


def changed(edits: tuple[Edit, ...]) -> dict[pathlib.Path, str]:
    """The files that the edits change, as they become."""
    texts: dict[pathlib.Path, str] = {}
    for edit in edits:
        path = SOURCE / edit.file
        text = texts.get(path) or path.read_text()
        if text.count(edit.old) != 1:
            raise Failure(f"{edit.file} has {text.count(edit.old)} times: {edit.old!r}")
        texts[path] = text.replace(edit.old, edit.new)
    return texts


def check_unchanged(mutants: list[Mutant]) -> None:
    install()
    install_library(build_library("unchanged"))
    for suite in ("regress", "isolation"):
        tests = tuple(sorted({test for mutant in mutants for test in getattr(mutant, suite)}))
        failed = failed_tests("pg_regress" if suite == "regress" else suite, tests)
        if failed:
            raise Failure(f"fails {', '.join(failed)} without a mutation")


def build_mutant(mutant: Mutant) -> pathlib.Path:
    """The library of the mutant; the sources stay as they are."""
    texts = changed(mutant.edits)
    originals = {path: path.read_bytes() for path in texts}
    try:
        for path, text in texts.items():
            path.write_text(text)
        return build_library(f"mutant-{ALL.index(mutant)}")
    finally:
        for path, text in originals.items():
            path.write_bytes(text)


def check_mutant(mutant: Mutant, library: pathlib.Path) -> list[str]:
    """The tests that notice the mutant."""
    install_library(library)
    noticed = failed_tests("pg_regress", mutant.regress)
    noticed += failed_tests("isolation", mutant.isolation)
    if not noticed:
        raise Failure(f"is noticed by none of {', '.join(mutant.regress + mutant.isolation)}")
    return noticed


def survives(mutant: Mutant, build: Future[pathlib.Path]) -> bool:
    """Whether no test notices the mutant, or it cannot be tested; says how it went."""
    start = time.monotonic()
    try:
        noticed = check_mutant(mutant, build.result())
        print(f"passed {mutant.name}: noticed by {', '.join(noticed)}", end="")
        return False
    except Failure as failure:
        print(f"FAILED {mutant.name}: {failure}", end="")
        return True
    finally:
        print(f" ({time.monotonic() - start:.0f} s)", flush=True)


def drawn(mutants: list[Mutant]) -> list[Mutant]:
    """As many of the mutants as are to be tried, in their order."""
    count = int(os.environ.get("TENANT_METRICS_MUTANTS") or len(mutants))
    if count >= len(mutants):
        return mutants
    seed = os.environ.get("TENANT_METRICS_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"TENANT_METRICS_SEED={seed} TENANT_METRICS_MUTANTS={count}", flush=True)
    numbers = random.Random(f"mutants of {seed}").sample(range(len(mutants)), count)
    return [mutants[number] for number in sorted(numbers)]


def main(words: list[str]) -> int:
    mutants = drawn([m for m in ALL if not words or any(word in m.name for word in words)])
    copy_sources()
    copy_dependencies()
    copy_postgres()
    try:
        # Of those that are not tried, too.
        for mutant in ALL:
            changed(mutant.edits)
        check_unchanged(mutants)
    except Failure as failure:
        print(f"FAILED unchanged sources: {failure}")
        return 1
    # One builds, because all builds change the same sources.
    with ThreadPoolExecutor(1) as builder:
        builds = [builder.submit(build_mutant, mutant) for mutant in mutants]
        failed = sum(survives(mutant, build) for mutant, build in zip(mutants, builds, strict=True))
    print(f"mutants: {len(mutants) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
