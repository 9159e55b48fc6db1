//! Tenants that were active in the periods before a day.

use super::calendar::{Clock, DAY, Offset, Unit, local_day, stretch_end};
use super::counts::{SeriesCounts, elements};
use crate::{CoreError, memory};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

/// The periods in which a tenant can be active.
const PERIODS: [Period; 5] =
    [Period::Earlier, Period::MonthBefore, Period::RestOfMonth, Period::RestOfWeek, Period::Day];

/// In which of the periods a tenant was active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Presence(u8);

impl Presence {
    /// That of each of so many tenants, by their numbers, from counts whose buckets are the periods.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn of_each(counts: &SeriesCounts, tenants: usize) -> Result<Vec<Self>, CoreError> {
        let mut presences = memory::filled(tenants, Self::default())?;
        for period in PERIODS {
            let set = counts.tenants(period.number()).unwrap_or_default();
            for tenant in elements(set.iter().copied()).take_while(|&tenant| tenant < tenants) {
                presences[tenant].0 |= Self::bit(period);
            }
        }
        Ok(presences)
    }

    /// Active where one of the two is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the tenant was active at all.
    #[must_use]
    pub fn is_active(self) -> bool {
        self.0 != 0
    }

    fn is_in(self, periods: &[Period]) -> bool {
        periods.iter().any(|&period| self.0 & Self::bit(period) != 0)
    }

    fn bit(period: Period) -> u8 {
        1 << period as u8
    }
}

impl Activity {
    /// Of these tenants.
    #[must_use]
    pub fn of(tenants: impl Iterator<Item = Presence>) -> Self {
        let mut activity = Self::default();
        for tenant in tenants {
            let in_day = tenant.is_in(&[Period::Day]);
            let in_week = in_day || tenant.is_in(&[Period::RestOfWeek]);
            let in_month = in_week || tenant.is_in(&[Period::RestOfMonth]);
            let in_month_before = tenant.is_in(&[Period::MonthBefore]);
            let earlier = tenant.is_in(&[Period::Earlier]);
            activity.day += u64::from(in_day);
            activity.week += u64::from(in_week);
            activity.month += u64::from(in_month);
            activity.new += u64::from(in_month && !in_month_before && !earlier);
            activity.recovered += u64::from(in_month && !in_month_before && earlier);
            activity.lapsed += u64::from(in_month_before && !in_month);
        }
        activity
    }
}
