//! How a question is answered.
//!
//! [`route`] obtains usage for every reader, [`account`] keeps what a transaction has found, and
//! the other modules are what is asked. `crates/core/tests/architecture.rs` holds their order.

pub(crate) mod account;
mod adoption;
mod aggregate;
mod audit;
mod budget;
mod catalogue;
pub(crate) mod comparison;
pub(crate) mod cycle;
pub(crate) mod dashboard;
mod duplicates;
pub(crate) mod explain;
mod feature_cells;
pub(crate) mod features;
mod groups;
pub(crate) mod grove;
pub(crate) mod integrity;
mod links;
pub(crate) mod located;
mod lookup;
pub(crate) mod measures;
pub(crate) mod members;
mod pass;
mod pass_price;
mod portable;
pub(crate) mod question;
pub(crate) mod ranking;
mod reading;
pub(crate) mod relatives;
mod route;
pub(crate) mod scalar;
pub(crate) mod series;
pub(crate) mod sharing;
mod stale;
mod statement;
mod summaries;
pub(crate) mod tally;
pub(crate) mod tenant_changes;
mod totals;
pub(crate) mod unused_features;
