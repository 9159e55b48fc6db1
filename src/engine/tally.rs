//! How the last statement that read usage was answered, for `explain()` and `EXPLAIN`.

use std::cell::Cell;

use crate::pg::explain::Answers;
use crate::pg::time;

/// How often usage was obtained, and how the last time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) answers: Answers,
    /// The way that usage was read last.
    pub(crate) way: Option<&'static str>,
    /// Whether a cheaper way had needed more than the memory limit.
    pub(crate) fell_back: bool,
}

impl Tally {
    /// Why usage was read in that way, and not in a cheaper one.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.way.map(|_| match self.fell_back {
            true => "a cheaper way needed more than tenant_metrics.memory_limit",
            false => "no cheaper way was open",
        })
    }
}

thread_local! {
    static LAST: Cell<Tally> = const {
        Cell::new(Tally {
            answers: Answers { statement: 0, single: 0, passes: 0, cached: 0 },
            way: None,
            fell_back: false,
        })
    };
}

/// The tally of the last statement that has one.
pub(crate) fn last() -> Tally {
    LAST.get()
}

/// Counts that usage was read in a way: by a pass, or for a single answer.
pub(super) fn read(way: &'static str, fell_back: bool, is_single: bool) {
    count(|tally| {
        tally.way = Some(way);
        tally.fell_back = fell_back;
        match is_single {
            true => tally.answers.single += 1,
            false => tally.answers.passes += 1,
        }
    });
}

/// Counts an answer about the tree by statements of its own.
pub(super) fn single() {
    count(|tally| tally.answers.single += 1);
}

/// Counts an answer from what was there.
#[inline]
pub(super) fn cached() {
    count(|tally| tally.answers.cached += 1);
}

/// Does what is not to be counted.
#[cfg(feature = "check_cache")]
pub(super) fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before = LAST.get();
    let done = work();
    LAST.set(before);
    done
}

#[inline]
fn count(add: impl FnOnce(&mut Tally)) {
    let statement = time::statement_start();
    let mut tally = LAST.get();
    if tally.answers.statement != statement {
        let answers = Answers { statement, ..Answers::default() };
        tally = Tally { answers, ..Tally::default() };
    }
    add(&mut tally);
    LAST.set(tally);
}
