//! The statements that readers run, from the templates in `sql/query`.
//!
//! Only identifiers, quoted, and expressions made here go into the text; values are parameters.
//! Everything is qualified, because the statements run in the caller's search_path.

#![expect(clippy::disallowed_methods, reason = "a statement has a few parts, of short names")]

mod expressions;
pub(crate) mod groups;
pub(crate) mod states;

use super::question::Question;
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::query::{Param, Row};
use crate::pg::{plans, query};
use crate::source::Source;
use expressions::Expressions;

/// A statement and its parameters.
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Param>,
}

impl Statement {
    /// How many rows the planner expects; `None` if the caller may not run the statement.
    pub(crate) fn estimate(&self) -> Result<Option<f64>, Error> {
        query::estimate(&self.sql, &self.params)
    }

    /// Runs a statement about the question's events, with parallel `workers` if the planner wants
    /// them. Its plan is kept where the question says so.
    pub(crate) fn run(
        &self,
        question: &Question<'_>,
        workers: bool,
        on_row: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match (question.keeps_plan, workers) {
            (true, _) => plans::read(&self.sql, &self.params, on_row),
            (false, true) => query::read(&self.sql, &self.params, on_row),
            (false, false) => query::read_alone(&self.sql, &self.params, on_row),
        }
    }
}

/// Whether a parameter is the one value that is wanted, or an array of such values. The planner
/// knows how much one value finds, but not how long an array is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    One,
    Any,
}

/// All tenants: id, parent.
pub(crate) fn links(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/links.sql"),
        &[
            ("id", &source.tenant_id.quoted),
            ("parent", &source.parent_id.quoted),
            ("tenants", &source.tenants.name),
        ],
    )
}

/// Of the tenants whose id, or whose parent, is `$1` or among `$1`: id, parent.
pub(crate) fn links_of(source: &Source, key: &Column, wanted: Wanted) -> String {
    let wanted = match wanted {
        Wanted::One => "$1",
        Wanted::Any => "ANY ($1)",
    };
    fill(
        include_str!("../../sql/query/links_of.sql"),
        &[
            ("id", &source.tenant_id.quoted),
            ("parent", &source.parent_id.quoted),
            ("tenants", &source.tenants.name),
            ("key", &key.quoted),
            ("wanted", wanted),
        ],
    )
}

/// Whether `$1` is a tenant.
pub(crate) fn is_tenant(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/is_tenant.sql"),
        &[("id", &source.tenant_id.quoted), ("tenants", &source.tenants.name)],
    )
}

/// One column of a table.
pub(crate) fn column_of(table: &str, column: &str) -> String {
    fill(include_str!("../../sql/query/column_of.sql"), &[("column", column), ("table", table)])
}

/// Puts values into the `{places}` of a template.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(place, _)| *place == name);
        debug_assert!(value.is_some(), "the template has no value for {name}");
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(fill("a {x} b {y}", &[("x", "\"{y}\""), ("y", "z")]), "a \"{y}\" b z");
    }
}
