//! The state of the session, as far as it can change what a statement gives.

use std::ffi::CStr;

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

/// The `search_path` as it is set.
pub(super) fn search_path<'a>() -> &'a CStr {
    // SAFETY: the setting is a string of the server, replaced only between calls.
    unsafe {
        match pg_sys::namespace_search_path {
            path if path.is_null() => c"",
            path => CStr::from_ptr(path),
        }
    }
}

/// `timezone_abbreviations`: the set of abbreviations that the server reads times with.
pub(super) fn abbreviations<'a>() -> &'a CStr {
    // SAFETY: the name is NUL-terminated; the value is a string of the server, replaced only
    // between calls, or null for a setting that does not exist.
    unsafe {
        match pg_sys::GetConfigOption(c"timezone_abbreviations".as_ptr(), true, false) {
            value if value.is_null() => c"",
            value => CStr::from_ptr(value),
        }
    }
}

/// Every setting that has another value than its default, with names and values, as the server
/// would hand them to a parallel worker; `None` if there is no memory for them.
pub(super) fn settings() -> Option<Vec<usize>> {
    // SAFETY: the server writes no more than it says that it needs, from an address of its word's
    // alignment on; what it leaves is zero.
    unsafe {
        let bytes = pg_sys::EstimateGUCStateSpace();
        let mut state = memory::filled(bytes.div_ceil(size_of::<usize>()), 0_usize).ok()?;
        pg_sys::SerializeGUCState(bytes, state.as_mut_ptr().cast());
        Some(state)
    }
}

/// The role that the session belongs to, and the one that `SET ROLE` chose, whatever function runs.
pub(super) fn users() -> [Oid; 2] {
    // SAFETY: reads the state of the session.
    unsafe { [pg_sys::GetSessionUserId(), pg_sys::GetOuterUserId()] }
}

/// Whether the session's snapshot may be older than rows that it sees: its transaction keeps one
/// snapshot, and has written.
pub(crate) fn sees_rows_of_two_times() -> bool {
    // SAFETY: reads the state of the session.
    unsafe {
        pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ.cast_signed()
            && pg_sys::GetTopTransactionIdIfAny() != pg_sys::TransactionId::INVALID
    }
}

/// `row_security`: whether policies filter rows, instead of ending the statement.
pub(crate) fn row_security() -> bool {
    // SAFETY: reads a setting of the server.
    unsafe { pg_sys::row_security }
}

/// What the planner expects it to cost to start parallel workers.
pub(crate) fn parallel_setup_cost() -> f64 {
    // SAFETY: reads a setting of the session.
    unsafe { pg_sys::parallel_setup_cost }
}
