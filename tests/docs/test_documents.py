"""What the documents show is what psql prints."""

import pathlib

import pytest

from documents import examples, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def empty_database(cluster):
    """A database without the extension, because the documents create it."""
    cluster.create_database("documents")
    yield "documents"
    cluster.drop_database("documents")


@pytest.mark.parametrize("name", ["README.md"])
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
