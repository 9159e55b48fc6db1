"""What the documents show is what psql prints."""

import pathlib
import re

import pytest

from documents import examples, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def empty_database(cluster):
    """A database without the extension, because the documents create it."""
    cluster.create_database("documents")
    yield "documents"
    cluster.drop_database("documents")


@pytest.mark.parametrize("name", ["README.md", "docs/reference.md"])
def test_shown_output_is_true(cluster, empty_database, name):
    blocks = examples((ROOT / name).read_text())
    assert len(blocks) > 3, f"{name} has lost its examples"
    outputs = run(cluster.bindir / "psql", cluster.dsn(empty_database), blocks)
    assert len(outputs) == len(blocks)
    for block, output in zip(blocks, outputs, strict=True):
        if block.shown is None:
            assert output == "", f"{name}:{block.line} prints something that is not shown"
        else:
            assert output == block.shown, f"{name}:{block.line}"


# Functions that users call: no twins, and nothing that only aggregates call.
CALLED = """
    SELECT CASE n.nspname WHEN 'tenant_metrics' THEN 'tenant_metrics.' ELSE '' END || p.proname
    FROM pg_depend AS d
    JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    WHERE e.extname = 'tenant_metrics' AND p.proname !~ '(_uuid|_text|_state(_[a-z]+)?)$'
        AND NOT 'internal'::regtype = ANY (p.proargtypes)
"""


def test_every_function_has_its_example(database):
    reference = (ROOT / "docs" / "reference.md").read_text()
    headings = set(re.findall(r"^### ([a-z_.]+)\(", reference, flags=re.MULTILINE))
    called = {name for (name,) in database.execute(CALLED)}
    assert called, "the extension has lost its functions"
    assert headings == called
    run_by_examples = "".join(example.sql for example in examples(reference))
    assert not {name for name in called if f"{name}(" not in run_by_examples}
