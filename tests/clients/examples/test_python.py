"""SQLAlchemy, SQLModel, Django and Peewee: each example as its README says to run it."""

from __future__ import annotations

import dataclasses
import shutil

import psycopg
import pytest

from cluster import ROOT

PEEWEE_MIGRATIONS = ["python", "-m", "playhouse.migrations"]


@dataclasses.dataclass
class Example:
    """The commands of one example, and what its tool says when it has nothing to change."""

    name: str
    migrate: list[str] | None
    program: list[str]
    diff: list[str] | None
    no_difference: str

    def __str__(self) -> str:
        return self.name


NO_OPERATIONS = "No new upgrade operations detected."
ALEMBIC = {"migrate": ["alembic", "upgrade", "head"], "diff": ["alembic", "check"], "no_difference": NO_OPERATIONS}
PROGRAM = ["python", "report.py"]
EXAMPLES = [
    Example("sqlalchemy", program=PROGRAM, **ALEMBIC),
    Example("sqlalchemy_asyncpg", program=PROGRAM, **ALEMBIC),
    # Its program calls create_all itself.
    Example("sqlmodel", None, PROGRAM, None, ""),
    Example(
        "django",
        ["python", "manage.py", "migrate", "--fake-initial"],
        ["python", "manage.py", "report"],
        ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
        "No changes detected",
    ),
    Example(
        "peewee",
        [*PEEWEE_MIGRATIONS, "up"],
        PROGRAM,
        [*PEEWEE_MIGRATIONS, "diff"],
        "schema matches models.",
    ),
]
WITH_DIFF = [example for example in EXAMPLES if example.diff]


@pytest.fixture
def migrated(request, examples, example_url, execute):
    """The folder of an example and a database on which its migration has run."""

    def migrate(name):
        (example,) = [example for example in EXAMPLES if example.name == name]
        if example.migrate:
            execute(example.migrate, examples / name, example_url)
        return examples / name, example_url

    return migrate


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_program_prints_what_is_expected(example, migrated, run, expected, assert_extension_whole):
    folder, url = migrated(example.name)
    assert run(example.program, folder, url) == expected
    assert_extension_whole(url)


@pytest.mark.parametrize("example", WITH_DIFF, ids=str)
def test_tool_proposes_no_change(example, migrated, execute, assert_extension_whole):
    folder, url = migrated(example.name)
    assert execute(example.diff, folder, url).splitlines()[-1] == example.no_difference
    # A second run of the migrations has nothing left to do either.
    execute(example.migrate, folder, url)
    assert_extension_whole(url)


@pytest.mark.parametrize("name", ["sqlalchemy", "sqlalchemy_asyncpg"])
def test_alembic_needs_the_filter(name, migrated, execute, tmp_path):
    folder, url = migrated(name)
    copy = shutil.copytree(folder, tmp_path / name)
    env = copy / "migrations" / "env.py"
    env.write_text(env.read_text().replace("include_object=include_object,", ""))
    with pytest.raises(AssertionError, match="add_table.*'dashboard'.*remove_table.*'source'"):
        execute(["alembic", "check"], copy, url)


def test_peewee_needs_the_list_of_tables(migrated, execute):
    folder, url = migrated("peewee")
    diff = execute([*PEEWEE_MIGRATIONS, "report.database", "diff", "report"], folder, url)
    assert diff == "create table dashboard\n"


@pytest.mark.parametrize("name", ["django", "peewee"])
def test_introspection_leaves_the_extension_out(name, migrated, execute):
    folder, url = migrated(name)
    to = psycopg.conninfo.conninfo_to_dict(url)
    server = ["-H", to["host"], "-p", to["port"], "-u", to["user"]]
    command = {
        "django": ["python", "manage.py", "inspectdb", "--include-views"],
        "peewee": ["python", "-m", "pwiz", "-e", "postgresql", "-v", *server, to["dbname"]],
    }[name]
    models = execute(command, folder, url, PGPASSWORD=to["password"])
    assert "class AiFeatureUsage" in models and "class Tenants" in models
    assert "Dashboard" not in models and "Source" not in models


def test_sqlmodel_creates_the_extension_with_the_tables(migrated, run, expected, assert_extension_whole):
    folder, url = migrated("sqlmodel")
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE tenants RENAME TO saved")
    code = "import report; report.SQLModel.metadata.create_all(report.create_engine(report.URL)); print('{}')"
    for _ in range(2):
        run(["python", "-c", code], folder, url)
        assert_extension_whole(url)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO tenants (id, name, parent_id) SELECT id, name, parent_id FROM saved")
    assert run(["python", "report.py"], folder, url) == expected


# What the READMEs say that these clients get wrong by themselves.
WRONG = {
    "sqlalchemy: a float as bound": (
        "sqlalchemy",
        "from report import *\n"
        "with Session(create_engine(URL)) as session:\n"
        "    print([len(session.execute(expensive(bound)).all()) for bound in (10, 10.0)])",
        "[4, 3]",
    ),
    "sqlalchemy: the driver": (
        "sqlalchemy",
        "import os\n"
        "from sqlalchemy import create_engine\n"
        "try: create_engine(os.environ['DATABASE_URL'])\n"
        "except ModuleNotFoundError as error: print(error)",
        "No module named 'psycopg2'",
    ),
    "asyncpg: a deferred attribute": (
        "sqlalchemy_asyncpg",
        "from report import *\n"
        "from sqlalchemy.exc import MissingGreenlet\n"
        "async def read():\n"
        "    async with AsyncSession(create_async_engine(URL)) as session:\n"
        "        tenant = await session.get(Tenant, 1)\n"
        "        try: print(tenant.subtree_cost)\n"
        "        except MissingGreenlet: print('MissingGreenlet')\n"
        "asyncio.run(read())",
        "MissingGreenlet",
    ),
    "django: a function without output_field": (
        "django",
        "import django, os\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
        "django.setup()\n"
        "from django.db.models import Func\n"
        "from tenants.models import Tenant\n"
        "print(Tenant.objects.annotate(cost=Func('id', function='tenant_subtree_cost')).get(id=2).cost)",
        "16",
    ),
    "peewee: a function that is coerced": (
        "peewee",
        "from report import *\n"
        "metrics = fn.tenant_adoption_rate(Tenant.id), fn.tenant_subtree_cost(Tenant.id)\n"
        "print(Tenant.select(*metrics).where(Tenant.id == 2).tuples().get())",
        "(0, 16)",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_client_gets_wrong_by_itself(case, migrated, execute):
    name, code, printed = WRONG[case]
    folder, url = migrated(name)
    assert execute(["python", "-c", code], folder, url).strip() == printed


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_versions_are_those_of_the_tests(example, examples):
    # The extra says that greenlet is wanted, which changes no version.
    installed = (ROOT / "tests" / "requirements.txt").read_text().replace("[asyncio]", "").splitlines()
    wanted = (examples / example.name / "requirements.txt").read_text().replace("[asyncio]", "").splitlines()
    assert set(wanted) <= set(installed)


def test_both_drivers_of_sqlalchemy_have_the_same_models(examples):
    one, other = (examples / name / "models.py" for name in ("sqlalchemy", "sqlalchemy_asyncpg"))
    assert one.read_text() == other.read_text()
