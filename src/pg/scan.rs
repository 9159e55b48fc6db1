//! A custom scan that aggregates the rows of a plain table itself.
//!
//! A statement that asks for nothing but one of the library's aggregates over one table is
//! answered by a node `TenantUsageScan` in place of `Aggregate` above `Seq Scan`: it reads a
//! page's visible rows where they lie and hands them to the transition function, without a slot,
//! an expression or a function call of the server's for each. The executor's own way takes about
//! one and a half times as long. Everything else stays the server's: planning, costs, rights,
//! locks, which rows are visible, which process reads which pages, and the `Finalize Aggregate`
//! above parallel scans.
//!
//! [`path`] decides whether it applies, and is where every condition is; whatever it does not
//! know, it leaves to the executor. [`node`] runs it: [`pages`] gives the rows, [`layout`] finds
//! values in them, [`work`] counts them.

mod layout;
mod node;
mod pages;
mod path;
mod work;

use std::ffi::CStr;

use pgrx::pg_sys;

/// What `EXPLAIN` calls the node, and workers find it by.
const NAME: &CStr = c"TenantUsageScan";

/// A table of callbacks. The server only reads it.
struct Methods<T>(T);

// SAFETY: nothing is ever written, and the only pointers are to a static string and to functions.
unsafe impl<T> Sync for Methods<T> {}

static PATH_METHODS: Methods<pg_sys::CustomPathMethods> = Methods(pg_sys::CustomPathMethods {
    CustomName: NAME.as_ptr(),
    PlanCustomPath: Some(path::plan),
    ReparameterizeCustomPathByChild: None,
});

static SCAN_METHODS: Methods<pg_sys::CustomScanMethods> = Methods(pg_sys::CustomScanMethods {
    CustomName: NAME.as_ptr(),
    CreateCustomScanState: Some(node::create),
});

static EXEC_METHODS: Methods<pg_sys::CustomExecMethods> = Methods(pg_sys::CustomExecMethods {
    CustomName: NAME.as_ptr(),
    BeginCustomScan: Some(node::begin),
    ExecCustomScan: Some(node::next),
    EndCustomScan: Some(node::end),
    ReScanCustomScan: Some(node::rescan),
    MarkPosCustomScan: None,
    RestrPosCustomScan: None,
    EstimateDSMCustomScan: Some(node::estimate_shared),
    InitializeDSMCustomScan: Some(node::begin_shared),
    ReInitializeDSMCustomScan: Some(node::rescan_shared),
    InitializeWorkerCustomScan: Some(node::join_shared),
    ShutdownCustomScan: None,
    ExplainCustomScan: None,
});

/// Makes the node known to the planner and to workers; called once, when the library is loaded.
pub(crate) fn register() {
    // SAFETY: the tables are static.
    unsafe { pg_sys::RegisterCustomScanMethods(&raw const SCAN_METHODS.0) };
    path::watch();
}
