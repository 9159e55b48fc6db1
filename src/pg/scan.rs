//! A custom scan that aggregates the rows of a table itself.
//!
//! A statement that asks for nothing but one of the library's aggregates over one table is
//! answered by a node `TenantUsageScan` in place of `Aggregate` above `Seq Scan`: it reads a
//! page's visible rows where they lie and hands them to the transition function, without a slot,
//! an expression or a function call of the server's for each. The executor's own way takes about
//! one and a half times as long. Everything else stays the server's: planning, costs, rights,
//! locks, which rows are visible, which process reads which pages, and the `Finalize Aggregate`
//! above parallel scans.
//!
//! [`path`] decides whether it applies; whatever it does not know, it leaves to the executor.
//! [`plan`] is what it tells the node. [`node`] runs it: [`pages`] gives the rows, [`conditions`]
//! says which of them count, [`layout`] finds values in them, [`work`] counts them.

mod conditions;
mod layout;
mod mixed;
mod node;
mod pages;
mod path;
mod plan;
mod readable;
mod tables;
mod work;

/// Makes the node known to the planner and to workers; called once, when the library is loaded.
pub(crate) fn register() {
    node::register();
    path::watch();
}
