"""What the files in expected/ promise, in Python's types, for the Python clients."""

from __future__ import annotations

import datetime
import decimal
import json
import pathlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

FOLDER = pathlib.Path(__file__).resolve().parent


def read_expected() -> dict:
    """All files of expected/ as one: each has some of the readers and their calls."""
    expected = {"argument_types": {}, "readers": {}, "examples": {}, "calls": []}
    for file in sorted((FOLDER / "expected").glob("*.json")):
        # Numbers with a point stay exact until their SQL type is known.
        part = json.loads(file.read_text(), parse_float=decimal.Decimal)
        expected["calls"] += part.pop("calls")
        for key, members in part.items():
            expected[key] |= members
    return expected


EXPECTED = read_expected()
# The defaults of arguments that must not be NULL.
DEFAULTS = {"source": "default", "bucket": "day", "tz": "UTC", "scope": "subtree", "by": "subtree_cost"}

# The Python type that a client gets, and sends, for each SQL type.
PYTHON_TYPES: dict[str, Callable] = {
    "bigint": int,
    "int4": int,
    "float8": float,
    "numeric": decimal.Decimal,
    "text": str,
    "uuid": uuid.UUID,
    "bool": bool,
    "timestamptz": datetime.datetime.fromisoformat,
    "timestamp": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "interval": lambda members: datetime.timedelta(**members),
    "jsonb": lambda document: document,
}


def python_value(sql_type: str, value):
    """A value of those files as the Python type of its SQL type."""
    if value is None:
        return None
    if sql_type.endswith("[]"):
        return [python_value(sql_type[:-2], element) for element in value]
    return PYTHON_TYPES[sql_type](value)


@dataclass(frozen=True)
class Call:
    """One call of a reader: its bound arguments and the rows it must return."""

    function: str
    arguments: dict
    parameters: list[str]
    id_type: str
    columns: dict[str, str] | None
    rows: list[tuple]

    def sql(self, placeholder: Callable[[int, str], str]) -> str:
        """The call in named notation, each argument a bound parameter."""
        arguments = ", ".join(
            f"{name} => {placeholder(number, name)}" for number, name in enumerate(self.arguments, start=1)
        )
        return f"SELECT * FROM {self.function}({arguments})"

    def positional(self) -> list:
        """The arguments up to the last one given, with the defaults of those left out."""
        last = max((self.parameters.index(name) for name in self.arguments), default=-1)
        return [self.arguments.get(name, DEFAULTS.get(name)) for name in self.parameters[: last + 1]]


def read_call(entry: dict) -> Call:
    reader = EXPECTED["readers"][entry["reader"]]

    def with_id(sql_type: str) -> str:
        return sql_type.replace("id", entry["id"]) if sql_type in ("id", "id[]") else sql_type

    arguments = {
        name: python_value(with_id(EXPECTED["argument_types"][name]), value)
        for name, value in entry["arguments"].items()
    }
    if "returns" in reader:
        columns, types, rows = None, [with_id(reader["returns"])], [[entry["value"]]]
    else:
        columns = {name: with_id(sql_type) for name, sql_type in reader["columns"].items()}
        types, rows = list(columns.values()), entry["rows"]
    return Call(
        function=entry["function"],
        arguments=arguments,
        parameters=reader["arguments"],
        id_type=entry["id"],
        columns=columns,
        rows=[tuple(map(python_value, types, row)) for row in rows],
    )


CALLS = [read_call(entry) for entry in EXPECTED["calls"]]


def example(name: str) -> list[tuple]:
    """The rows that every client gets from the example of that name."""
    entry = EXPECTED["examples"][name]
    types = list(entry["columns"].values())
    return [tuple(map(python_value, types, row)) for row in entry["rows"]]


def assert_same(got: list, wanted: list[tuple], where: str = "") -> None:
    """Equal rows, of the same types, and decimals to the last digit."""
    assert [tuple(row) for row in got] == wanted, where
    for row, wanted_row in zip(got, wanted, strict=True):
        for value, wanted_value in zip(row, wanted_row, strict=True):
            assert isinstance(value, type(wanted_value)), (where, value, wanted_value)
            assert digits(value) == digits(wanted_value), where


def digits(value, is_cost: bool = True):
    """Costs as text, because 7.6 and 7.60 are equal as numbers; in a JSON tree
    only the members that are costs."""
    if isinstance(value, decimal.Decimal) and is_cost:
        return str(value)
    if isinstance(value, dict):
        return {key: digits(member, key.endswith("cost")) for key, member in value.items()}
    if isinstance(value, list):
        return [digits(element, is_cost) for element in value]
    return value
