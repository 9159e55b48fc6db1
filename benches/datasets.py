"""The data sets that the benchmark and the demo load with generate.sql."""

import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

_GENERATOR = pathlib.Path(__file__).with_name("generate.sql")
_BATCH = 100_000


@dataclass(frozen=True)
class Dataset:
    """A model in a schema of its own."""

    schema: str
    tenants: int
    events: int
    cost_type: str = "float8"
    in_time_order: bool = False
    varied_features: bool = False


def load(
    connection: psycopg.Connection,
    dataset: Dataset,
    progress: Callable[[int], None] = lambda loaded: None,
) -> None:
    """Makes `dataset`, calling `progress` with the number of events loaded so far."""
    connection.execute(_GENERATOR.read_text())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset.schema}")
    with connection.transaction():
        connection.execute(f"SET LOCAL search_path = {dataset.schema}")
        connection.execute(
            "SELECT tenant_generator.create_model(%s, %s::regtype)", (dataset.tenants, dataset.cost_type)
        )
        progress(0)
        for first in range(1, dataset.events + 1, _BATCH):
            last = min(first + _BATCH - 1, dataset.events)
            spread_over = dataset.events if dataset.in_time_order else None
            connection.execute(
                "SELECT tenant_generator.add_events(%s, %s, %s, %s, %s)",
                (dataset.tenants, first, last, spread_over, dataset.varied_features),
            )
            progress(last)
        connection.execute("SELECT tenant_generator.finish_model()")
    # An index can only be built, and a page marked as visible to all, once the rows are committed.
    connection.execute(f"VACUUM (ANALYZE) {dataset.schema}.tenants, {dataset.schema}.ai_feature_usage")


def is_loaded(connection: psycopg.Connection, dataset: Dataset) -> bool:
    """Whether the schema holds the model; as it is loaded in one transaction, it does so whole."""
    usage = f"{dataset.schema}.ai_feature_usage"
    return connection.execute("SELECT to_regclass(%s) IS NOT NULL", (usage,)).fetchone()[0]
