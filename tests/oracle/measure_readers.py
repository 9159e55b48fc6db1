"""Compares what the readers of measures give with the truth."""

from __future__ import annotations

import random

from psycopg import sql

from asking import Asking
from families import Family
from truth import literal_array, measure_names

SCALARS = {"tenant_measure": "sums", "tenant_subtree_measure": "subtree_sums"}


def measures(asking: Asking, family: Family, root: str | None, max_depth: int | None) -> None:
    """All measures of each tenant."""
    leading = [] if root is None else [family.id(root)]
    call = sql.SQL(
        "SELECT tenant_id::text, measure, own::text, subtree::text, missing_events::text FROM {}({})"
    ).format(family.reader("tenant_measures"), asking.arguments(*leading, max_depth=max_depth))
    expected = asking.expected(
        "measured",
        root=asking.native(root),
        max_depth=sql.SQL("{}::integer").format(sql.Literal(max_depth)),
        measures=literal_array(list(measure_names(asking.source).values()), "text"),
    )
    asking.same("tenant_measures", call, expected, refused=asking.doubts.below_root(root))


def names(asking: Asking, rng: random.Random) -> dict[str | None, int]:
    """What measures are called in arguments, each with its place in the truth's arrays."""
    found: dict[str | None, int] = {
        name: place for place, name in enumerate(measure_names(asking.source).values(), start=1)
    }
    if "cost" in found:
        found |= {None: found["cost"], asking.source.columns["cost"]: found["cost"]}
    wanted = rng.sample(list(found), min(len(found), rng.randint(1, 3)))
    return {name: found[name] for name in wanted}


def scalars(asking: Asking, rng: random.Random, family: Family, ids: list[str | None], reader: str) -> None:
    """One of the scalars for some measures, called for each row in one statement."""
    wanted = names(asking, rng)
    if not wanted:
        return
    calls = [
        sql.SQL("{}({})::text").format(family.reader(reader), asking.arguments(sql.SQL("wanted.id"), sql.Literal(name)))
        for name in wanted
    ]
    query = sql.SQL("SELECT {} FROM unnest({}) WITH ORDINALITY AS wanted (id, position) ORDER BY position").format(
        sql.SQL(", ").join(calls), literal_array(ids, family.id_type)
    )
    column = SCALARS[reader]
    expected = asking.expected(
        "scalars",
        ids=literal_array(ids, asking.source.id_sql.as_string(None)),
        columns=sql.SQL(", ".join(f"(r.{column})[{place}]::text" for place in wanted.values())),
    )
    asking.same(f"{reader} of {list(wanted)}", query, expected)


def lacking(asking: Asking, family: Family, tenant: str | None) -> None:
    """A source without costs has none as a measure."""
    for reader in SCALARS:
        for name in (None, "cost"):
            call = sql.SQL("SELECT {}({})").format(
                family.reader(reader), asking.arguments(family.id(tenant), sql.Literal(name))
            )
            asking.lacking(reader, call)


def refused(asking: Asking, family: Family, tenant: str, sqlstate: str | None) -> None:
    """A subtree's sum of which nothing can be said: an error, or NULL."""
    if not (found := measure_names(asking.source)):
        return
    call = sql.SQL("SELECT {}({})").format(
        family.reader("tenant_subtree_measure"),
        asking.arguments(family.id(tenant), sql.Literal([*found.values()][-1])),
    )
    query = sql.SQL("SELECT oracle.answer({})").format(sql.Literal(call.as_string(asking.connection)))
    asking.same("tenant_subtree_measure", query, [(sqlstate,)])


def everything(asking: Asking, rng: random.Random, family: Family, strangers: list[str], most: int) -> None:
    """Every reader of measures, with what `rng` picks."""
    nobody = [None, *strangers]
    measures(asking, family, None, rng.choice([None, rng.randint(0, 3)]))
    roots = asking.sample(rng, asking.sound, 1) + asking.sample(rng, asking.cyclic, 1)
    for root in [*roots, *asking.sample(rng, asking.doubtful, 1), rng.choice(strangers)]:
        measures(asking, family, root, rng.choice([None, rng.randint(0, 3)]))
    for ids in (asking.sample(rng, asking.every_id, most) + nobody, [rng.choice([*asking.every_id, *nobody])]):
        scalars(asking, rng, family, ids, "tenant_measure")
    for ids in (asking.sample(rng, asking.answered, most) + nobody, [rng.choice([*asking.answered, *nobody])]):
        scalars(asking, rng, family, ids, "tenant_subtree_measure")
    if "cost" in asking.source.lacks:
        lacking(asking, family, rng.choice([*asking.answered, *nobody]))
    for tenant in asking.sample(rng, asking.cyclic, 1):
        refused(asking, family, tenant, asking.on_cycle())
