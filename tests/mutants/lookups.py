"""Mutants of look-ups in the dashboard: of what the node has to take care of in the executor's place."""

from __future__ import annotations

from mutant import Edit, Mutant

LOOKUP_CONDITION = "src/pg/lookup/condition.rs"
LOOKUP_NODE = "src/pg/lookup/node.rs"
LOOKUP_PATH = "src/pg/lookup/path.rs"
LOOKUP_PLAN = "src/pg/lookup/plan.rs"

LOOKUPS = (
    Mutant(
        "a look-up gives a row for each element of an array",
        (Edit("src/api/sets.rs", "    ids.dedup();\n", ""),),
        ("lookups",),
    ),
    Mutant(
        "a look-up finds an id by another spelling",
        (Edit("src/pg/ids.rs", "if is_shown { on_id(id) } else { Ok(()) }", "let _ = is_shown; on_id(id)"),),
        ("lookups",),
    ),
    Mutant(
        "a look-up fails for what is no id",
        (Edit("src/pg/ids.rs", "Err(Error::InvalidId { .. } | Error::IdOutOfRange { .. }) => return Ok(()),", ""),),
        ("lookups",),
    ),
    Mutant(
        "a look-up keeps its rows when other ids are asked for",
        (
            Edit(
                LOOKUP_NODE,
                "pg_sys::bms_overlap(this.custom.ss.ps.chgParam, this.parameters)",
                "this.parameters.is_null()",
            ),
        ),
        ("lookups",),
    ),
    Mutant(
        "a look-up does not check EXECUTE",
        (
            Edit(
                LOOKUP_NODE,
                "custom::check_execute((*call).funcid, pg_sys::ObjectType::OBJECT_FUNCTION);",
                "",
            ),
        ),
        ("lookups",),
    ),
    Mutant(
        "a look-up forgets the other conditions",
        (Edit(LOOKUP_PLAN, ".filter(|&each| !is_fulfilled(each, taken))", ".filter(|&each| each == taken)"),),
        ("lookups",),
    ),
    Mutant(
        "a look-up is used where rows are locked",
        (Edit(LOOKUP_PATH, "&& (*root).rowMarks.is_null();", ";"),),
        ("lookups",),
    ),
    Mutant(
        "a look-up is used below a root",
        (Edit(LOOKUP_PATH, "            && is_null(argument(call, 0))\n", ""),),
        ("lookups",),
    ),
    Mutant(
        "a look-up computes a volatile id once",
        (Edit(LOOKUP_CONDITION, "                && !pg_sys::contain_volatile_functions(self.other)\n", ""),),
        ("lookups",),
    ),
    Mutant(
        "a look-up finds what is not equal to any element",
        (Edit(LOOKUP_CONDITION, "if !clause.useOr {", "if false {"),),
        ("lookups",),
    ),
)
