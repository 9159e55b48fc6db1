"""Mutants of the usage scan: what it has to take care of in the executor's place is left out."""

from __future__ import annotations

from mutant import Edit, Mutant

SCAN_CONDITIONS = "src/pg/scan/conditions.rs"
SCAN_LAYOUT = "src/pg/scan/layout.rs"
SCAN_NODE = "src/pg/scan/node.rs"
SCAN_PARTS = "src/pg/scan/readable.rs"
SCAN_PLAN = "src/pg/scan/plan.rs"
SCAN_WORK = "src/pg/scan/work.rs"

SCANS = (
    Mutant(
        "the usage scan keeps what an execution made",
        (Edit(SCAN_NODE, "        pg_sys::MemoryContextReset(this.memory);\n", ""),),
        ("usage_scan",),
    ),
    Mutant(
        "conditions that the server evaluates are ignored",
        (Edit(SCAN_CONDITIONS, "if self.holds(row, evaluate)", "if self.holds(row, evaluate) || true"),),
        ("usage_conditions",),
    ),
    Mutant(
        "conditions that are the same for all rows are ignored",
        (Edit(SCAN_CONDITIONS, "unsafe { is_true(&custom::evaluate(self.same_for_all, context)) }", "true"),),
        ("usage_conditions",),
    ),
    Mutant(
        "windows are ignored beside other conditions",
        (Edit(SCAN_CONDITIONS, "if !self.bounds.hold(&self.values) {", "if self.is_never() {"),),
        ("usage_conditions",),
    ),
    Mutant(
        "the usage scan ignores windows",
        (Edit(SCAN_WORK, "let holds = table.bounds.hold(values);", "let holds = true;"),),
        ("usage_scan",),
    ),
    Mutant(
        "the usage scan does not look for NULLs",
        (Edit(SCAN_LAYOUT, "if has_null || stored < self.columns.len() {", "if stored < self.columns.len() {"),),
        ("usage_scan",),
    ),
    Mutant(
        "the usage scan takes what rows older than a column lack for NULL",
        (Edit(SCAN_LAYOUT, "self.missing[number]", "NULL"),),
        ("usage_scan",),
    ),
    Mutant(
        "the usage scan does not skip what is before a long value",
        (Edit(SCAN_LAYOUT, "let start = if *at == 0 { start } else { at };", "let start = at;"),),
        ("usage_scan",),
    ),
    Mutant(
        "the usage scan forgets that two arguments are one column",
        (Edit(SCAN_WORK, "values[to] = values[from];", "let _ = (from, to);"),),
        ("usage_scan",),
    ),
    Mutant(
        "the usage scan goes on behind the first row of a page",
        (Edit("src/pg/scan/pages.rs", "scan.rs_cindex = scan.rs_ntuples - 1;", ""),),
        ("usage_scan",),
    ),
    Mutant(
        "the usage scan lets everybody call the aggregate",
        (
            Edit(
                SCAN_NODE,
                "custom::check_execute((*aggref).aggfnoid, pg_sys::ObjectType::OBJECT_AGGREGATE);",
                "",
            ),
        ),
        ("usage_scan",),
    ),
    Mutant(
        "parts have the columns of the whole",
        (
            Edit(
                SCAN_PARTS,
                "false => column((*relation).relid, argument),",
                "false => Some((*argument.cast::<pg_sys::Var>()).varattno),",
            ),
            Edit(
                SCAN_PARTS,
                "let aggref = pg_sys::adjust_appendrel_attrs(root, aggref.cast(), 1, &mut link).cast();",
                "let _ = &mut link;",
            ),
        ),
        ("usage_parts",),
    ),
    Mutant(
        "parts of parts are left out",
        (Edit(SCAN_PARTS, "add_parts(root, part, aggref, parts, others);\n            } else", "} else"),),
        ("usage_parts",),
    ),
    Mutant(
        "parts that the executor has to read are left out",
        (Edit(SCAN_PARTS, "others.push(OtherPart { relation: part, aggref });", "let _ = others;"),),
        ("usage_parts",),
    ),
    Mutant(
        "conditions on tables are forgotten",
        (
            Edit(
                SCAN_PLAN,
                "conditions.by_ref().take(count.unwrap_or(0)).collect()",
                "conditions.by_ref().take(0).collect()",
            ),
        ),
        ("usage_parts",),
    ),
    Mutant(
        "conditions of a part are looked for in the columns of the first",
        (
            Edit(
                SCAN_PLAN,
                ".filter(|(column, _)| column.varno == number && column.varattno > 0)",
                ".filter(|(column, _)| column.varattno > 0)",
            ),
        ),
        ("usage_parts",),
    ),
)
