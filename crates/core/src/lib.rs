//! The arithmetic of tenant_metrics.
//!
//! - [`forest`]: parent links in, a validated forest in depth-first order out.
//! - [`accumulator`]: what counts events; [`usage`]: a cell of totals for each tenant.
//! - [`counting`]: which part of an event goes into which accumulator.
//! - [`feature_usage`]: the same with a cell for each tenant and feature.
//! - [`subtree`]: own totals to subtree totals over a forest.
//! - [`series`]: usage by bucket of time; [`audit`]: usage by what is wrong with it.
//! - [`by_feature`]: what usage by tenant and feature says of features; [`ranking`]: of tenants.
//! - [`measures`]: sums of further columns beside the cost.
//! - [`money`]: exact decimal sums; [`ids`] and [`features`]: dictionaries.
//! - [`memory`]: growth that can fail; [`bytes`] and [`state`]: accumulators between processes.
//!
//! Nothing here knows PostgreSQL, a clock or I/O, so every rule can be tested in microseconds.
//! Long loops call the [`Interrupt`] they are given, so that a host can cancel them.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests may grow as they like"))]
#![cfg_attr(test, allow(clippy::disallowed_macros, reason = "tests may grow as they like"))]

pub mod accumulator;
pub mod audit;
pub mod by_feature;
pub mod bytes;
pub mod counting;
pub mod error;
pub mod feature_usage;
pub mod features;
pub mod forest;
#[cfg(test)]
mod generated;
pub mod ids;
pub mod measures;
pub mod memory;
pub mod money;
pub mod ranking;
pub mod series;
pub mod state;
pub mod subtree;
pub mod summaries;
pub mod usage;

pub use error::CoreError;

/// Called every [`INTERRUPT_INTERVAL`] iterations of a loop over data; it may unwind.
pub type Interrupt<'a> = &'a dyn Fn();

/// How many iterations may pass between two looks at a pending cancel.
pub const INTERRUPT_INTERVAL: usize = 1024;

/// Calls `interrupt` when iteration `i` is a multiple of [`INTERRUPT_INTERVAL`].
#[inline]
pub(crate) fn poll(i: usize, interrupt: Interrupt<'_>) {
    if i.is_multiple_of(INTERRUPT_INTERVAL) {
        interrupt();
    }
}
