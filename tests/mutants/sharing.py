"""Mutants of what calls share under row-level security and over views.

Each part of the key is left out once, and so is each reason for not sharing. The users alone cannot
be: in the minor versions under test the settings tell them apart too.
"""

from __future__ import annotations

from mutant import Edit, Mutant

ACCOUNT = "src/engine/account.rs"
SHARING = "src/engine/sharing.rs"
EXECUTOR = "src/pg/executor.rs"
IDENTITY = "src/pg/identity.rs"
REWRITTEN = "src/pg/rewritten.rs"
HAZARDS = "src/pg/rewritten/hazards.rs"
FAILURES = "src/pg/rewritten/failures.rs"

SHARED = (
    Mutant(
        "what policies ask for is left out",
        (Edit(SHARING, "self.depends_on = DependsOn::Expressions { ask_when: false };", ""),),
        ("cache_policies",),
    ),
    Mutant(
        "the query is left out",
        (Edit(IDENTITY, "site.query() == Some(self.query)", "self.query < u64::MAX"),),
        ("cache_policies",),
    ),
    Mutant(
        "the number of a query outlives it",
        (
            Edit(EXECUTOR, "Some(numbered.remove(at).1)", "Some(numbered[at].1)"),
            Edit(EXECUTOR, "AT_END.get()(number);", "let _ = (number, AT_END.get());"),
        ),
        ("cache_policies",),
    ),
    Mutant(
        "a query need not run",
        (Edit(EXECUTOR, "    if !runs {\n        return None;\n    }\n", "    let _ = runs;\n"),),
        ("cache_policies",),
    ),
    Mutant(
        "settings are left out",
        (Edit(IDENTITY, "\n            && site.settings() == Some(&self.settings)", ""),),
        ("cache_policies", "cache_roles"),
    ),
    Mutant(
        "invalidations of functions are not counted",
        (Edit(IDENTITY, "    count(&FUNCTIONS);\n", "    let _ = &FUNCTIONS;\n"),),
        ("cache_policies",),
    ),
    Mutant(
        "nobody asks when the statement began",
        (Edit(HAZARDS, "found.asks_when |=", "found.asks_when &="),),
        ("cache_policies",),
    ),
    Mutant(
        "a statement is rewritten once for all users",
        (
            Edit(
                REWRITTEN,
                "            user,\n",
                "            user: if sql.is_empty() { user } else { Oid::INVALID },\n",
            ),
        ),
        ("cache_policies",),
    ),
    Mutant(
        "a statement is rewritten once for all policies",
        (
            Edit(REWRITTEN, "[identity::invalidations(), identity::function_invalidations()]", "[0; 2]"),
            Edit(REWRITTEN, "use super::{catalog, identity, plans,", "use super::{catalog, plans,"),
        ),
        ("cache_policies",),
    ),
    Mutant(
        "volatile functions are shared",
        (Edit(HAZARDS, "&& found.end(Hazard::Volatile(function))", "&& Hazard::Volatile(function) == Hazard::Other"),),
        ("sharing",),
    ),
    Mutant(
        "sequences are shared",
        (Edit(HAZARDS, "b'S' => self.end(Hazard::Sequence(entry.relid)),", "b'S' => false,"),),
        ("sharing",),
    ),
    Mutant(
        "samples are shared",
        (Edit(HAZARDS, "if !entry.tablesample.is_null() {", "if false {"),),
        ("sharing",),
    ),
    Mutant(
        "system columns are shared",
        (Edit(HAZARDS, "!changing.contains(&number)", "changing.contains(&number) || number < i32::MAX"),),
        ("sharing",),
    ),
    Mutant(
        "young tables are shared",
        (Edit(REWRITTEN, "find(|&&table| !rights::is_older(table))", "find(|&&table| table == Oid::INVALID)"),),
        ("sharing",),
    ),
    Mutant(
        "a condition that can fail is asked of all tenants",
        (Edit(FAILURES, "false => self.rows_take_part(node, 0),", "false => false,"),),
        ("sharing",),
    ),
    Mutant(
        "a column that can fail is asked of all tenants",
        (Edit(SHARING, "is_asked && form.origin(column) == Origin::CanFail", "is_asked && column > 3"),),
        ("sharing",),
    ),
    Mutant(
        "a pass computes columns that the call did not ask for",
        (
            Edit(
                SHARING,
                "matches!(form.origin(column), Origin::Plain { .. })",
                "form.origin(column) != Origin::Computed",
            ),
        ),
        ("sharing",),
    ),
    Mutant(
        "the tree is read where another tenant's row can fail",
        (
            Edit(ACCOUNT, "if self.sharing.tree_can_fail() {", "if false {"),
            Edit(ACCOUNT, "            && !self.sharing.tree_can_fail()\n", ""),
        ),
        ("sharing",),
    ),
)
