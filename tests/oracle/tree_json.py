"""Reads the answer of tenant_tree_json back into the dashboard's rows."""

from __future__ import annotations

import json
import struct

import psycopg

from truth import DASHBOARD


class Malformed(ValueError):
    """An object that is not what the documentation promises."""


class Number(str):
    """A number in the digits in which it stood in the text."""


def rows(connection: psycopg.Connection, answer: str | None, suffix: str, has_root: bool) -> list[tuple]:
    """The rows of all objects, a parent before its children, as `compared` shows them."""
    if answer is None:
        return []
    parsed = json.loads(answer, parse_int=Number, parse_float=Number)
    if has_root == isinstance(parsed, list):
        raise Malformed("an object is expected with a root, an array without one")
    objects = list(parsed) if isinstance(parsed, list) else [parsed]
    found: list[dict] = []
    pending = objects[::-1]
    while pending:
        entry = pending.pop()
        children = entry.pop("children", None)
        if not isinstance(children, list):
            raise Malformed(f"children of {entry} are {children}")
        for child in children:
            if child["parent_id"] != entry["id"]:
                raise Malformed(f"{child['id']} stands below {entry['id']}")
        pending += children[::-1]
        found.append(entry)
    instants = bytes_of_times(connection, found)
    return [row(entry, suffix, instants) for entry in found]


def bytes_of_times(connection: psycopg.Connection, objects: list[dict]) -> dict[str, str]:
    names = [name for name, kind in DASHBOARD.items() if kind == "time"]
    texts = sorted({entry[name] for entry in objects for name in names if entry[name]})
    query = "SELECT text, encode(timestamptz_send(text::timestamptz), 'hex') FROM unnest(%s::text[]) AS text"
    return dict(connection.execute(query, [texts]).fetchall())


def row(entry: dict, suffix: str, instants: dict[str, str]) -> tuple:
    names = ["id" if name == "tenant_id" else name for name in DASHBOARD]
    if sorted(entry) != sorted(names):
        raise Malformed(f"keys are {sorted(entry)}")
    kinds = DASHBOARD.values()
    return tuple(value(name, kind, entry[name], suffix, instants) for name, kind in zip(names, kinds, strict=True))


def value(name: str, kind: str, found, suffix: str, instants: dict[str, str]) -> str | None:
    if found is None:
        return None
    is_number = kind in ("integer", "float", "numeric") or (kind == "id" and not suffix)
    if isinstance(found, Number) != is_number or not isinstance(found, str):
        raise Malformed(f"{name} is {found!r}")
    if kind == "float":
        return struct.pack(">d", float(found)).hex()
    return instants[found] if kind == "time" else str(found)
