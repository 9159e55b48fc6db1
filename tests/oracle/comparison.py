"""Compares every column of every reader with the truth, exactly."""

from __future__ import annotations

import random

from psycopg import sql

import measure_readers
import tree_json
from asking import CYCLE, DUPLICATE, Asking
from families import Family
from truth import (
    DASHBOARD,
    MADE_OF,
    OWN_SCALARS,
    SUBTREE_SCALARS,
    compared,
    compared_columns,
    literal_array,
    true_columns,
)

# What depends on nothing below its tenant.
UPWARDS = ("depth", "root", "path", "ancestors")


class Comparison(Asking):
    """The readers of one source in one window, in the transaction of the caller."""

    # Set-returning readers.

    def dashboard(self, family: Family, root: str | None, max_depth: int | None) -> None:
        leading = [] if root is None else [family.id(root)]
        call = sql.SQL("SELECT {} FROM {}({}) AS r").format(
            compared_columns(DASHBOARD),
            family.reader("tenant_dashboard"),
            self.arguments(*leading, max_depth=max_depth),
        )
        expected, refused = self.listed(root, max_depth, DASHBOARD), self.doubts.below_root(root)
        self.same("tenant_dashboard", call, expected, refused=refused)

    def view(self, family: Family) -> None:
        """The view of the default source, for clients that map entities to views."""
        view = sql.Identifier("tenant_metrics", f"dashboard{family.suffix}")
        query = sql.SQL("SELECT {} FROM {} AS r").format(compared_columns(DASHBOARD), view)
        self.same("the view dashboard", query, self.listed(None, None, DASHBOARD), refused=self.doubts.below_root(None))

    def listed_metric(self, family: Family, reader: str, root: str | None, column: str) -> None:
        leading = [] if root is None else [family.id(root)]
        columns = ["tenant_id", column]
        call = sql.SQL("SELECT {} FROM {}({}) AS r").format(
            compared_columns(columns), family.reader(reader), self.arguments(*leading)
        )
        if MADE_OF[column] in self.source.lacks:
            self.lacking(reader, call)
            return
        self.same(reader, call, self.listed(root, None, columns), refused=self.doubts.below_root(root))

    def headline(self, family: Family, root: str | None) -> None:
        self.listed_metric(family, "tenant_adoption_rates", root, "adoption_rate")
        self.listed_metric(family, "tenant_subtree_costs", root, "subtree_cost")

    def dashboard_for(self, family: Family, ids: list[str | None]) -> None:
        call = sql.SQL("SELECT {} FROM {}({}) AS r").format(
            compared_columns(DASHBOARD),
            family.reader("tenant_dashboard_for"),
            self.arguments(literal_array(ids, family.id_type)),
        )
        expected = self.expected(
            "picked",
            ids=literal_array(ids, self.source.id_sql.as_string(None)),
            columns=true_columns(self.source, DASHBOARD),
        )
        self.same("tenant_dashboard_for", call, expected, refused=self.picked_duplicate(ids))

    def picked_duplicate(self, ids: list[str | None]) -> str | None:
        """What keeps the rows of these tenants: nothing is told of what is below one that is on or below a cycle."""
        return self.doubts.about(ids, [tenant for tenant in ids if tenant not in self.cyclic])

    def looked_up(self, rng: random.Random, family: Family, ids: list[str | None]) -> None:
        """The dashboard with a condition on the id, as ORMs load entities."""
        if family.suffix == "_text":
            # Other spellings of ids are other texts.
            ids = [*ids, *(rng.choice(["0{}", "+{}", " {}", "{}x", "{{{}}}"]).format(wanted) for wanted in ids[:2])]
        wanted = ids[0] if ids else None
        condition, found = rng.choice(
            [
                (sql.SQL("r.tenant_id = {}").format(family.id(wanted)), {wanted}),
                (sql.SQL("{} = r.tenant_id").format(family.id(wanted)), {wanted}),
                (sql.SQL("r.tenant_id = ANY ({})").format(literal_array(ids, family.id_type)), {*ids}),
                (
                    sql.SQL("r.tenant_id IN ({})").format(sql.SQL(", ").join(map(family.id, [None, *ids]))),
                    {*ids},
                ),
            ]
        )
        is_viewed = self.source.name == "default" and (self.since, self.until) == (None, None)
        whole = (
            sql.Identifier("tenant_metrics", f"dashboard{family.suffix}")
            if is_viewed
            else sql.SQL("{}({})").format(family.reader("tenant_dashboard"), self.arguments())
        )
        label = "the view dashboard by id" if is_viewed else "tenant_dashboard by id"
        known = [tenant for tenant in self.every_id if tenant in found]
        query = sql.SQL("SELECT {} FROM {} AS r WHERE {} ORDER BY array_position({}, r.tenant_id::text)").format(
            compared_columns(DASHBOARD), whole, condition, literal_array(known, "text")
        )
        expected = self.expected(
            "picked",
            ids=literal_array(known, self.source.id_sql.as_string(None)),
            columns=true_columns(self.source, DASHBOARD),
        )
        # Where the planner calls the function as a whole, it depends on all tenants.
        refusal = self.refusal(query) if self.doubts.above else None
        if refusal is None or not refusal.startswith(DUPLICATE):
            self.same(label, query, expected, refused=self.picked_duplicate(known))

    def json(self, family: Family, root: str | None, max_depth: int | None) -> None:
        leading = [] if root is None else [family.id(root)]
        call = sql.SQL("SELECT {}({})::text").format(
            family.reader("tenant_tree_json"), self.arguments(*leading, max_depth=max_depth)
        )
        expected = self.listed(root, max_depth, DASHBOARD)
        if root is not None and root in self.cyclic:
            expected = [row for row in expected if row[0] == root]

        def read(rows: list[tuple]) -> list[tuple]:
            return tree_json.rows(self.connection, rows[0][0], family.suffix, root is not None)

        self.same("tenant_tree_json", call, expected, read, refused=self.doubts.below_root(root))

    def lineage(self, family: Family, tenant: str, max_depth: int | None) -> None:
        columns = sql.SQL("tenant_id::text, parent_id::text, depth::text, distance::text")
        limit = sql.SQL("{}::integer").format(sql.Literal(max_depth))
        for reader, name, extra in (
            ("tenant_descendants", "descendants", {"max_depth": max_depth}),
            ("tenant_ancestors", "ancestors", {}),
        ):
            call = sql.SQL("SELECT {} FROM {}({})").format(
                columns,
                family.reader(reader),
                self.arguments(family.id(tenant), window=False, **extra),
            )
            expected = self.expected(name, root=self.native(tenant), max_depth=limit)
            refused = self.doubts.about([tenant], [] if name in UPWARDS else None)
            self.same(reader, call, expected, refused=refused)

    # Scalars.

    def metric_scalars(self, family: Family, ids: list[str | None], columns) -> None:
        """Called once per row, in one statement; alone if they are about a column that the source lacks."""
        for name in columns:
            if MADE_OF.get(name) in self.source.lacks:
                call = sql.SQL("SELECT {}({})").format(
                    family.reader(f"tenant_{name}"), self.arguments(family.id(ids[0]))
                )
                self.lacking(f"tenant_{name}", call)
        columns = [name for name in columns if MADE_OF.get(name) not in self.source.lacks]
        if not columns:
            return
        calls = [
            compared(
                sql.SQL("{}({})")
                .format(family.reader(f"tenant_{name}"), self.arguments(sql.SQL("wanted.id")))
                .as_string(self.connection),
                DASHBOARD[name],
            )
            for name in columns
        ]
        query = sql.SQL("SELECT {} FROM unnest({}) WITH ORDINALITY AS wanted (id, position) ORDER BY position").format(
            sql.SQL(", ").join(map(sql.SQL, calls)), literal_array(ids, family.id_type)
        )
        expected = self.expected(
            "scalars",
            ids=literal_array(ids, self.source.id_sql.as_string(None)),
            columns=compared_columns(columns),
        )
        self.same("scalars of usage", query, expected)

    def forest_scalars(self, family: Family, ids: list[str | None]) -> None:
        calls = [
            sql.SQL("{}({})::text").format(
                family.reader(f"tenant_{name}"),
                self.arguments(sql.SQL("wanted.id"), window=False),
            )
            for name in ("depth", "height", "root", "path")
        ]
        query = sql.SQL("SELECT {} FROM unnest({}) WITH ORDINALITY AS wanted (id, position) ORDER BY position").format(
            sql.SQL(", ").join(calls), literal_array(ids, family.id_type)
        )
        expected = self.expected(
            "scalars",
            ids=literal_array(ids, self.source.id_sql.as_string(None)),
            columns=sql.SQL("r.depth::text, r.height::text, r.path[1]::text, r.path::text"),
        )
        self.same("scalars of the forest", query, expected)

    def is_descendant(self, family: Family, ids: list[str | None]) -> None:
        call = sql.SQL("SELECT {}({})::text").format(
            family.reader("tenant_is_descendant"),
            self.arguments(sql.SQL("%L::{0}, %L::{0}").format(sql.SQL(family.id_type)), window=False),
        )
        query = sql.SQL(
            "SELECT a.id::text, b.id::text, oracle.answer(format({call}, a.id, b.id))"
            " FROM unnest({ids}) WITH ORDINALITY AS a (id, position)"
            " CROSS JOIN unnest({ids}) WITH ORDINALITY AS b (id, position)"
            " ORDER BY a.position, b.position"
        ).format(call=self.template(call), ids=literal_array(ids, family.id_type))
        native = literal_array(ids, self.source.id_sql.as_string(None))
        self.same(
            "tenant_is_descendant",
            query,
            self.expected("is_descendant", ids=native, on_cycle=sql.Literal(self.on_cycle())),
        )

    @property
    def subtree_scalars(self) -> list[str]:
        """Those about columns that the source has."""
        return [name for name in SUBTREE_SCALARS if MADE_OF.get(name) not in self.source.lacks]

    def on_cycles(self, family: Family, tenant: str) -> None:
        """A tenant on or below a cycle has nothing that needs a place in the forest."""
        scalars = [*self.subtree_scalars, "depth", "height", "root", "path"]
        for name in [*scalars, "descendants", "ancestors"]:
            call = sql.SQL("SELECT {}({})").format(
                family.reader(f"tenant_{name}"),
                self.arguments(family.id(tenant), window=name in SUBTREE_SCALARS),
            )
            query = sql.SQL("SELECT oracle.answer({})").format(sql.Literal(call.as_string(self.connection)))
            self.same(name, query, [(self.on_cycle() if name in scalars else CYCLE,)])

    def on_duplicates(self, family: Family, tenant: str) -> None:
        """An answer that depends on an id with several rows fails, and no other."""
        for name in [*self.subtree_scalars, "depth", "height", "root", "path", "descendants", "ancestors"]:
            call = sql.SQL("SELECT {}({})").format(
                family.reader(f"tenant_{name}"),
                self.arguments(family.id(tenant), window=name in SUBTREE_SCALARS),
            )
            refused = self.doubts.about([tenant], [] if name in UPWARDS else None) is not None
            query = sql.SQL("SELECT oracle.answer({}) IS NOT DISTINCT FROM {}").format(
                sql.Literal(call.as_string(self.connection)), sql.Literal(DUPLICATE)
            )
            self.same(name, query, [(refused,)])

    def everything(self, rng: random.Random, family: Family, strangers: list[str], most: int) -> None:
        """Every reader, with the roots, depths and ids, `most` of them, that `rng` picks."""
        nobody = [None, *strangers]
        self.dashboard(family, None, None)
        self.dashboard(family, None, rng.randint(0, 3))
        self.headline(family, None)
        if self.source.name == "default" and (self.since, self.until) == (None, None):
            self.view(family)
        self.json(family, None, rng.choice([None, 0, 1, 2]))
        roots = self.sample(rng, self.sound, 2) + self.sample(rng, self.cyclic, 1) + self.sample(rng, self.doubtful, 1)
        for root in [*roots, rng.choice(strangers)]:
            self.dashboard(family, root, None)
            self.dashboard(family, root, rng.randint(0, 3))
            self.headline(family, root)
            self.json(family, root, rng.choice([None, 0, 1, 2]))
        wanted = rng.choices([*self.every_id, *nobody], k=rng.randint(0, 12))
        self.dashboard_for(family, wanted)
        for _ in range(3):
            self.looked_up(rng, family, rng.choices([*self.every_id, *nobody], k=rng.randint(0, 5)))
        some = rng.choice([2, 2, 2, most])
        self.metric_scalars(family, self.sample(rng, self.every_id, some) + nobody, OWN_SCALARS)
        self.metric_scalars(family, self.sample(rng, self.answered, some) + nobody, SUBTREE_SCALARS)
        tenant = rng.choice([*self.answered, *nobody])
        self.metric_scalars(family, [tenant], OWN_SCALARS)
        self.metric_scalars(family, [tenant], SUBTREE_SCALARS)
        measure_readers.everything(self, rng, family, strangers, some)
        for tenant in self.sample(rng, self.cyclic, 1):
            self.on_cycles(family, tenant)
        doubtful = self.doubtful + [tenant for tenant in self.sound if tenant in self.doubts.below]
        for tenant in self.sample(rng, doubtful, 2):
            self.on_duplicates(family, tenant)

    def forest(self, rng: random.Random, family: Family, strangers: list[str]) -> None:
        """The readers that take no window."""
        nobody = [None, *strangers]
        self.forest_scalars(family, self.sample(rng, self.answered, 40) + nobody)
        chosen = self.sample(rng, self.sound, 4) + self.sample(rng, self.cyclic, 1) + self.sample(rng, self.doubtful, 1)
        self.is_descendant(family, [*chosen, None, strangers[0]])
        for tenant in [*self.sample(rng, self.sound, 3), *self.sample(rng, self.doubtful, 1), strangers[0]]:
            self.lineage(family, tenant, rng.choice([None, 0, 1, 2]))
