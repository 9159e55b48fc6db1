//! Totals from which events can be taken out again.
//!
//! Numbers and sums take events out by adding fewer than none. The greatest of some numbers does not:
//! so beside it stands how many there are of it. As long as there are some, it is the greatest; where
//! none are left, the events themselves have to be asked.

use crate::measures::MeasureSum;
use crate::money::Money;
use crate::usage::{Cost, NEVER};

/// The greatest of some numbers, and how many there are of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greatest {
    pub(super) number: i64,
    pub(super) count: i64,
}

impl Default for Greatest {
    fn default() -> Self {
        Self { number: i64::MIN, count: 0 }
    }
}

impl Greatest {
    /// Takes a number in so many times, or out.
    #[inline]
    pub fn note(&mut self, number: i64, count: i64) {
        if number > self.number {
            *self = Self { number, count };
        } else if number == self.number {
            self.count += count;
        }
    }

    /// The greatest number; `None` where none of those that were seen is left.
    #[must_use]
    pub fn known(self) -> Option<i64> {
        (self.count > 0).then_some(self.number)
    }
}

/// What a tenant's events with one name have in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetCell {
    /// Number of events.
    pub events: i64,
    /// Number of those that have a time.
    pub(super) timed: i64,
    /// The first time, with all its bits turned: then the first is the greatest.
    pub(super) first: Greatest,
    /// The last time.
    pub(super) last: Greatest,
}

impl NetCell {
    /// Takes so many events of one time in, or out.
    #[inline]
    pub fn note(&mut self, time: i64, weight: i64) {
        self.events += weight;
        if time != NEVER {
            self.timed += weight;
            self.first.note(!time, weight);
            self.last.note(time, weight);
        }
    }

    /// Adds what other events have.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.timed += other.timed;
        self.first.note(other.first.number, other.first.count);
        self.last.note(other.last.number, other.last.count);
    }

    /// The first and the last time, or [`NEVER`]; `None` where the events have to be asked.
    #[must_use]
    pub fn times(&self) -> Option<(i64, i64)> {
        match self.timed {
            0 => Some((NEVER, NEVER)),
            _ => Some((!self.first.known()?, self.last.known()?)),
        }
    }
}

/// The sum of a measure over some events.
#[derive(Debug, Clone, Default)]
pub struct NetSum {
    pub(super) total: Money,
    /// Number of events without a value.
    pub missing: i64,
    /// The most decimals that a value shows.
    pub(super) decimals: Greatest,
}

impl NetSum {
    /// Takes a value of `units * 10^-scale` in so many times, or out, which shows `decimals`.
    #[inline]
    pub fn note(&mut self, (units, scale): (i64, u8), decimals: i64, weight: i64) {
        self.total.add_units_at(i128::from(units) * i128::from(weight), scale);
        self.decimals.note(decimals, weight);
    }

    /// Takes a sum in so many times, or out.
    #[cold]
    pub(super) fn note_sum(&mut self, sum: &Money, weight: i64) {
        self.total.add_times(sum, weight);
        self.decimals.note(sum.decimals().into(), weight);
    }

    /// Takes a cost in so many times, or out.
    pub fn note_cost(&mut self, cost: &Cost<'_>, weight: i64) {
        let mut sum = Money::default();
        match cost.add_to(&mut sum) {
            true => self.note_sum(&sum, weight),
            false => self.missing += weight,
        }
    }

    /// The sum, with the most decimals that were seen.
    #[must_use]
    pub fn value(&self) -> Money {
        let mut total = self.total.clone();
        if let Ok(decimals) = u16::try_from(self.decimals.number) {
            total.show(decimals);
        }
        total
    }

    /// Adds what other events have.
    pub fn add(&mut self, other: &Self) {
        self.total.add_times(&other.total, 1);
        self.missing += other.missing;
        self.decimals.note(other.decimals.number, other.decimals.count);
    }

    /// The sum over so many events; `None` where the events have to be asked for its decimals.
    #[must_use]
    pub fn of(self, events: i64) -> Option<MeasureSum> {
        let mut total = self.total;
        if events != self.missing {
            total.show(u16::try_from(self.decimals.known()?).ok()?);
        }
        Some(MeasureSum { total, missing: self.missing.unsigned_abs() })
    }

    /// Whether [`Self::of`] so many events is known.
    #[must_use]
    pub fn is_known(&self, events: i64) -> bool {
        events == self.missing || self.decimals.known().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_of_the_greatest_leaves_it_unknown() {
        let mut greatest = Greatest::default();
        assert_eq!(greatest.known(), None);
        for (number, count) in [(3, 1), (5, 2), (4, 1), (5, -1)] {
            greatest.note(number, count);
        }
        assert_eq!(greatest.known(), Some(5));
        greatest.note(5, -1);
        assert_eq!(greatest.known(), None);
        greatest.note(6, 1);
        assert_eq!(greatest.known(), Some(6));
    }

    #[test]
    fn the_order_of_events_does_not_matter() {
        let mut cell = NetCell::default();
        for (time, weight) in [(9, -1), (4, 1), (9, 1), (-7, 1), (NEVER, 1), (9, 1)] {
            cell.note(time, weight);
        }
        assert_eq!(cell.times(), Some((-7, 9)));
        assert_eq!((cell.events, cell.timed), (4, 3));
        cell.note(9, -1);
        assert_eq!(cell.times(), None);
        let mut other = NetCell::default();
        for time in [4, -7] {
            other.note(time, -1);
        }
        cell.add(&other);
        assert_eq!((cell.events, cell.times()), (1, Some((NEVER, NEVER))));
    }

    #[test]
    fn a_sum_shows_the_decimals_of_what_is_left() {
        let mut sum = NetSum::default();
        sum.note((125, 2), 2, 1);
        sum.note((7, 0), 0, 1);
        let text =
            |sum: &NetSum, events| sum.clone().of(events).map(|sum| sum.total.digits().to_text());
        assert_eq!(text(&sum, 2).as_deref(), Some("8.25"));
        sum.note((125, 2), 2, -1);
        assert_eq!(text(&sum, 1), None);
        sum.note((7, 0), 0, -1);
        sum.missing += 1;
        assert_eq!(text(&sum, 1).as_deref(), Some("0"));
    }
}
