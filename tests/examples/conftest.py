"""The seed of the rows with which the examples are filled."""

from __future__ import annotations

import os
import pathlib
import random
import sys

import pytest

# The examples' questions are the SQL of their documents.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs"))


@pytest.fixture
def draw(request) -> random.Random:
    """What draws the rows; a failure shows how to draw them again."""
    seed = os.environ["TENANT_METRICS_SEED"]
    print(f"replay with TENANT_METRICS_SEED={seed} pytest '{request.node.nodeid}'")
    return random.Random(int(seed))
