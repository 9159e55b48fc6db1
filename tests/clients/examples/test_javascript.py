"""The examples of JavaScript: what they print, and what their tools would do to the extension.

Each is copied beside its packages into .local, because its tools write into its folder.
"""

from __future__ import annotations

import filecmp
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from cluster import ROOT

FOLDER = pathlib.Path(__file__).resolve().parent
INSTALLED = ROOT / ".local" / "clients" / "javascript"
NPM = {"npm_config_cache": str(ROOT / ".local" / "download" / "npm")}
# What Prisma's command line runs instead of downloading it, and no look for updates.
PRISMA = {
    "PRISMA_SCHEMA_ENGINE_BINARY": str(INSTALLED / "prisma_schema_engine" / "schema-engine.js"),
    "CHECKPOINT_DISABLE": "1",
    "PRISMA_HIDE_UPDATE_MESSAGE": "1",
}


def install(source: pathlib.Path) -> pathlib.Path:
    """A copy of a folder with the packages that its package-lock.json names."""
    folder = INSTALLED / source.name
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and path.name != "node_modules":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules", "generated"), dirs_exist_ok=True)
    # npm leaves no lock file in node_modules that compares equal, so a copy marks what is there.
    lock, marker = folder / "package-lock.json", folder / "node_modules" / "package-lock.json"
    if not marker.exists() or not filecmp.cmp(lock, marker, shallow=False):
        # The scripts of packages would download more: Prisma's engines.
        command = ["npm", "ci", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, env={**os.environ, **NPM}, capture_output=True, text=True)
        assert done.returncode == 0, f"npm ci in {folder}:\n{done.stdout}\n{done.stderr}"
        shutil.copy(lock, marker)
    return folder


class Example:
    """An installed example and a database of its own."""

    def __init__(self, folder: pathlib.Path, url: str, execute):
        self.folder = folder
        self.url = url
        self.execute = execute

    def tool(self, *command) -> str:
        """What a command of the example's packages prints."""
        program = self.folder / "node_modules" / ".bin" / command[0]
        return self.execute([program, *command[1:]], self.folder, self.url, **PRISMA)

    def npm(self, script: str) -> str:
        return self.execute(["npm", "run", "--silent", script], self.folder, self.url, **NPM, **PRISMA)

    def node(self, source: str) -> str:
        return self.execute(["node", "--input-type=module", "--eval", source], self.folder, self.url)

    def migrate(self) -> None:
        if self.folder.name == "prisma":
            # The tables, which its first migration would make, are there already.
            self.tool("prisma", "migrate", "resolve", "--applied", "0_init")
        self.npm("migrate")

    def edited(self, file: str, old: str, new: str) -> pathlib.Path:
        """A copy of a file, beside it, in which a text is replaced."""
        text = (self.folder / file).read_text()
        assert old in text
        copy = self.folder / f"edited.{file}"
        copy.write_text(text.replace(old, new))
        return copy


@pytest.fixture(scope="session")
def installed(examples):
    """Installs an example once, when its first test asks for it."""
    subprocess.run([ROOT / "scripts" / "install-node.sh"], check=True)
    folders = {}

    def installed(source: pathlib.Path) -> pathlib.Path:
        if source not in folders:
            folders[source] = install(source)
        return folders[source]

    return installed


@pytest.fixture
def example(request, examples, installed, example_url, execute):
    """The example that the test is about, and a database of its own."""
    if request.param == "prisma":
        installed(FOLDER / "prisma_schema_engine")
    return Example(installed(examples / request.param), example_url, execute)


def examples_named(*names: str):
    return pytest.mark.parametrize("example", names, indirect=True)


@examples_named("prisma", "drizzle", "kysely", "knex", "sequelize", "typeorm")
def test_prints_what_is_expected(example, expected, assert_extension_whole):
    example.migrate()
    # The second time there is nothing to do.
    example.npm("migrate")
    if example.folder.name == "prisma":
        example.npm("generate")
    assert json.loads(example.execute(["node", "report.js"], example.folder, example.url)) == expected
    assert_extension_whole(example.url)


@examples_named("prisma")
def test_prisma_leaves_the_extension_alone(example, assert_extension_whole):
    example.migrate()
    diff = ["prisma", "migrate", "diff", "--script"]
    to_schema = example.tool(*diff, "--from-config-datasource", "--to-schema", "schema.prisma")
    from_migrations = example.tool(*diff, "--from-migrations", "migrations", "--to-config-datasource")
    assert to_schema.strip() == from_migrations.strip() == "-- This is an empty migration."
    assert "already in sync" in example.tool("prisma", "db", "push")
    assert "view Dashboard {" in example.tool("prisma", "db", "pull", "--print")
    assert_extension_whole(example.url)


@examples_named("prisma")
def test_prisma_would_drop_a_table_that_is_not_external(example):
    external = '["source", "source_name", "summary", "delta", "run"]'
    config = example.edited("prisma.config.js", external, "[]")
    diff = ["prisma", "migrate", "diff", "--script", "--from-migrations", "migrations", "--to-schema", "schema.prisma"]
    assert 'DROP TABLE "tenant_metrics"."source"' in example.tool(*diff, "--config", config)


@examples_named("drizzle")
def test_drizzle_kit_leaves_the_extension_alone(example, assert_extension_whole):
    example.migrate()
    assert "No schema changes" in example.tool("drizzle-kit", "generate")
    assert "No changes detected" in example.tool("drizzle-kit", "push")
    example.tool("drizzle-kit", "pull", "--config", example.edited("drizzle.config.js", "./migrations", "./pulled"))
    pulled = (example.folder / "pulled" / "schema.ts").read_text()
    assert "pgTable(" in pulled
    assert "tenant_metrics" not in pulled
    assert_extension_whole(example.url)


@examples_named("drizzle")
def test_drizzle_kit_would_drop_a_schema_that_it_is_given(example, assert_extension_whole):
    example.migrate()
    config = example.edited("drizzle.config.js", '["public"]', '["public", "tenant_metrics"]')
    # It asks first, and has nobody to ask.
    assert "delete tenant_metrics schema" in example.tool("drizzle-kit", "push", "--config", config)
    assert_extension_whole(example.url)


@examples_named("sequelize")
def test_sync_leaves_the_extension_alone(example, assert_extension_whole):
    example.migrate()
    example.node("""
        import { sequelize } from "./models.js";
        await sequelize.sync({ alter: true });
        await sequelize.close();
    """)
    assert_extension_whole(example.url)


@examples_named("sequelize")
def test_sync_would_alter_a_view(example):
    example.migrate()
    with pytest.raises(AssertionError, match='cannot be performed on relation "dashboard"'):
        example.node("""
            import { Dashboard, sequelize } from "./models.js";
            delete Dashboard.sync;
            await sequelize.sync({ alter: true });
        """)


@examples_named("typeorm")
def test_schema_log_leaves_the_extension_alone(example, assert_extension_whole):
    example.migrate()
    log = ["typeorm", "schema:log", "--dataSource", "data-source.js"]
    assert "Your schema is up to date" in example.tool(*log)
    assert_extension_whole(example.url)


@examples_named("typeorm")
def test_schema_log_would_make_a_view_that_is_synchronized(example):
    example.migrate()
    example.edited("entities.js", "synchronize: false,", 'expression: "SELECT 1",')
    source = example.edited("data-source.js", "./entities.js", "./edited.entities.js")
    assert 'CREATE VIEW "tenant_metrics"."dashboard"' in example.tool(
        "typeorm", "schema:log", "--dataSource", source.name
    )
