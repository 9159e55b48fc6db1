//! Warnings that a client gets once a transaction, however many calls have cause for one.

use std::cell::Cell;

use super::{identity, report};
use crate::error::Error;

/// What is warned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Warning {
    Cycle,
    StaleSummaries,
}

thread_local! {
    /// By warning, the transaction that had it last.
    static WARNED: Cell<[Option<u64>; 2]> = const { Cell::new([None; 2]) };
}

/// Sends a warning, a message and a hint, unless this transaction had it before.
pub(crate) fn once_a_transaction(
    of: Warning,
    texts: impl FnOnce() -> Result<(String, String), Error>,
) -> Result<(), Error> {
    let place = match of {
        Warning::Cycle => 0,
        Warning::StaleSummaries => 1,
    };
    let (mut warned, transaction) = (WARNED.get(), Some(identity::transaction()));
    if std::mem::replace(&mut warned[place], transaction) != transaction {
        let (message, hint) = texts()?;
        WARNED.set(warned);
        report::warning(&message, &hint);
    }
    Ok(())
}
