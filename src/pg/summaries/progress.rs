//! How far a build is: for its caller by notices, for other sessions by locks.
//!
//! Other sessions see no row of a transaction that is not at its end, but its locks. So a build locks
//! an object for each per cent, which nobody else asks for.

use std::time::{Duration, Instant};

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::tables::OwnTable;
use crate::pg::{plans, report};

/// How long a build is silent.
const SILENCE: Duration = Duration::from_secs(5);

/// How far the build of a source is.
pub(crate) struct Progress {
    source: String,
    begun: Instant,
    told: Instant,
    /// What was made before this call, as a part of the whole.
    before: f64,
    rows: u64,
}

impl Progress {
    /// Of a build that begins, or goes on, now.
    pub(crate) fn new(source: &str) -> Result<Self, Error> {
        let now = Instant::now();
        let source = memory::text(source)?;
        Ok(Self { source, begun: now, told: now, before: -1.0, rows: 0 })
    }

    /// The part that is made next.
    pub(super) fn part(&mut self, number: i32, built: u32, parts: u32) -> PartProgress<'_> {
        let (built, parts) = (f64::from(built), f64::from(parts.max(1)));
        if self.before < 0.0 {
            self.before = built / parts;
        }
        PartProgress { progress: self, number, built, parts, percent: 0 }
    }

    fn tell(&mut self, done: f64) {
        self.told = Instant::now();
        report::notice(&self.message(done, self.begun.elapsed()), None, None);
    }

    /// What is told of so much of the whole.
    fn message(&self, done: f64, elapsed: Duration) -> String {
        let (here, seconds) = ((done - self.before).max(f64::MIN_POSITIVE), elapsed.as_secs_f64());
        let left = seconds * (1.0 - done) / here;
        format!(
            "summaries of source \"{}\": {:.0} %, {} events, {:.0} events a second, about {left:.0} s left",
            self.source,
            done * 100.0,
            self.rows,
            self.rows as f64 / seconds.max(0.001),
        )
    }
}

/// How far a part is.
pub(super) struct PartProgress<'p> {
    progress: &'p mut Progress,
    number: i32,
    built: f64,
    parts: f64,
    percent: u16,
}

impl PartProgress<'_> {
    /// So many events more were stored.
    pub(super) fn count(&mut self, events: usize) {
        self.progress.rows += events as u64;
    }

    /// So much of the table is read for this part.
    pub(super) fn reach(&mut self, read: f64) -> Result<(), Error> {
        let done = ((self.built + read.min(1.0)) / self.parts).min(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "100 at most")]
        let percent = (done * 100.0) as u16;
        if percent > self.percent {
            self.percent = percent;
            lock(self.number, percent)?;
        }
        if self.progress.told.elapsed() >= SILENCE {
            self.progress.tell(done);
        }
        Ok(())
    }

    /// The part is made; the last one says nothing.
    pub(super) fn finish(self) {
        let done = (self.built + 1.0) / self.parts;
        if done < 1.0 {
            self.progress.tell(done);
        }
    }
}

/// Shows that a build has come so far, until its transaction ends.
fn lock(number: i32, percent: u16) -> Result<(), Error> {
    let class = OwnTable::Summary.oid()?;
    // SAFETY: the lock is of no object of the server's, and of none that a fold asks for, which is 0.
    unsafe {
        pg_sys::LockDatabaseObject(
            class,
            Oid::from(number.cast_unsigned()),
            percent,
            pg_sys::ShareLock.cast_signed(),
        );
    }
    Ok(())
}

/// How many per cent are made of a source's summaries by whoever makes them now; `None` if nobody
/// does.
pub(crate) fn percent(number: i32) -> Result<Option<i64>, Error> {
    let mut percent = None;
    let sql = include_str!("../../../sql/query/build_progress.sql");
    let params =
        [Param::oid(OwnTable::Summary.oid()?), Param::oid(Oid::from(number.cast_unsigned()))];
    plans::read(sql, &params, |row| {
        percent = row.get(0).map(|_| row.int8(0));
        Ok(())
    })?;
    Ok(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_what_is_made_here() {
        let now = Instant::now();
        let progress =
            Progress { source: "s".into(), begun: now, told: now, before: 0.5, rows: 3000 };
        assert_eq!(
            progress.message(0.75, Duration::from_secs(10)),
            "summaries of source \"s\": 75 %, 3000 events, 300 events a second, about 10 s left"
        );
    }
}
