//! What ends a query from outside.

use std::cell::Cell;

use super::{report, reserve};

thread_local! {
    static TOO: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// Lets `look` be called at each look at interrupts, in a process that ends by itself.
pub(super) fn look_too(look: fn()) {
    TOO.set(Some(look));
}

/// Lets a pending cancel or timeout, or a lack of memory, end the query.
pub(crate) fn interrupt() {
    pgrx::check_for_interrupts!();
    if let Some(look) = TOO.get() {
        look();
    }
    if let Err(error) = reserve::check() {
        report::raise(error.into());
    }
}
