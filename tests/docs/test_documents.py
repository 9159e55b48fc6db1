"""What the documents show is what psql prints."""

import pathlib
import re

import pytest

from documents import examples, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The examples that are tables with questions, and nothing but SQL.
TABLES = ["agents", "gateway", "ledger"]
# The longest that the README of one may be: a screen.
SCREEN_LINES = 60


@pytest.fixture
def empty_database(cluster):
    """A database without the extension, because the documents create it."""
    cluster.create_database("documents")
    yield "documents"
    cluster.drop_database("documents")


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("README.md", 4),
        ("docs/reference.md", 4),
        ("docs/summaries.md", 2),
        *((f"examples/{folder}/README.md", 2) for folder in TABLES),
    ],
)
def test_shown_output_is_true(cluster, empty_database, name, least):
    blocks = examples((ROOT / name).read_text())
    assert len(blocks) >= least, f"{name} has lost its examples"
    outputs = run(cluster.bindir / "psql", cluster.dsn(empty_database), blocks, (ROOT / name).parent)
    assert len(outputs) == len(blocks)
    for block, output in zip(blocks, outputs, strict=True):
        if block.shown is None:
            assert output == "", f"{name}:{block.line} prints something that is not shown"
        else:
            assert output == block.shown, f"{name}:{block.line}"


@pytest.mark.parametrize("folder", TABLES)
def test_examples_fit_on_a_screen(folder):
    readme = (ROOT / "examples" / folder / "README.md").read_text()
    assert len(readme.splitlines()) <= SCREEN_LINES
    assert not [line for line in readme.splitlines() if line.startswith("ERROR")]


# Functions that users call: no twins, and nothing that only aggregates and triggers call.
CALLED = """
    SELECT CASE n.nspname WHEN 'tenant_metrics' THEN 'tenant_metrics.' ELSE '' END || p.proname
    FROM pg_depend AS d
    JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    WHERE e.extname = 'tenant_metrics' AND p.proname !~ '(_uuid|_text|_state(_[a-z]+)?)$'
        AND NOT 'internal'::regtype = ANY (p.proargtypes) AND p.prorettype <> ALL ('{trigger,event_trigger}'::regtype[])
"""


def test_every_function_has_its_example(database):
    reference = (ROOT / "docs" / "reference.md").read_text()
    headings = set(re.findall(r"^### ([a-z_.]+)\(", reference, flags=re.MULTILINE))
    called = {name for (name,) in database.execute(CALLED)}
    assert called, "the extension has lost its functions"
    assert headings == called
    run_by_examples = "".join(example.sql for example in examples(reference))
    assert not {name for name in called if f"{name}(" not in run_by_examples}
