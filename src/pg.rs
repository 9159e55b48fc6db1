//! PostgreSQL in, core types out: the only home of `pg_sys`, SPI and unsafe code.

#![allow(unsafe_code, reason = "this module is the border to the server")]

pub(crate) mod aggregate;
pub(crate) mod arrays;
pub(crate) mod buffers;
pub(crate) mod call;
pub(crate) mod catalog;
mod clock_changes;
mod compat;
mod custom;
pub(crate) mod executor;
pub(crate) mod explain;
pub(crate) mod identity;
pub(crate) mod ids;
mod interrupt;
mod local_time;
pub(crate) mod lookup;
mod nodes;
pub(crate) mod numeric;
pub(crate) mod plans;
pub(crate) mod portal;
mod prefetch;
pub(crate) mod query;
pub(crate) mod registry;
pub(crate) mod report;
mod reserve;
pub(crate) mod rewritten;
pub(crate) mod rights;
pub(crate) mod rows;
pub(crate) mod scan;
pub(crate) mod session;
pub(crate) mod snapshot;
pub(crate) mod statistics;
pub(crate) mod summaries;
pub(crate) mod support;
mod tables;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod types;
pub(crate) mod varlena;
pub(crate) mod warning;
mod worker;
pub(crate) mod zone;

use std::ffi::CStr;

pub(crate) use interrupt::interrupt;
pub(crate) use pgrx::pg_sys::{Datum, Oid};

/// Keeps Rust's backtraces from clients, whom pgrx would show them in the DETAIL of each error,
/// whatever environment the server was started in.
///
/// The standard library looks at the environment when it is first asked for a backtrace, and
/// remembers; so it is asked here. The environment is left as it was, because other libraries and
/// programs that the server starts have it too.
pub(crate) fn hide_backtraces() {
    const SWITCH: &str = "RUST_LIB_BACKTRACE";
    let before = std::env::var_os(SWITCH);
    // SAFETY: called from _PG_init, in a process with one thread.
    unsafe { std::env::set_var(SWITCH, "0") };
    drop(std::backtrace::Backtrace::capture());
    // SAFETY: as above.
    unsafe {
        match before {
            Some(value) => std::env::set_var(SWITCH, value),
            None => std::env::remove_var(SWITCH),
        }
    }
}

/// Refuses settings of this prefix that the library does not declare.
pub(crate) fn reserve_prefix(prefix: &'static CStr) {
    // SAFETY: called from _PG_init.
    unsafe { compat::mark_guc_prefix_reserved(prefix) };
}
