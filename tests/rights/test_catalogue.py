"""What the system catalogues say about the extension's functions and relations."""

from __future__ import annotations

import pytest

METRICS = ["events", "features_used", "adoption_rate", "cost", "last_used"]
SCALARS = [
    *(f"tenant_{metric}" for metric in METRICS),
    *(f"tenant_subtree_{metric}" for metric in METRICS),
    *("tenant_depth", "tenant_height", "tenant_root", "tenant_path", "tenant_is_descendant"),
]
SETS = [
    "tenant_dashboard",
    "tenant_dashboard_for",
    "tenant_adoption_rates",
    "tenant_subtree_costs",
    "tenant_descendants",
    "tenant_ancestors",
    "tenant_usage_series",
    "tenant_usage_series_for",
    "tenant_feature_breakdown",
    "tenant_feature_matrix",
    "tenant_feature_adoption",
    "tenant_top",
    "tenant_compare",
    "tenant_activity",
]
READERS = [*SCALARS, *SETS, "tenant_tree_json"]

MEMBERS = """
SELECT p.oid, p.oid::regprocedure::text AS signature, p.proname AS name, p.prokind AS kind,
       p.provolatile AS volatility, p.proparallel AS parallel, p.proleakproof AS leakproof,
       p.proretset AS is_set, p.prosecdef AS definer,
       coalesce(p.proconfig::text, '') AS settings,
       p.proargtypes::regtype[]::text[] AS arguments,
       pg_get_function_arguments(p.oid) AS declared,
       has_function_privilege('public', p.oid, 'EXECUTE') AS is_public,
       obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'tenant_metrics'
ORDER BY 2
"""


@pytest.fixture(scope="module")
def functions(rights_database):
    cursor = rights_database.execute(MEMBERS)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def signatures(functions, condition) -> list[str]:
    return [function["signature"] for function in functions if condition(function)]


def test_public_functions_take_no_states(functions):
    def takes_state(function):
        return function["is_public"] and {"internal", "bytea"} & set(function["arguments"])

    # Its bytes are no state but the frame that a reader made, and are checked like any argument.
    assert signatures(functions, takes_state) == ['tenant_metrics.series_state("any","any","any","any",bytea)']


def test_public_functions_change_nothing(functions):
    def may_change(function):
        return function["is_public"] and function["volatility"] == "v"

    assert signatures(functions, may_change) == []


def test_public_functions_do_not_stop_parallel_plans(functions):
    def stops(function):
        return function["is_public"] and function["parallel"] == "u"

    assert signatures(functions, stops) == []


def test_nothing_is_leakproof(functions):
    assert signatures(functions, lambda function: function["leakproof"]) == []


def test_definers_pin_their_search_path(functions):
    def is_open(function):
        return function["definer"] and "search_path=" not in function["settings"]

    assert signatures(functions, is_open) == []


@pytest.mark.parametrize("suffix", ["", "_uuid", "_text"])
def test_readers_are_stable_and_restricted(functions, suffix):
    by_name = {function["name"]: function for function in functions}
    for reader in READERS:
        function = by_name[reader + suffix]
        assert function["is_public"], reader
        assert (function["volatility"], function["parallel"]) == ("s", "r"), reader
        assert function["is_set"] == (reader in SETS), reader


def test_no_name_has_two_signatures(functions):
    names = [function["name"] for function in functions]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("suffix", ["uuid", "text"])
def test_twins_differ_in_the_id_alone(functions, suffix):
    by_name = {function["name"]: function for function in functions}
    for reader in READERS:
        declared = by_name[reader]["declared"].replace("bigint", suffix)
        assert by_name[f"{reader}_{suffix}"]["declared"] == declared


def test_setting_up_is_not_for_everybody(functions):
    by_name = {function["name"]: function for function in functions}
    assert not by_name["setup"]["is_public"]
    assert not by_name["teardown"]["is_public"]


def test_every_function_has_a_comment(functions):
    assert signatures(functions, lambda function: not function["comment"]) == []


def test_relations_types_and_schema_have_comments(rights_database):
    missing = rights_database.execute(
        """
        SELECT pg_describe_object(d.classid, d.objid, 0)
        FROM pg_depend AS d
        JOIN pg_extension AS e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
          AND e.extname = 'tenant_metrics'
          AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
          AND obj_description(d.objid, d.classid::regclass::name) IS NULL
        UNION ALL
        SELECT t.oid::regtype::text
        FROM pg_type AS t
        JOIN pg_class AS c ON c.oid = t.typrelid
        WHERE c.relkind = 'c' AND c.relnamespace = 'tenant_metrics'::regnamespace
          AND obj_description(t.oid, 'pg_type') IS NULL
        """
    ).fetchall()
    assert missing == []


def test_internal_tables_are_for_dumps_alone(rights_database):
    granted = rights_database.execute(
        """
        SELECT c.oid::regclass::text, grantee::regrole::text, privilege_type
        FROM pg_class AS c, aclexplode(c.relacl)
        WHERE c.relnamespace = 'tenant_metrics'::regnamespace
          AND c.relkind IN ('r', 'p', 'S', 'm') AND grantee <> c.relowner
          AND (grantee <> 'pg_database_owner'::regrole OR is_grantable
               OR privilege_type NOT IN ('SELECT', 'INSERT'))
        UNION ALL
        SELECT a.attrelid::regclass::text, a.attname, privilege_type
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid, aclexplode(a.attacl)
        WHERE c.relnamespace = 'tenant_metrics'::regnamespace
        """
    ).fetchall()
    assert granted == []


def test_views_are_read_only_for_the_public(rights_database):
    rows = rights_database.execute(
        """
        SELECT relname, privilege_type
        FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'tenant_metrics'::regnamespace AND relkind = 'v' AND grantee = 0
        ORDER BY relname
        """
    ).fetchall()
    assert ("dashboard", "SELECT") in rows
    assert {privilege for _, privilege in rows} == {"SELECT"}


def test_nobody_creates_in_the_schema(rights_database):
    (create, usage) = rights_database.execute(
        "SELECT has_schema_privilege('public', 'tenant_metrics', 'CREATE'),"
        " has_schema_privilege('public', 'tenant_metrics', 'USAGE')"
    ).fetchone()
    assert (create, usage) == (False, True)


def test_no_relation_stands_in_public(rights_database):
    """Migration tools propose to drop extension objects that they find there."""
    rows = rights_database.execute(
        """
        SELECT c.relname
        FROM pg_class AS c
        JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        WHERE d.deptype = 'e' AND c.relnamespace = 'public'::regnamespace
        """
    ).fetchall()
    assert rows == []
