//! The dashboard, as the code that makes its rows describes it.

use std::sync::OnceLock;

use pgrx::pg_sys::{self, Datum};

use crate::pg::call::{Answer, Call};

/// The reader that is looked up in.
pub(crate) struct DashboardReader {
    /// What the server calls for all tenants.
    pub(crate) symbol: unsafe extern "C-unwind" fn(pg_sys::FunctionCallInfo) -> Datum,
    /// The rows of the tenants in an array of ids, each once: called with that array, `since`,
    /// `until` and `source`.
    pub(crate) rows: fn(&Call) -> Answer,
    /// What the look-up of one tenant costs as a part of what all tenants cost, by a guess: of the
    /// source of this name, if it is known.
    pub(crate) share: fn(source: Option<&[u8]>) -> f64,
}

static DASHBOARD: OnceLock<DashboardReader> = OnceLock::new();

/// Remembers the reader; says whether it is the first.
pub(super) fn set(dashboard: DashboardReader) -> bool {
    DASHBOARD.set(dashboard).is_ok()
}

/// The reader, once the library is loaded.
pub(super) fn get() -> Option<&'static DashboardReader> {
    DASHBOARD.get()
}
