"""Mutants of what sources may lack or have beside the model, and of who counts."""

from __future__ import annotations

from mutant import Edit, Mutant

ELIGIBLE = "crates/core/src/by_feature/eligible.rs"
MEASURES = "crates/core/src/measures.rs"

SOURCES = (
    Mutant(
        "costs that the source lacks are 0",
        (
            Edit(
                "src/engine/question.rs",
                "cost: self.cost && source.usage_cost.is_some(),",
                "cost: self.cost,",
            ),
        ),
        ("lacking",),
    ),
    Mutant(
        "a dimension has the catalogue of the features",
        (
            Edit(
                "src/engine/features.rs",
                "Some(_) => Ok(Catalogue::Size(0)),",
                "Some(_) => catalogue::of(&account.source, needs),",
            ),
        ),
        ("dimensions",),
    ),
    Mutant(
        "tenants on cycles count with their subtrees",
        (Edit(ELIGIBLE, "self.scope == Scope::Own\n                    && self", "self"),),
        ("dimensions",),
    ),
    Mutant(
        "tenants without events count as active",
        (
            Edit(
                "crates/core/src/by_feature/adoption.rs",
                "*takes_part &= tenant.is_active;",
                "let _ = tenant.is_active;",
            ),
        ),
        ("dimensions",),
    ),
    Mutant(
        "a pass answers for measures that it lacks",
        (Edit("src/engine/question.rs", "\n            && self.measures.cover(other.measures)", ""),),
        ("measures",),
    ),
    Mutant(
        "a pass takes in measures that the caller may not read",
        (
            Edit(
                "src/engine/account.rs",
                "if readable(column.as_ref())? {\n                    measures",
                "if column.is_some() {\n                    measures",
            ),
        ),
        ("measures",),
    ),
    Mutant(
        "an integer that does not fit takes the place of the sum",
        (
            Edit(
                MEASURES,
                "None => sum.total.add_integer(std::mem::replace(integer, value)),",
                "None => *integer = value,",
            ),
        ),
        ("measures",),
    ),
    Mutant(
        "values that are missing below are not counted",
        (Edit(MEASURES, "self.missing += other.missing;", ""),),
        ("measures",),
    ),
    Mutant(
        "values of a matrix stay with the tenant itself",
        (Edit("crates/core/src/by_feature/matrix.rs", "self.value.add(&other.value);", ""),),
        ("measures",),
    ),
    Mutant(
        "values of a group within another do not count in that one",
        (Edit("crates/core/src/series/totals.rs", "self.sum.add(&part.sum);", ""),),
        ("measures",),
    ),
)
