"""PL/pgSQL functions that compare readers with plain SQL while they change things."""

from __future__ import annotations

import pathlib
import re

import around
import plain

TEXT = (pathlib.Path(__file__).resolve().parent / "routines.sql").read_text(encoding="utf-8")
BODIES: dict[str, str] = {
    name: body for name, body in re.findall(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", TEXT, re.M | re.S)
}

COST = plain.Scalar("cost")
RECENT = plain.Window("2024-01-02 UTC", "2024-01-05 UTC")
EVENTS = plain.Scalar("events", window=RECENT)
SUBTREE = plain.Scalar("cost", subtree=True)
DEPTH = plain.Scalar("tenant_depth")


def comparison(scalar: plain.Scalar, tenant: str) -> str:
    label = scalar.call(tenant).replace("'", "''")
    forest = plain.WITH_FOREST if scalar.needs_forest else ""
    compared = (
        f"label := '{label}'; got := {scalar.call(tenant)};"
        f" plain := ({forest}SELECT {scalar.answer()} FROM {scalar.tenants} AS t WHERE t.id = {tenant}); RETURN NEXT;"
    )
    if not scalar.needs_forest:
        return compared
    # On or below a cycle the reader is NULL or an error; beside there is no tenant.
    return (
        f"IF ({plain.place(tenant, scalar)}) = 'ok' THEN {compared}"
        f" ELSIF {plain.CYCLES_ARE_NULL} THEN"
        f" label := '{label}'; got := {scalar.call(tenant)}; plain := NULL; RETURN NEXT; END IF;"
    )


def note() -> str:
    compared = [(COST, "tenant"), (EVENTS, "other"), (SUBTREE, "tenant"), (DEPTH, "tenant"), (COST, "other")]
    return "\n".join(comparison(scalar, tenant) for scalar, tenant in compared)


def dynamic_note() -> str:
    """Compares errors too; only of known tenants, which plain SQL reads usage for."""
    answer = f"SELECT {COST.answer()} FROM tenants AS t WHERE t.id = ".replace("'", "''")
    return f"""IF (harness.outcome('SELECT count(*) FROM tenants AS t WHERE t.id = ' || tenant))[2] = '1' THEN
        label := 'outcome as ' || current_user || ' in ' || current_setting('search_path');
        got := harness.outcome('SELECT tenant_cost(' || tenant || ')');
        plain := harness.outcome('{answer}' || tenant);
        RETURN NEXT;
    END IF;"""


def definitions(few_tenants: bool) -> list[str]:
    """The statements that create the functions harness.<name>(tenant, other)."""
    row = ", ".join(["r.id::text", *around.pair(COST, "r.id")])
    pieces = {"row": row, "note": note(), "dynamic_note": dynamic_note(), "plain_cost": COST.answer()}
    made = []
    for name, body in BODIES.items():
        for piece, text in pieces.items():
            body = body.replace(f"{{{piece}}}", text)
        made.append(
            f"CREATE FUNCTION harness.{name}(tenant int, other int)"
            f" RETURNS TABLE (label text, got text, plain text) LANGUAGE plpgsql VOLATILE AS $body$\n"
            f"#variable_conflict use_column\nBEGIN\n{body}END\n$body$"
        )
    return [*made, *around.definitions(few_tenants), trigger()]


def trigger() -> str:
    """A trigger function that fails with TM001 where a reader and plain SQL differ."""
    return f"""CREATE FUNCTION harness.check_event() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
    difference text := {around.difference(COST, "NEW.tenant_id")};
BEGIN
    IF difference IS NOT NULL THEN
        RAISE EXCEPTION 'in a trigger, %', difference USING ERRCODE = 'TM001';
    END IF;
    RETURN NULL;
END
$body$"""


def block(tenant: int, other: int) -> str:
    """A DO block that writes and compares, and fails with TM001 at a difference."""
    answer = f"SELECT {COST.answer()} FROM tenants AS t WHERE t.id = {tenant}"
    return f"""DO $body$
DECLARE
    got numeric;
    plain numeric;
BEGIN
    FOR n IN 1..3 LOOP
        INSERT INTO events (tenant_id, feature_name, inference_cost, created_at, region)
        VALUES ((ARRAY[{tenant}, {other}])[1 + n % 2], 'block', n * 0.5, '2024-01-06', 'west');
        got := tenant_cost({tenant});
        plain := ({answer});
        IF got IS DISTINCT FROM plain THEN
            RAISE EXCEPTION 'a block got %, plain SQL gives %', got, plain USING ERRCODE = 'TM001';
        END IF;
    END LOOP;
END
$body$"""
