"""ActiveRecord, as Debian packages it."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess

import packages
import pytest

# Debian's own ruby, because the packages of another one in PATH are not Debian's.
RUBY = next(filter(None, (shutil.which(path) for path in ("/usr/bin/ruby", "ruby"))), None)
DUMP = "ActiveRecord::Base.establish_connection(ENV['DATABASE_URL']); ActiveRecord::SchemaDumper.dump"
LOAD = "ActiveRecord::Base.establish_connection(ENV['DATABASE_URL']); load ARGV[0]"


def has(library: str) -> bool:
    return RUBY is not None and subprocess.run([RUBY, "-r", library, "-e", ""], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def ruby() -> str:
    packages.require(
        {
            "ruby": RUBY is not None,
            "ruby-activerecord": has("active_record"),
            "ruby-pg": has("pg"),
        }
    )
    return RUBY


@pytest.fixture
def folder(examples) -> pathlib.Path:
    return examples / "activerecord"


def test_every_run_prints_the_expected_rows(ruby, folder, example_url, run, expected, assert_extension_whole):
    # The second run finds the extension there.
    for _ in range(2):
        assert run([ruby, "tenants.rb"], folder, example_url) == expected
        assert_extension_whole(example_url)


def test_the_schema_dump_has_the_extension_and_nothing_of_it(
    ruby, folder, example_url, execute, tmp_path, assert_extension_whole
):
    execute([ruby, "tenants.rb"], folder, example_url)
    dump = execute([ruby, "-r", "active_record", "-e", DUMP], tmp_path, example_url)
    assert 'enable_extension "tenant_metrics"' in dump
    assert re.findall(r'create_table "(.*?)"', dump) == ["ai_feature_usage", "tenants"]
    assert dump.count("tenant_metrics") == 1

    (tmp_path / "schema.rb").write_text(dump)
    execute([ruby, "-r", "active_record", "-e", LOAD, "schema.rb"], tmp_path, example_url)
    assert_extension_whole(example_url)
