//! What ends a query from outside.

use super::{report, reserve};

/// Lets a pending cancel or timeout, or a lack of memory, end the query.
pub(crate) fn interrupt() {
    pgrx::check_for_interrupts!();
    if let Err(error) = reserve::check() {
        report::raise(error.into());
    }
}
