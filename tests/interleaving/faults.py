"""Readers with known faults: the harness must notice each."""

from __future__ import annotations

import pathlib

READER = pathlib.Path(__file__).resolve().parent / "reader.sql"
SNAPSHOT = "concat_ws('/', now(), pg_current_snapshot(), harness.changed(), current_setting('search_path'))"

# The volatility of the reader, and the key that it keeps answers under.
FAULTS = {
    "a snapshot of its own": ("VOLATILE", "''"),
    "kept for the transaction": ("STABLE", "concat_ws('/', now(), current_user, current_setting('search_path'))"),
    "kept without search_path": ("STABLE", SNAPSHOT.replace(", current_setting('search_path')", ", current_user")),
    "kept for other roles": ("STABLE", SNAPSHOT),
    "kept under policies": ("STABLE", SNAPSHOT.replace("now()", "now(), current_user")),
}


def reader(fault: str) -> str:
    """The statements that put a faulty reader in the place of tenant_cost()."""
    volatility, key = FAULTS[fault]
    text = READER.read_text(encoding="utf-8")
    return text.replace("{volatility}", volatility).replace("{key}", key)
