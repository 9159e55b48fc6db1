//! Times without a zone as moments, as `timezone(zone, timestamp)` reads them.

use std::cell::Cell;

use pgrx::pg_sys;
use tenant_metrics_core::series::calendar::DAY;
use tenant_metrics_core::summaries::names::name_hash;

use super::clock_changes::{ClockChange, EPOCH, SECOND};
use super::{text, time};
use crate::error::Error;

/// Seconds since 1970 after which no further change of the clocks tells the rules of two zones apart:
/// the year 2500. Before that all rules have begun to repeat themselves.
const RULES_REPEAT: i64 = 16_725_225_600;

/// The clocks of a zone that is found by its name.
pub(super) struct LocalZone {
    /// It stays until the process ends.
    zone: *const pg_sys::pg_tz,
    /// The change that was looked up last, and since when it is the next.
    known: Cell<(i64, ClockChange)>,
}

impl LocalZone {
    /// The zone of this name; `None` if there is none.
    pub(super) fn find(name: &str) -> Result<Option<Self>, Error> {
        let server_name = text::to_server(name)?;
        // SAFETY: the name is NUL-terminated.
        let zone = unsafe { pg_sys::pg_tzset(server_name.as_ptr()) };
        if zone.is_null() {
            return Ok(None);
        }
        let none = ClockChange { at: i64::MIN, ahead: 0, next_ahead: 0 };
        Ok(Some(Self { zone, known: Cell::new((0, none)) }))
    }

    /// The moment at which the clocks show a `timestamp`; `None` where there is no `timestamptz` for
    /// it. Clocks skip some times, which are read by the offset before the change, and show some twice,
    /// which are read by the offset after it, as the server does.
    #[inline]
    pub(super) fn moment(&self, naive: i64) -> Option<i64> {
        if !time::is_finite(naive) {
            return Some(naive);
        }
        let shown = naive.div_euclid(SECOND) + EPOCH;
        // No zone is so far from UTC that a change before this could matter.
        let ClockChange { at, ahead, next_ahead } = self.change_after(shown - DAY / SECOND);
        let (before, after) = (shown - ahead, shown - next_ahead);
        let is_before = match (before < at, after < at) {
            (true, true) => true,
            (false, false) if before > at => false,
            _ => before > after,
        };
        let ahead = if is_before { ahead } else { next_ahead };
        Some(naive - ahead * SECOND).filter(|&moment| time::is_in_range(moment))
    }

    /// The moment at which a `date` begins; likewise.
    #[inline]
    pub(super) fn start_of(&self, date: i32) -> Option<i64> {
        match date {
            i32::MIN => Some(i64::MIN),
            i32::MAX => Some(i64::MAX),
            date => {
                let naive = i64::from(date).checked_mul(DAY)?;
                if time::is_in_range(naive) { self.moment(naive) } else { None }
            }
        }
    }

    /// A hash of all changes of its clocks: of two zones, or of one in two versions of the database of
    /// zones, it is the same only if all times are read alike.
    pub(super) fn rules(&self) -> i64 {
        let (mut rules, mut since) = (0, time::EARLIEST / SECOND + EPOCH);
        while since < RULES_REPEAT {
            // SAFETY: the zone is valid.
            let ClockChange { at, ahead, next_ahead } =
                unsafe { ClockChange::after(since, self.zone) };
            let numbers = [rules, at, ahead, next_ahead].map(i64::to_le_bytes);
            rules = name_hash(numbers.as_flattened());
            since = at;
        }
        rules
    }

    #[inline]
    fn change_after(&self, time: i64) -> ClockChange {
        let (since, change) = self.known.get();
        if (since..change.at).contains(&time) {
            return change;
        }
        // SAFETY: the zone is valid.
        let change = unsafe { ClockChange::after(time, self.zone) };
        self.known.set((time, change));
        change
    }
}
