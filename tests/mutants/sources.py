"""Mutants of what sources may lack or have beside the model, and of who counts."""

from __future__ import annotations

from mutant import Edit, Mutant

ELIGIBLE = "crates/core/src/by_feature/eligible.rs"
MEASURES = "crates/core/src/measures.rs"
INTEGRITY = "src/engine/integrity"

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
    Mutant(
        "a measure that is gone is no finding",
        (Edit(f"{INTEGRITY}/columns.rs", "findings.add_all(Kind::UnusableColumn, unusable)?;", "let _ = findings;"),),
        ("measures",),
    ),
    Mutant(
        "findings of events without a feature are those of the first one",
        (
            Edit(
                "crates/core/src/audit.rs",
                "self.add_faults((slot, feature), faults)",
                "self.add_faults((slot, feature.or(Some(0))), faults)",
            ),
        ),
        ("operations",),
    ),
    Mutant(
        "blanks at the ends tell names apart",
        (
            Edit(
                f"{INTEGRITY}/similar.rs",
                'name.get(start..name.len() - end).unwrap_or(b"")',
                'name.get(..).unwrap_or(b"")',
            ),
        ),
        ("dimensions",),
    ),
    Mutant(
        "a measure that is the cost has missing values too",
        (Edit(f"{INTEGRITY}/columns.rs", "measures.only(|place| cost != Some(name(place)))", "measures"),),
        ("measures",),
    ),
)
