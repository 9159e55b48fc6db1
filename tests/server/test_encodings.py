"""Databases in other encodings than UTF-8: ids, names, documents, and texts of errors."""

from __future__ import annotations

import contextlib

import psycopg
import pytest

LATIN1 = """
CREATE TABLE tenants (id text PRIMARY KEY, parent_id text);
CREATE TABLE ai_feature_usage (
    tenant_id text, feature_name text, inference_cost numeric, created_at timestamptz
);
INSERT INTO tenants VALUES ('é', NULL), ('ü', 'é'), ('ö', 'ö'), ('ß', 'ö'), ('ä', 'weg ä');
INSERT INTO ai_feature_usage VALUES
    ('é', 'fé', 1, '2024-01-01'), ('ü', 'fü', NULL, '2024-01-01'), ('unbekannt ø', 'fü', 2, '2024-01-01');
CREATE TABLE "tö" ("ïd" uuid PRIMARY KEY, "pä" uuid);
CREATE TABLE "uö" ("ïd" uuid, "fä" varchar, "cö" float4, "tß" date);
INSERT INTO "tö" SELECT gen_random_uuid() FROM generate_series(1, 3);
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', source => 'quellé', features => '{fé,fx}'),
       tenant_metrics.setup('"tö"', '"uö"', source => 'tö', tenant_id => 'ïd', parent_id => 'pä', usage_tenant => 'ïd',
                            usage_feature => 'fä', usage_cost => 'cö', usage_time => 'tß');
CREATE SCHEMA twice;
CREATE TABLE twice.tenants AS SELECT 'zwei é' AS id, NULL AS parent_id FROM generate_series(1, 2);
CREATE FUNCTION fails(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'größe von %', $1 USING DETAIL = 'Zu groß.', HINT = 'Kürzen.', ERRCODE = 'P0002';
END $$;
CREATE SCHEMA failing;
CREATE VIEW failing.ai_feature_usage AS
SELECT fails(tenant_id) AS tenant_id, feature_name, inference_cost, created_at FROM ai_feature_usage;
CREATE ROLE "bügel";
"""

# A statement, and the SQLSTATE, message, detail and hint of its error.
ERRORS = [
    (
        "SELECT tenant_descendants_text('ß')",
        ("42P19", "tenant ß is on or below a cycle of parent links", "The cycle is ö -> ö."),
    ),
    ("SELECT tenant_cost_text('ü', source => 'nö')", ("42704", 'source "nö" does not exist', None)),
    ("SELECT tenant_metrics.teardown('nö')", ("42704", 'source "nö" has not been set up', None)),
    ("SELECT tenant_cost_text('zzé', source => 'tö')", ("22P02", 'invalid input syntax for type uuid: "zzé"', None)),
    (
        "SELECT tenant_cost(1, source => 'quellé')",
        ("42804", 'function tenant_cost does not support source "quellé"', "Its tenant ids are of type text."),
    ),
    ("SELECT * FROM tenant_top_text(1, 'größe')", ("22023", 'invalid value for argument "by": "größe"', None)),
    (
        "SELECT * FROM tenant_usage_series_text('é', tz => 'Zoné')",
        ("22023", 'time zone "Zoné" not recognized', None),
    ),
    (
        "SELECT tenant_metrics.setup('\"tö\"', '\"uö\"', source => 'x', tenant_id => 'ïx')",
        ("42703", 'column "ïx" of relation "public.tö" does not exist', None),
    ),
    (
        "SET search_path = twice, public; SELECT * FROM tenant_dashboard_text()",
        ("21000", "tenant id zwei é appears more than once", None),
    ),
    # The server's own, through the library.
    (
        "SET ROLE \"bügel\"; SELECT * FROM tenant_dashboard_uuid(source => 'tö')",
        ("42501", "permission denied for table tö", None),
    ),
    (
        "SET search_path = failing, public; SELECT * FROM tenant_dashboard_text()",
        ("P0002", "größe von é", "Zu groß."),
    ),
]

OUTCOME = """
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$
"""


@contextlib.contextmanager
def connected(cluster, encoding: str):
    """A connection to a new database in this encoding."""
    name = f"encoded_{encoding.lower()}"
    cluster.create_database(name, f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    try:
        with cluster.connect(name) as connection:
            connection.execute("CREATE EXTENSION tenant_metrics")
            connection.execute(OUTCOME)
            yield connection
    finally:
        cluster.drop_database(name)


@pytest.fixture(scope="module")
def latin1(cluster):
    with connected(cluster, "LATIN1") as connection:
        connection.execute("SET client_encoding = 'UTF8'")
        connection.execute(LATIN1)
        yield connection
        connection.execute('DROP ROLE "bügel"')


@pytest.fixture
def database(latin1):
    """The rows above, and the session as it was."""
    yield latin1
    latin1.execute("RESET ALL; RESET ROLE; SET client_encoding = 'UTF8'")


def test_ids_and_features_keep_their_characters(database):
    def rows(query):
        return database.execute(query).fetchall()

    assert rows("SELECT tenant_id, cost::text, subtree_cost::text, tree_status FROM tenant_dashboard_text()") == [
        ("ä", "0", "0", "orphan"),
        ("é", "1", "1", "ok"),
        ("ü", "0", "0", "ok"),
        ("ß", "0", None, "cycle"),
        ("ö", "0", None, "cycle"),
    ]
    assert rows("SELECT tenant_path_text('ü'), tenant_root_text('ü')") == [(["é", "ü"], "é")]
    assert rows(
        "SELECT feature, events, in_catalogue FROM tenant_feature_breakdown_text(NULL, source => 'quellé')"
    ) == [
        ("fé", 1, True),
        ("fx", 0, True),
        ("fü", 1, False),
    ]
    assert rows("SELECT count(*) FROM tenant_dashboard_uuid(source => 'tö')") == [(3,)]
    assert rows(
        "SELECT tenant_tree_json_text('é') #>> '{children,0,id}', tenant_tree_json_text('ä') ->> 'parent_id'"
    ) == [("ü", "weg ä")]


def test_operations_report_names_with_their_characters(database):
    assert database.execute("SELECT * FROM tenant_metrics.integrity('quellé')").fetchall() == [
        ("cycle", "ß", "on or below the cycle ö -> ö", 1),
        ("cycle", "ö", "on or below the cycle ö -> ö", 1),
        ("orphan", "ä", "parent weg ä is not in the tenants table", 1),
        ("unattributed_usage", "unbekannt ø", "the events name no tenant of the tenants table", 1),
        ("unknown_feature", None, "fü", 2),
        ("unpriced", "ü", "fü", 1),
        ("unused_feature", None, "fx", 0),
    ]
    status = database.execute("SELECT source, usage::text, missing_indexes FROM tenant_metrics.status()").fetchall()
    assert status[-1] == (
        "tö",
        '"uö"',
        'CREATE INDEX ON public."tö" ("pä");\nCREATE INDEX ON public."uö" ("ïd");',
    )
    assert [source for source, _, _ in status] == ["default", "quellé", "tö"]


@pytest.mark.parametrize(("statement", "expected"), ERRORS)
def test_errors_keep_their_characters(database, statement, expected):
    with pytest.raises(psycopg.Error) as raised:
        database.execute(statement)
    shown = raised.value.diag
    assert (shown.sqlstate, shown.message_primary, shown.message_detail) == expected
    # What a function catches is in the database's encoding too.
    database.execute("RESET ALL; RESET ROLE; SET client_encoding = 'UTF8'")
    *settings, query = statement.split("; ")
    for setting in settings:
        database.execute(setting)
    if "ROLE" not in statement:
        caught = database.execute("SELECT public.outcome(%s)", [query]).fetchone()
        assert caught == (" ".join(filter(None, expected)),)


def test_errors_of_the_server_keep_what_they_say(database):
    database.execute("SET search_path = failing, public")
    with pytest.raises(psycopg.Error) as raised:
        database.execute("DO $$ BEGIN PERFORM tenant_cost_text('é'); END $$")
    shown = raised.value.diag
    assert shown.message_hint == "Kürzen."
    assert shown.context.splitlines()[0] == "PL/pgSQL function fails(text) line 3 at RAISE"
    assert shown.context.splitlines()[-1] == "PL/pgSQL function inline_code_block line 1 at PERFORM"


def test_notices_keep_their_characters(database):
    texts = []

    def note(notice):
        texts.append((notice.message_primary, notice.message_detail))

    database.add_notice_handler(note)
    setup = "SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', source => 'ß', features => '{fé,fö}')"
    database.execute(setup)
    database.execute("SELECT tenant_metrics.teardown('ß')")
    database.remove_notice_handler(note)
    assert texts == [('source "ß" has features that no event names', 'They are "fö".')]


def test_source_names_have_63_bytes_of_the_database(database):
    setup = "SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', %s)"
    database.execute(setup, ["é" * 63])
    database.execute("SELECT tenant_metrics.teardown(%s)", ["é" * 63])
    with pytest.raises(psycopg.Error, match='argument "source" must be 1 to 63 bytes long, but is 64'):
        database.execute(setup, ["é" * 64])


SQL_ASCII = r"""
CREATE TABLE tenants (id text PRIMARY KEY, parent_id text);
CREATE TABLE ai_feature_usage (
    tenant_id text, feature_name text, inference_cost numeric, created_at timestamptz
);
INSERT INTO tenants VALUES
    (E'\xff', NULL), (E'a\xfe', E'\xff'), (E'\xfd', E'\xfd'), (E'o\xfc', E'weg\xfb'), (E'o\xfd', E'\xfd');
INSERT INTO ai_feature_usage VALUES
    (E'\xff', E'f\xff', 1, '2024-01-01'), (E'a\xfe', E'f\xfe', NULL, '2024-01-01'),
    (E'unbekannt\xfe', 'g', 2, '2024-01-01');
SELECT tenant_metrics.setup('tenants', 'ai_feature_usage', source => E'q\xff', features => ARRAY[E'f\xff', 'zz']);
"""


def test_any_bytes_where_there_is_no_encoding(cluster):
    def escaped(query: str) -> list[tuple]:
        """Rows of texts, with bytes beyond ASCII as octal numbers."""
        texts = "SELECT array_agg(encode(convert_to(text, 'SQL_ASCII'), 'escape') ORDER BY number)"
        texts += " FROM unnest(texts) WITH ORDINALITY AS t (text, number)"
        found = connection.execute(f"SELECT ({texts}) FROM ({query}) AS r (texts)").fetchall()
        return [tuple(text and text.decode("ascii") for text in row) for (row,) in found]

    with connected(cluster, "SQL_ASCII") as connection:
        connection.execute("SET client_encoding = 'SQL_ASCII'; SET standard_conforming_strings = on")
        connection.execute(SQL_ASCII)
        assert escaped(r"SELECT ARRAY[kind, tenant_id, detail] FROM tenant_metrics.integrity(E'q\xff')") == [
            ("cycle", r"o\375", r"on or below the cycle \375 -> \375"),
            ("cycle", r"\375", r"on or below the cycle \375 -> \375"),
            ("orphan", r"o\374", r"parent weg\373 is not in the tenants table"),
            ("unattributed_usage", r"unbekannt\376", "the events name no tenant of the tenants table"),
            ("unknown_feature", None, r"f\376"),
            ("unknown_feature", None, "g"),
            ("unpriced", r"a\376", r"f\376"),
            ("unused_feature", None, "zz"),
        ]
        assert escaped("SELECT ARRAY[source] FROM tenant_metrics.status()") == [("default",), (r"q\377",)]
        assert escaped(r"SELECT tenant_path_text(E'a\xfe')") == [(r"\377", r"a\376")]
        document = r"tenant_tree_json_text(E'\xff') #>> '{children,0,id}'"
        assert escaped(f"SELECT ARRAY[{document}]") == [(r"a\376",)]
        for statement, expected in {
            r"tenant_descendants_text(E'o\xfd')": (
                r"42P19 tenant o\375 is on or below a cycle of parent links The cycle is \375 -> \375."
            ),
            r"tenant_cost_text('x', source => E'\xfe')": r'42704 source "\376" does not exist',
            r"tenant_top_text(3, E'co\xff')": r'22023 invalid value for argument "by": "co\377"',
            r"tenant_usage_series_text(NULL, NULL, NULL, 'day', E'Europe/B\xff')": (
                r'22023 time zone "Europe/B\377" not recognized'
            ),
        }.items():
            assert escaped(f"SELECT ARRAY[outcome($$SELECT {statement}$$)]") == [(expected,)]
