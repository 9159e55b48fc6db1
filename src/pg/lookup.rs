//! A custom scan that looks tenants up in the dashboard.
//!
//! `SELECT * FROM tenant_dashboard() WHERE tenant_id = $1` asks for one row, but the executor calls
//! the function, which makes the rows of all tenants, and then filters them. An ORM that maps a
//! view of the dashboard asks so for each entity. So where such a condition says which tenants are
//! wanted, the planner is offered a node `TenantLookup`, which calls the reader's body with these
//! ids alone. Rights, snapshot and errors are those of the function that the statement names.
//!
//! [`path`] decides where it applies and what it costs, [`condition`] which conditions say what the
//! ids are, [`plan`] is what the node is told, [`node`] runs it; [`reader`] is what both know of the
//! dashboard.

mod condition;
mod node;
mod path;
mod plan;
mod reader;

pub(crate) use reader::DashboardReader;

/// Makes the node known to the planner; called once, when the library is loaded.
pub(crate) fn register(dashboard: DashboardReader) {
    if reader::set(dashboard) {
        node::register();
        path::watch();
    }
}
