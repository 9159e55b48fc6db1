//! How the scalars of the last statement that had any were answered, for `explain()`.

use std::cell::Cell;

use crate::pg::time;

/// Numbers of answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// When the statement began.
    statement: i64,
    /// Answered by statements of their own.
    pub(crate) single: u64,
    /// Passes made.
    pub(crate) passes: u64,
    /// Answered from a pass that was there.
    pub(crate) cached: u64,
}

thread_local! {
    static LAST: Cell<Tally> = const {
        Cell::new(Tally { statement: 0, single: 0, passes: 0, cached: 0 })
    };
}

/// The tally of the last statement with scalars.
pub(crate) fn last() -> Tally {
    LAST.get()
}

/// Counts an answer by statements of its own.
pub(crate) fn single() {
    count(|tally| tally.single += 1);
}

/// Counts a pass.
pub(crate) fn pass() {
    count(|tally| tally.passes += 1);
}

/// Counts an answer from a pass that was there.
#[inline]
pub(crate) fn cached() {
    count(|tally| tally.cached += 1);
}

#[inline]
fn count(add: impl FnOnce(&mut Tally)) {
    let statement = time::statement_start();
    let mut tally = LAST.get();
    if tally.statement != statement {
        tally = Tally { statement, ..Tally::default() };
    }
    add(&mut tally);
    LAST.set(tally);
}
