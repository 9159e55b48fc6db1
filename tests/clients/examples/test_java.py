"""JPA: EclipseLink and the JDBC driver, as Debian packages them."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import packages
import pytest

# What the program is compiled with, and the packages that it comes from.
JARS = {
    "eclipselink.jar": "libeclipselink-java",
    "eclipselink-jpa-2.1-spec.jar": "libjpa-2.1-spec-java",
    "javax.json.jar": "libjsonp-java",
    "postgresql.jar": "libpostgresql-jdbc-java",
}
JAVA = pathlib.Path("/usr/share/java")


def has_java_17() -> bool:
    """Whether there is a compiler for the language of the example, or of a later version."""
    return bool(shutil.which("javac")) and subprocess.run(["javac", "--release", "17", "-version"]).returncode == 0


@pytest.fixture(scope="module")
def classpath(examples, tmp_path_factory) -> str:
    """Where the compiled example is, and all that it needs."""
    packages.require(
        {package: (JAVA / jar).exists() for jar, package in JARS.items()} | {"openjdk-17-jdk-headless": has_java_17()}
    )
    classes = tmp_path_factory.mktemp("jpa")
    source = examples / "jpa"
    jars = os.pathsep.join(str(JAVA / jar) for jar in JARS)
    done = subprocess.run(
        ["javac", "-d", classes, "-cp", jars, *sorted(source.glob("*.java"))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return os.pathsep.join([str(classes), str(source), jars])


def test_every_run_prints_the_expected_rows(classpath, examples, example_url, run, expected, assert_extension_whole):
    # The second run finds the extension there.
    for _ in range(2):
        assert run(["java", "-cp", classpath, "Tenants"], examples / "jpa", example_url) == expected
        assert_extension_whole(example_url)
