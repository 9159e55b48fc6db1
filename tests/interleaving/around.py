"""A reader and plain SQL at the same place: pieces of statements, and functions around them."""

from __future__ import annotations

import plain
from plain import Scalar, Window

# What plain SQL gives for a tenant, which is $1 in the statement: the value as an only element, NULL
# in it for an unknown tenant; or NULL where plain SQL fails, and where the reader fails on a cycle.
# Each call plans and runs anew in the caller's snapshot, with the settings and the role of its place.
TRUTH = """CREATE FUNCTION harness.truth(statement text, tenant int) RETURNS text[]
    LANGUAGE plpgsql STABLE AS $body$
DECLARE
    found text[];
BEGIN
    EXECUTE replace(statement, '{forest}', $forest${with_forest}$forest$) INTO found USING tenant;
    IF found[2] = 'cycle' AND current_setting('tenant_metrics.on_cycle', true) = 'error' THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY[found[1]];
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$body$"""


def truth(scalar: Scalar, tenant: str) -> str:
    """What plain SQL gives for the tenant, as harness.truth() says it."""
    value = f"ARRAY[({scalar.answer()})::text]"
    prefix = ""
    if scalar.needs_forest:
        prefix = "{forest}"
        value = f"CASE WHEN t.id IN (SELECT id FROM cyclic) THEN ARRAY[NULL, 'cycle'] ELSE {value} END"
    return f"harness.truth($sql${prefix}SELECT {value} FROM {scalar.tenants} AS t WHERE t.id = $1$sql$, {tenant})"


def pair(scalar: Scalar, tenant: str) -> tuple[str, str]:
    """A reader and plain SQL at one place; both NULL where plain SQL fails."""
    there = truth(scalar, tenant)
    return f"CASE WHEN {there} IS NOT NULL THEN ({scalar.call(tenant)})::text END", f"({there})[1]"


def difference(scalar: Scalar, tenant: str) -> str:
    """NULL, or a reader and plain SQL where they differ."""
    got, expected = pair(scalar, tenant)
    return (
        f"CASE WHEN ({got}) IS DISTINCT FROM ({expected})"
        f" THEN concat('{scalar.column}: got ', ({got}), ', plain SQL gives ', ({expected})) END"
    )


# Functions around readers that give NULL, or how a reader and plain SQL differ in them; {compared}
# is an expression of the parameter `tenant`.
AROUND = {
    "sql_inlined": "LANGUAGE sql STABLE AS $body$ SELECT {compared} $body$",
    "sql_volatile": "LANGUAGE sql VOLATILE AS $body$ SELECT nextval('harness.calls') % 1 || {compared} $body$",
    "sql_definer": "LANGUAGE sql STABLE SECURITY DEFINER AS $body$ SELECT {compared} $body$",
    "sql_west": "LANGUAGE sql STABLE SET app.region = 'west' AS $body$ SELECT {compared} $body$",
    "sql_beta": "LANGUAGE sql STABLE SET search_path = beta, public AS $body$ SELECT {compared} $body$",
    "expression": "LANGUAGE plpgsql STABLE AS $body$ BEGIN RETURN {compared}; END $body$",
    "volatile_expression": "LANGUAGE plpgsql VOLATILE AS $body$ BEGIN RETURN {compared}; END $body$",
    "east_expression": """LANGUAGE plpgsql VOLATILE SET app.region = 'east' AS $body$
        BEGIN
            RETURN {compared};
        END $body$""",
    "clerks_expression": "LANGUAGE plpgsql SET role = 'clerk_{seed}' AS $body$ BEGIN RETURN {compared}; END $body$",
    "query": """LANGUAGE plpgsql VOLATILE AS $body$
        DECLARE found text;
        BEGIN
            FOR found IN SELECT {compared} FROM generate_series(1, 2) LOOP
                IF found IS NOT NULL THEN RETURN found; END IF;
                PERFORM set_config('app.region', (ARRAY['west', 'all'])[1 + tenant % 2], true);
            END LOOP;
            RETURN NULL;
        END $body$""",
    "switching": """LANGUAGE plpgsql VOLATILE AS $body$
        DECLARE found text;
        BEGIN
            FOR n IN 1..4 LOOP
                PERFORM set_config((ARRAY['app.region', 'session_authorization', 'app.noise', 'role'])[n],
                    (ARRAY['east', 'auditor_{seed}', 'loud', 'none'])[n], true);
                found := {compared};
                EXIT WHEN found IS NOT NULL;
            END LOOP;
            PERFORM set_config('session_authorization', 'postgres', true);
            RETURN found;
        END $body$""",
}
COMPARED = [
    Scalar("cost"),
    Scalar("events", window=Window("2024-01-02 UTC", "2024-01-05 UTC")),
    Scalar("cost", subtree=True),
]


def definitions(few_tenants: bool) -> list[str]:
    """The statements that create harness.truth() and harness.around_<name>(tenant)."""
    # Plain SQL is slow on large forests.
    scalars = COMPARED if few_tenants else COMPARED[:2]
    compared = f"coalesce({', '.join(difference(scalar, 'tenant') for scalar in scalars)})"
    made = [TRUTH.replace("{with_forest}", plain.WITH_FOREST)]
    made += ["CREATE SEQUENCE harness.calls", "GRANT USAGE ON SEQUENCE harness.calls TO PUBLIC"]
    for name, body in AROUND.items():
        made.append(
            f"CREATE FUNCTION harness.around_{name}(tenant int) RETURNS text {body.replace('{compared}', compared)}"
        )
    made.append("ALTER FUNCTION harness.around_sql_definer OWNER TO auditor_{seed}")
    return made
