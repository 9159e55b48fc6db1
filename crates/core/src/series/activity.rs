//! Tenants that were active in the periods before a day.

use super::calendar::{Clock, DAY, Offset, Unit, local_day, stretch_end};
use super::counts::SeriesCounts;

/// The periods, by the numbers that they go by as buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Before all others.
    Earlier,
    /// The 30 days before the last 30.
    MonthBefore,
    /// The last 30 days but for the last 7.
    RestOfMonth,
    /// The last 7 days but for the last one.
    RestOfWeek,
    /// The last day.
    Day,
    /// After the last day.
    Later,
}

impl Period {
    /// The period of a day, counted as `last` is.
    #[must_use]
    pub fn of(day: i64, last: i64) -> Self {
        match last.saturating_sub(day) {
            i64::MIN..=-1 => Self::Later,
            0 => Self::Day,
            1..=6 => Self::RestOfWeek,
            7..=29 => Self::RestOfMonth,
            30..=59 => Self::MonthBefore,
            60.. => Self::Earlier,
        }
    }

    /// The number that it goes by.
    #[must_use]
    pub fn number(self) -> i64 {
        self as i64
    }
}

/// The first time from which on the zone's calendar is beyond the day of `time`.
pub fn end_of_day(clock: &impl Clock, time: i64) -> i64 {
    let day = local_day(clock, time);
    let (mut end, mut next) = (time, time);
    // Where clocks go back past midnight, the day goes on after a part of the following one.
    while next < time.saturating_add(3 * DAY) {
        let stretch = next;
        next = stretch_end(clock, Unit::Day, stretch);
        if local_day(clock, stretch) <= day {
            end = next;
        }
    }
    end
}

/// Clocks whose buckets are the periods before a day.
#[derive(Debug)]
pub struct PeriodClock<C> {
    clock: C,
    last: i64,
}

impl<C: Clock> PeriodClock<C> {
    /// The periods that end with the day `last`, counted from 2000-01-01.
    pub fn new(clock: C, last: i64) -> Self {
        Self { clock, last }
    }
}

impl<C: Clock> Clock for PeriodClock<C> {
    fn shown(&self, time: i64) -> Offset {
        self.clock.shown(time)
    }

    fn bucket_start(&self, time: i64) -> i64 {
        Period::of(local_day(&self.clock, time), self.last).number()
    }
}

/// Numbers of tenants that were active, or not, in periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// In the last day.
    pub day: u64,
    /// In the last 7 days.
    pub week: u64,
    /// In the last 30 days.
    pub month: u64,
    /// In the last 30 days and never before.
    pub new: u64,
    /// In the last 30 days, not in the 30 before, but earlier.
    pub recovered: u64,
    /// In the 30 days before the last 30, and not since.
    pub lapsed: u64,
}

impl Activity {
    /// From counts whose buckets are the periods.
    #[must_use]
    pub fn new(counts: &SeriesCounts) -> Self {
        let set = |period: Period| counts.tenants(period.number()).unwrap_or_default();
        let sets = [
            Period::Earlier,
            Period::MonthBefore,
            Period::RestOfMonth,
            Period::RestOfWeek,
            Period::Day,
        ]
        .map(set);
        let words = sets.iter().map(|set| set.len()).max().unwrap_or(0);
        let number = |is_in: fn([u64; 5]) -> u64| -> u64 {
            let word = |at| sets.map(|set| set.get(at).copied().unwrap_or(0));
            (0..words).map(|at| u64::from(is_in(word(at)).count_ones())).sum()
        };
        Self {
            day: number(|[_, _, _, _, day]| day),
            week: number(|[_, _, _, week, day]| week | day),
            month: number(|[_, _, month, week, day]| month | week | day),
            new: number(|[earlier, before, month, week, day]| {
                (month | week | day) & !before & !earlier
            }),
            recovered: number(|[earlier, before, month, week, day]| {
                (month | week | day) & !before & earlier
            }),
            lapsed: number(|[_, before, month, week, day]| before & !(month | week | day)),
        }
    }
}
