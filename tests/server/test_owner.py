"""What the owner of a database may do who is no superuser: install, dump, restore, grant."""

from __future__ import annotations

import itertools

import psycopg
import pytest
from psycopg import errors

FORMATS = ["plain", "custom", "directory"]
OWNER, SUPERUSER = "dump_owner", "postgres"
# Who dumps, and who restores.
PAIRS = [(OWNER, OWNER), (OWNER, SUPERUSER), (SUPERUSER, OWNER), (SUPERUSER, SUPERUSER)]

# Without its description, `default` would be the built-in source: the same tables, but nine
# features, and times in UTC.
TABLES = """
CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
CREATE TABLE ai_feature_usage (tenant_id int, feature_name text, inference_cost numeric, created_at timestamp);
INSERT INTO tenants VALUES (1, NULL), (2, 1);
INSERT INTO ai_feature_usage VALUES (1, 'a', 1, '2026-01-01'), (2, 'b', 2, '2026-07-01'), (2, 'c', 4, '2026-07-02');
CREATE SCHEMA "Odd's schema";
CREATE TABLE "Odd's schema"."Names" ("Feature" text);
INSERT INTO "Odd's schema"."Names" VALUES ('a'), ('c');
CREATE VIEW "Odd's schema".dear AS SELECT * FROM ai_feature_usage WHERE inference_cost > 1;
CREATE VIEW "Odd's schema".levels AS SELECT * FROM tenants WHERE id = 1 UNION ALL SELECT * FROM tenants WHERE id <> 1;
CREATE TABLE departing (id int PRIMARY KEY, parent_id int);
CREATE TABLE metered (tenant_id int, feature_name text, inference_cost numeric, created_at timestamptz);
INSERT INTO metered VALUES (1, 'a', 1, '2026-01-01'), (2, 'b', 2, '2026-07-01'), (2, 'c', 4, '2026-07-02');
CREATE TABLE parted (LIKE metered) PARTITION BY RANGE (created_at);
CREATE TABLE june PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2026-07-01');
CREATE TABLE july PARTITION OF parted FOR VALUES FROM ('2026-07-01') TO ('2026-08-01');
INSERT INTO parted TABLE metered;
"""

SOURCES = """
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', time_zone => 'Europe/Berlin', features => '{a,b}'),
       tenant_metrics.setup('"Odd''s schema".levels', '"Odd''s schema".dear', 'it''s "odd"',
                            feature_table => '"Odd''s schema"."Names"', feature_column => 'Feature'),
       tenant_metrics.setup('departing', 'ai_feature_usage', 'departing', feature_count => 3),
       tenant_metrics.setup('tenants', 'metered', 'metered'),
       tenant_metrics.setup('tenants', 'parted', 'parted');
CALL tenant_metrics.enable_summaries('metered');
CALL tenant_metrics.enable_summaries('parted');
DELETE FROM metered WHERE feature_name = 'c';
INSERT INTO metered VALUES (1, 'd', 8, '2026-07-03');
INSERT INTO july VALUES (1, 'd', 8, '2026-07-03')
"""

database_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def owner(cluster):
    with cluster.connect() as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN")
        yield OWNER
        connection.execute(f"DROP ROLE {OWNER}")


@pytest.fixture
def member(cluster):
    """A role that owns nothing yet; it goes after the databases that name it."""
    with cluster.connect() as connection:
        connection.execute("CREATE ROLE dump_member LOGIN")
        yield "dump_member"
        connection.execute("DROP ROLE dump_member")


@pytest.fixture
def new_database(cluster, owner):
    """Makes databases of the owner's."""
    names = []

    def create() -> str:
        names.append(f"owner_{next(database_numbers)}")
        with cluster.connect() as connection:
            connection.execute(f"CREATE DATABASE {names[-1]} OWNER {owner}")
        return names[-1]

    yield create
    for name in names:
        cluster.drop_database(name)


@pytest.fixture
def filled(cluster, new_database):
    """A database with tables and sources, all of it the owner's, the extension too."""
    name = new_database()
    with cluster.connect(name, OWNER) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        connection.execute(TABLES)
        connection.execute(SOURCES)
    return name


def dump(cluster, database: str, user: str, form: str, *options: str):
    path = cluster.folder / f"{database}.{next(database_numbers)}"
    cluster.run("pg_dump", f"--format={form}", f"--file={path}", *options, cluster.dsn(database, user))
    return path


def restore(cluster, database: str, user: str, form: str, path, *options: str) -> None:
    target = f"--dbname={cluster.dsn(database, user)}"
    if form == "plain":
        cluster.run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", target, f"--file={path}")
    else:
        cluster.run("pg_restore", "--exit-on-error", target, *options, path)


def answers(cluster, database: str, user: str = OWNER) -> list[tuple]:
    """The dashboard of each source, or the SQLSTATE of its error."""
    found = []
    with cluster.connect(database, user) as connection:
        sources = connection.execute("SELECT source FROM tenant_metrics.status()").fetchall()
        connection.execute("SET tenant_metrics.engine = summaries")
        for (source,) in sources:
            try:
                rows = connection.execute("SELECT d::text FROM tenant_dashboard(source => %s) AS d", (source,))
                found.append((source, rows.fetchall()))
            except psycopg.Error as error:
                found.append((source, error.sqlstate))
    return found


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("dumper", "restorer"), PAIRS)
def test_dumped_and_restored(cluster, filled, new_database, dumper, restorer, form):
    restored = new_database()
    # The two tables of the registry may be loaded in any order.
    jobs = ["--jobs=2"] if form == "directory" else []
    restore(cluster, restored, restorer, form, dump(cluster, filled, dumper, form, *jobs), *jobs)
    before = answers(cluster, filled)
    assert [source for source, rows in before if len(rows) == 2] == ["default", 'it\'s "odd"', "metered", "parted"]
    assert answers(cluster, restored) == before
    # Writes are captured there too, and summaries can be made anew.
    write = (
        "INSERT INTO metered VALUES (2, 'e', 16, '2026-07-04'); INSERT INTO july VALUES (2, 'e', 16, '2026-07-04');"
        " CREATE TABLE august PARTITION OF parted FOR VALUES FROM ('2026-08-01') TO ('2026-09-01');"
        " INSERT INTO august VALUES (2, 'e', 16, '2026-08-04')"
    )
    for database in (filled, restored):
        with cluster.connect(database, OWNER) as connection:
            connection.execute(write)
    assert answers(cluster, restored) == answers(cluster, filled) != before
    with cluster.connect(restored, restorer) as connection:
        connection.execute("CALL tenant_metrics.disable_summaries('metered')")
        connection.execute("CALL tenant_metrics.enable_summaries('metered')")
        connection.execute("CALL tenant_metrics.rebuild('parted')")
        status = "SELECT summaries FROM tenant_metrics.status() WHERE source IN ('metered', 'parted')"
        assert connection.execute(status).fetchall() == [("current",)] * 2
    assert answers(cluster, restored) == answers(cluster, filled)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("dumper", "restorer"), PAIRS)
def test_the_schema_then_the_data_are_restored(cluster, filled, new_database, dumper, restorer, form):
    restored = new_database()
    parts = ("--schema-only", "--data-only")
    if form == "plain":
        for part in parts:
            restore(cluster, restored, restorer, form, dump(cluster, filled, dumper, form, part))
    else:
        path = dump(cluster, filled, dumper, form)
        for part in parts:
            restore(cluster, restored, restorer, form, path, part)
    assert answers(cluster, restored) == answers(cluster, filled)


def test_a_dump_of_inserts_is_restored(cluster, filled, new_database):
    restored = new_database()
    restore(cluster, restored, OWNER, "plain", dump(cluster, filled, OWNER, "plain", "--rows-per-insert=2"))
    assert answers(cluster, restored) == answers(cluster, filled)


@pytest.mark.parametrize("form", FORMATS)
def test_the_owner_of_sources_dumps_and_restores_them_without_owning_the_extension(cluster, new_database, form):
    databases = [new_database(), new_database()]
    for database in databases:
        with cluster.connect(database) as connection:
            connection.execute("CREATE EXTENSION tenant_metrics")
            # For the triggers of tables with summaries.
            connection.execute(f"GRANT EXECUTE ON FUNCTION tenant_metrics.capture TO {OWNER}")
    filled, restored = databases
    with cluster.connect(filled) as connection:
        connection.execute(f"GRANT EXECUTE ON FUNCTION tenant_metrics.setup, tenant_metrics.teardown TO {OWNER}")
        connection.execute(f"GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA tenant_metrics TO {OWNER}")
    with cluster.connect(filled, OWNER) as connection:
        connection.execute(TABLES)
        connection.execute(SOURCES)
    # Comments and grants of the extension are its owner's to restore.
    path = dump(cluster, filled, OWNER, form, "--no-comments", "--no-privileges")
    restore(cluster, restored, OWNER, form, path)
    assert answers(cluster, restored) == answers(cluster, filled)


def test_an_empty_registry(cluster, new_database):
    filled, restored = new_database(), new_database()
    with cluster.connect(filled, OWNER) as connection:
        connection.execute("CREATE EXTENSION tenant_metrics")
        connection.execute(TABLES)
    restore(cluster, restored, OWNER, "custom", dump(cluster, filled, OWNER, "custom"))
    assert answers(cluster, restored) == answers(cluster, filled)


def test_a_table_that_was_not_restored(cluster, filled, new_database):
    """Descriptions that could not be loaded are errors, also for the source that is there by itself."""
    restored = new_database()
    path = dump(cluster, filled, OWNER, "custom", "--exclude-table=*.dear")
    with pytest.raises(RuntimeError, match="does not exist"):
        target = f"--dbname={cluster.dsn(restored, OWNER)}"
        cluster.run("pg_restore", target, path)
    missing = errors.UndefinedTable.sqlstate
    assert answers(cluster, restored) == [(source, missing) for source, _ in answers(cluster, filled)]
    with cluster.connect(restored, OWNER) as connection:
        with pytest.raises(errors.UndefinedTable, match='the tenants table of source "default" no longer exists'):
            connection.execute("SELECT tenant_cost(1)")
        connection.execute("SELECT tenant_metrics.teardown('departing')")


def test_tables_that_are_gone_do_not_stop_a_restore(cluster, filled, new_database):
    """Nor does a description name what has the OIDs of its tables elsewhere."""
    restored = new_database()
    with cluster.connect(filled, OWNER) as connection:
        connection.execute("CREATE TEMP TABLE brief (LIKE tenants INCLUDING ALL)")
        connection.execute("SELECT tenant_metrics.setup('brief', 'ai_feature_usage', 'brief')")
        connection.execute("DROP TABLE departing")
        path = dump(cluster, filled, OWNER, "custom")
    restore(cluster, restored, OWNER, "custom", path)
    assert answers(cluster, restored) == answers(cluster, filled)
    with cluster.connect(restored) as connection:
        described = connection.execute("SELECT name FROM tenant_metrics.source ORDER BY name").fetchall()
    assert described == [("default",), ('it\'s "odd"',), ("metered",), ("parted",)]


def test_setting_up_is_the_owners_to_grant(cluster, member, filled):
    with cluster.connect(filled, OWNER) as connection:
        connection.execute(f"GRANT EXECUTE ON FUNCTION tenant_metrics.setup, tenant_metrics.teardown TO {member}")
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {member}")
    with cluster.connect(filled, member) as connection:
        connection.execute("CREATE TABLE team (id int PRIMARY KEY, parent_id int)")
        connection.execute("CREATE TABLE calls (tenant_id int, feature_name text, inference_cost int, created_at date)")
        connection.execute("SELECT tenant_metrics.setup('team', 'calls', 'team')")
        connection.execute("SELECT tenant_metrics.teardown('team')")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM tenant_metrics.source")


def test_the_owner_stores_and_removes_nothing_else(cluster, filled):
    with cluster.connect(filled, OWNER) as connection:
        for statement in (
            "UPDATE tenant_metrics.source SET tenants = 'departing'",
            "DELETE FROM tenant_metrics.source",
            "TRUNCATE tenant_metrics.source",
            "ALTER TABLE tenant_metrics.source ADD note text",
            "CREATE RULE r AS ON INSERT TO tenant_metrics.source DO INSTEAD NOTHING",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)
