//! Where buckets begin and end on the clocks of a zone.
//!
//! Times are microseconds since 2000-01-01 00:00, in UTC or on the zone's clocks. Between two
//! changes of its clocks a zone's local time runs evenly, so that the next bucket is a matter of
//! the calendar alone; at a change it may jump in either direction.

use std::collections::BTreeSet;

use crate::CoreError;
use crate::bytes::{Encoded, Input, Output};

/// Microseconds of an hour.
pub const HOUR: i64 = 3_600_000_000;

/// Microseconds of a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// 2000-01-01 was a Saturday; weeks begin on Mondays.
const FIRST_MONDAY: i64 = 2;

/// Days from 0000-03-01, with which the cycles of the Gregorian calendar begin, to 2000-01-01.
const DAYS_BEFORE_2000: i64 = 730_425;

/// Days of 400 years.
const DAYS_OF_CYCLE: i64 = 146_097;

/// The clocks of a time zone, and how the host names buckets.
pub trait Clock {
    /// What the clocks show at `time`, less `time`.
    fn shown(&self, time: i64) -> Offset;

    /// The start of the bucket that `time` falls into.
    fn bucket_start(&self, time: i64) -> i64;
}

/// How far local time is from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// Microseconds that clocks are ahead of UTC.
    pub ahead: i64,
    /// When that may change next, later than the time that was asked for; the greatest time if
    /// never.
    pub until: i64,
}

/// The length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// From a full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// Three months, the first ones of a year being January to March.
    Quarter,
    /// A year of the calendar.
    Year,
}

impl Unit {
    /// The first local time after `local` that is in another bucket.
    #[must_use]
    pub fn next(self, local: i64) -> i64 {
        let day = local.div_euclid(DAY);
        let months = match self {
            Self::Hour => return (local.div_euclid(HOUR) + 1).saturating_mul(HOUR),
            Self::Day => return (day + 1).saturating_mul(DAY),
            Self::Week => {
                let week = (day - FIRST_MONDAY).div_euclid(7);
                return ((week + 1) * 7 + FIRST_MONDAY).saturating_mul(DAY);
            }
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        let month = (month_of(day).div_euclid(months) + 1) * months;
        first_day(month).saturating_mul(DAY)
    }
}

impl Encoded for Unit {
    const LEAST: usize = u8::LEAST;

    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        (*self as u8).write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let units = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];
        units.get(usize::from(u8::read(from)?)).copied().ok_or(CoreError::MalformedState)
    }
}

/// When the stretch of time around `time` ends over which clocks run evenly through one bucket.
pub fn stretch_end(clock: &impl Clock, unit: Unit, time: i64) -> i64 {
    let Offset { ahead, until } = clock.shown(time);
    match unit.next(time.saturating_add(ahead)) {
        // The calendar goes on, but times do not.
        i64::MAX => until,
        next => until.min(next.saturating_sub(ahead)),
    }
}

/// The day on the zone's calendar, counted from 2000-01-01.
pub fn local_day(clock: &impl Clock, time: i64) -> i64 {
    time.saturating_add(clock.shown(time).ahead).div_euclid(DAY)
}

/// The starts of the buckets that the times of a range fall into, in order and each once.
#[derive(Debug)]
pub struct BucketStarts<'a, C> {
    clock: &'a C,
    unit: Unit,
    next: i64,
    until: i64,
    ahead: BTreeSet<i64>,
    last: Option<i64>,
}

/// A bucket is found at most this long after times of a later one: clocks never went back by more
/// than a day.
const LOOK_AHEAD: i64 = 3 * DAY;

impl<'a, C: Clock> BucketStarts<'a, C> {
    /// Those of the times from `since` to just before `until`.
    pub fn new(clock: &'a C, unit: Unit, since: i64, until: i64) -> Self {
        Self { clock, unit, next: since, until, ahead: BTreeSet::new(), last: None }
    }
}

impl<C: Clock> Iterator for BucketStarts<'_, C> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        loop {
            let horizon = self.ahead.first().map_or(i64::MAX, |at| at.saturating_add(LOOK_AHEAD));
            if self.next >= self.until || self.next >= horizon {
                break;
            }
            let start = self.clock.bucket_start(self.next);
            // Buckets longer than the look-ahead come again after each change of the clocks.
            if self.last.is_none_or(|last| start > last) {
                #[expect(clippy::disallowed_methods, reason = "the buckets of a few days")]
                self.ahead.insert(start);
            }
            self.next = stretch_end(self.clock, self.unit, self.next);
        }
        self.last = self.ahead.pop_first();
        self.last
    }
}

/// The month of a day since 2000-01-01, counted from January 2000.
fn month_of(day: i64) -> i64 {
    let shifted = day + DAYS_BEFORE_2000;
    let cycle = shifted.div_euclid(DAYS_OF_CYCLE);
    let day = shifted.rem_euclid(DAYS_OF_CYCLE);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months are counted from March here, so that the leap day comes last.
    let month = (5 * day + 2) / 153;
    (cycle * 400 + year - 2000) * 12 + month + 2
}

/// The first day of a month counted from January 2000, in days since 2000-01-01.
fn first_day(month: i64) -> i64 {
    let from_march = month - 2 + 2000 * 12;
    let (year, month) = (from_march.div_euclid(12), from_march.rem_euclid(12));
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5 + 365 * year + year / 4 - year / 100;
    cycle * DAYS_OF_CYCLE + day - DAYS_BEFORE_2000
}
