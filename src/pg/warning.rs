//! Warnings that a client gets once a transaction, however many calls have cause for one.

use std::cell::Cell;

use super::{identity, report};

thread_local! {
    /// The transaction that was warned last.
    static WARNED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Sends the warning, a message and a hint, unless this transaction had one before.
pub(crate) fn once_a_transaction((message, hint): (&str, &str)) {
    let transaction = Some(identity::transaction());
    if WARNED.replace(transaction) != transaction {
        report::warning(message, hint);
    }
}
