"""A case: a source with its rows, its tables and the session that reads it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

import events
import forests
from truth import Source

# The tables whose rows policies filter; a foreign server would want a password of such a role.
POLICED = [[], [], [], ["usage"], ["tenants"], ["tenants", "usage"]]
MODEL_COLUMNS = {
    "id": "id",
    "parent": "parent_id",
    "usage_tenant": "tenant_id",
    "feature": "feature_name",
    "cost": "inference_cost",
    "time": "created_at",
    "feature_name": "name",
}
ODD_NAMES = ["Id", "tenant id", 'we"ird', "it's", "select", "$1", "a.b", "ünï", "back\\slash", "%s"]
# Characters of ids and features that LATIN1 lacks, and some that it has and that are used nowhere else.
IN_LATIN1 = str.maketrans("\u0301\u202e\U0001f916\U0001f333中文", "´\u00ad¤¥¶§")
# Types of dimensions; {} is the schema, which has an enum.
DIMENSION_TYPES = ["text", "varchar", "boolean", "smallint", "integer", "bigint", "{}.kind"]
INTEGERS = ["smallint", "integer", "bigint"]
MEASURE_TYPES = [*INTEGERS, "real", "double precision", "numeric", "numeric(12,2)"]
LAYOUTS = ["plain"] * 6 + [
    "range",
    "hash",
    "list",
    "levels",
    "attached",
    "inherited",
    "view",
    "union",
    "condition",
    "barrier",
    "nested",
    "materialized",
]
# What the tenants are: a table with an index that keeps ids unique or one without, a view of one table, a
# view of several whose ids are stored or made of a prefix and a number, or a materialized view.
TENANT_LAYOUTS = ["keyed"] * 6 + ["loose", "viewed", "barred", "united", "prefixed", "prefixed", "stored"]
PREFIXES = ["org:", "team:", "key:"]


@dataclass
class Case:
    seed: int
    source: Source
    parent_type: str
    usage_tenant_type: str
    cost_type: str
    layout: str
    known: list[str]
    strangers: list[str]
    tenants: list[tuple]
    usage: list[tuple]
    tenant_layout: str = "keyed"
    # Further rows of tenants that have one.
    duplicates: list[tuple] = field(default_factory=list)
    late_usage: list[tuple] = field(default_factory=list)
    changes_rows: bool = False
    # The tables whose rows policies filter, for a role that may read them.
    policed: list[str] = field(default_factory=list)


def column_names(rng: random.Random) -> dict[str, str]:
    if rng.random() < 0.6:
        return dict(MODEL_COLUMNS)
    odd = rng.sample(ODD_NAMES, len(MODEL_COLUMNS))
    return {role: rng.choice([name, odd[place]]) for place, (role, name) in enumerate(MODEL_COLUMNS.items())}


def wider(rng: random.Random, id_type: str) -> str:
    """The type of a column that refers to an id."""
    if rng.random() < 0.8 or id_type == "uuid":
        return id_type
    if id_type in INTEGERS:
        return rng.choice(INTEGERS[INTEGERS.index(id_type) :])
    return rng.choice(["text", "varchar", "char(3500)"])


def new_dimensions(rng: random.Random) -> list[tuple[str, str]]:
    """Some dimensions beside the feature, in most cases none."""
    names = rng.sample(["model", "the Provider", "d\u00efm", '"kind"'], rng.choice([0, 0, 0, 1, 2, 4]))
    return [(name, rng.choice(DIMENSION_TYPES)) for name in names]


def new_measures(rng: random.Random) -> list[tuple[str, str]]:
    """Some measures beside the cost, in half of the cases none."""
    names = rng.sample(["tokens", "the Tokens", "m\u00eas", '"n"', "$2"], rng.choice([0, 0, 0, 1, 2, 5]))
    return [(name, rng.choice(MEASURE_TYPES)) for name in names]


def new_source(rng: random.Random, seed: int, features: list[str]) -> Source:
    kind = rng.choice(["none", "none", "feature_count", "features", "feature_table"])
    listed: list[str | None] = []
    if kind in ("features", "feature_table") and rng.random() > 0.1:
        listed = rng.sample(features, rng.randint(0, len(features)))
        listed += rng.choices([None, "never used", *listed], k=rng.randint(0, 5))
    built_in = kind == "none" and rng.random() < 0.3
    lacks = {role for role in ("feature", "cost", "time") if not built_in and rng.random() < 0.07}
    if "feature" in lacks:
        kind = "none"
    return Source(
        name="default" if built_in or rng.random() < 0.1 else f"source {seed}",
        schema=f"case_{seed}",
        tenants="tenants" if built_in or rng.random() < 0.6 else 'the "tenants"',
        usage="ai_feature_usage" if built_in or rng.random() < 0.6 else "Usage.Events",
        id_type=rng.choice([*INTEGERS, "integer", "bigint", "uuid", "text", "varchar", "char(200)"]),
        time_type=rng.choice(["timestamptz", "timestamp", "timestamp", "date"]),
        columns=dict(MODEL_COLUMNS) if built_in else column_names(rng),
        time_zone="UTC" if built_in else rng.choice(list(events.TIME_ZONES)),
        catalogue=kind,
        feature_count=rng.choice([0, 1, 3, 9, 250]) if kind == "feature_count" else 9,
        features=listed,
        built_in=built_in,
        lacks=frozenset(lacks),
        dimensions=[] if built_in else new_dimensions(rng),
        measures=[] if built_in else new_measures(random.Random(f"measures of {seed}")),
    )


def new_case(seed: int, layout: str | None = None) -> Case:
    """The case of a seed; the same for ever."""
    rng = random.Random(seed)
    pool_size = rng.choice([1, 3, 9, 9, 12, 70, 130, 260])
    features = events.feature_pool(rng, pool_size)
    source = new_source(rng, seed, features)
    count = forests.forest_size(rng)
    every_id = forests.ids(rng, source.id_type, count + 4)
    of_tenants = random.Random(f"tenants of {seed}")
    tenant_layout = new_tenant_layout(of_tenants, source, layout)
    if tenant_layout == "prefixed":
        every_id = [of_tenants.choice(PREFIXES) + tenant for tenant in every_id]
    known, strangers = every_id[:count], every_id[count:]
    rows = forests.forest(rng, known, strangers[:2])
    case = Case(
        seed=seed,
        source=source,
        parent_type=wider(rng, source.id_type),
        usage_tenant_type=wider(rng, source.id_type),
        cost_type=rng.choice(events.COST_TYPES),
        layout=layout or rng.choice(LAYOUTS),
        known=known,
        strangers=strangers,
        tenants=rows,
        usage=[],
        tenant_layout=tenant_layout,
        changes_rows=rng.random() < 0.3,
        policed=[] if layout in ("foreign", "foreign part") else rng.choice(POLICED),
    )
    if source.family == "_text" and rng.random() < 0.3:
        case.tenants = [(tenant, forests.with_blanks(rng, parent, 0.1)) for tenant, parent in rows]
    if rng.random() < 0.1:
        # Rows without an id are no tenants, and nobody's children.
        case.tenants += [(None, parent) for parent in [None, *known[:1]]]
    if tenant_layout != "keyed" and of_tenants.random() < 0.6:
        case.duplicates = forests.duplicates(of_tenants, known, [*known, None, *strangers[:1]])
    case.usage = new_usage(rng, case, features)
    if case.changes_rows:
        case.late_usage = new_usage(rng, case, features)[:50]
    return case


def new_tenant_layout(rng: random.Random, source: Source, layout: str | None) -> str:
    """What the tenants are; a foreign table in some of the cases with foreign usage."""
    if layout == "foreign" and rng.random() < 0.5:
        return "foreign"
    chosen = rng.choice(TENANT_LAYOUTS)
    return "united" if chosen == "prefixed" and source.id_type != "text" else chosen


def in_latin1(case: Case) -> Case:
    """The case with other characters in place of those that LATIN1 lacks."""

    def text(value):
        return value.translate(IN_LATIN1) if isinstance(value, str) else value

    def rows(values: list[tuple]) -> list[tuple]:
        return [tuple(map(text, row)) for row in values]

    return replace(
        case,
        source=replace(case.source, features=[text(name) for name in case.source.features]),
        known=[text(name) for name in case.known],
        strangers=[text(name) for name in case.strangers],
        tenants=rows(case.tenants),
        duplicates=rows(case.duplicates),
        usage=rows(case.usage),
        late_usage=rows(case.late_usage),
    )


def new_usage(rng: random.Random, case: Case, features: list[str]) -> list[tuple]:
    """Rows of the usage table."""
    count = rng.choice([0, 1, 10, 60, 200, 200, 600])
    styles = ["money", "bits", "ties", "digits", "extreme"]
    if rng.random() < 0.8:
        styles = [rng.choice(styles)]
    not_finite = rng.choice([0, 0, 0.02, 0.3])
    odd_tenants = rng.choice([0, 0.1])
    blanks = rng.choice([0, 0.1]) if case.source.family == "_text" else 0
    busy = case.known[: rng.randint(1, max(1, len(case.known)))]
    if len(features) >= 70 and rng.random() < 0.6:
        # Enough events of few tenants to use most of the features.
        count, busy = 4 * len(features), busy[:2]
    rows = []
    for _ in range(count):
        if not busy or rng.random() < odd_tenants:
            tenant = rng.choice([None, *case.strangers[1:]])
        else:
            tenant = rng.choice(busy)
        rows.append(
            (
                forests.with_blanks(rng, tenant, blanks),
                None if rng.random() < 0.05 else rng.choice(features),
                events.cost(rng, case.cost_type, rng.choice(styles), not_finite),
                events.time(rng, case.source.time_type, case.source.time_zone),
            )
        )
    return rows


def session_settings(rng: random.Random, major: int) -> dict[str, str]:
    """Settings that may change plans and texts, never an answer but that about a cycle."""
    settings = {
        "TimeZone": rng.choice(["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Apia"]),
        "DateStyle": rng.choice(["ISO, MDY", "SQL, DMY", "German", "Postgres, MDY"]),
        "IntervalStyle": rng.choice(["postgres", "iso_8601"]),
        "extra_float_digits": rng.choice(["-15", "0", "1", "3"]),
        "bytea_output": rng.choice(["hex", "escape"]),
        "work_mem": rng.choice(["64kB", "4MB"]),
        "plan_cache_mode": rng.choice(["auto", "force_generic_plan", "force_custom_plan"]),
        "quote_all_identifiers": rng.choice(["on", "off"]),
        "standard_conforming_strings": rng.choice(["on", "on", "off"]),
        "tenant_metrics.on_cycle": rng.choice(["null", "error"]),
    }
    for method in ["hashagg", "sort", "seqscan", "indexscan", "bitmapscan", "hashjoin"]:
        if rng.random() < 0.15:
            settings[f"enable_{method}"] = "off"
    if rng.random() < 0.25:
        settings["tenant_metrics.enable_usage_scan"] = "off"
    if rng.random() < 0.4:
        # Whole tables are so dear then that readers of some tenants look these up.
        settings["seq_page_cost"] = "100000"
    if rng.random() < 0.3:
        forced = "debug_parallel_query" if major >= 16 else "force_parallel_mode"
        settings |= {
            forced: rng.choice(["on", "off"]),
            "parallel_setup_cost": "0",
            "parallel_tuple_cost": "0",
            "min_parallel_table_scan_size": "0",
            "max_parallel_workers_per_gather": rng.choice(["1", "2", "4"]),
        }
        if rng.random() < 0.3:
            settings["parallel_leader_participation"] = "off"
    return settings


def apply_settings(connection: psycopg.Connection, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        connection.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value)))
