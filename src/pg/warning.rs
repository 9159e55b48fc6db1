//! Warnings that a client gets once a transaction, however many calls have cause for one.

use std::cell::Cell;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::PgLogLevel;

use super::identity;

thread_local! {
    /// The transaction that was warned last.
    static WARNED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Sends the warning, unless this transaction had it before.
pub(crate) fn once_a_transaction(warning: fn() -> ErrorReport) {
    let transaction = Some(identity::transaction());
    if WARNED.replace(transaction) != transaction {
        warning().report(PgLogLevel::WARNING);
    }
}
