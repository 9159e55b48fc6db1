//! The portable engine: SQL groups the events by tenant and feature, which any planner can spill
//! to disk or send to another server; what is left to do here needs memory for the tenants alone.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::subtree::{ForestTotals, GroupedTotals, Scope};
use tenant_metrics_core::usage::{Cost, NEVER, TenantCell};

use super::{Question, statement};
use crate::error::Error;
use crate::pg::query::Row;
use crate::pg::{interrupt, time};

/// The totals of all tenants of `forest`.
pub(crate) fn totals(
    question: &Question<'_>,
    forest: &Forest,
    catalogue: &Catalogue,
    scope: Scope,
) -> Result<ForestTotals, Error> {
    let mut grouped = GroupedTotals::new(forest, catalogue, scope)?;
    question.read(&statement::grouped_usage(question)?, |row| {
        if let Some(id) = row.id(0, question.source.usage_tenant_type) {
            grouped.add(id, row.bytes(1), &cell(row), &interrupt)?;
        }
        Ok(())
    })?;
    Ok(grouped.finish(&interrupt)?)
}

/// Columns 2 to 5: events, priced events, their cost, latest time.
fn cell(row: &Row) -> TenantCell {
    let mut cell = TenantCell::default();
    cell.events = row.int8(2).cast_unsigned();
    cell.unpriced = cell.events - row.int8(3).cast_unsigned();
    if let Some(Cost::Numeric { negative, weight, decimals, words }) = row.numeric(4) {
        cell.cost.add_numeric(negative, weight, decimals, words);
    }
    cell.last = row.get(5).map_or(NEVER, |_| time::to_core(row.int8(5)));
    cell
}
