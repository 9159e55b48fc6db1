//! The totals of one tenant's events with one feature.

use serde::{Deserialize, Serialize};

use crate::money::{Money, small_numeric};
use crate::usage::{Cost, NEVER};

/// The host's earliest time, before all others.
pub const EARLIEST: i64 = NEVER + 1;

/// The host's latest time, after all others.
pub const LATEST: i64 = i64::MAX;

/// An event at [`EARLIEST`] was seen.
const SAW_EARLIEST: u8 = 1;

/// An event at [`LATEST`] was seen.
const SAW_LATEST: u8 = 2;

/// The totals of one tenant's events with one feature; 64 bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureCell {
    /// Sum of the priced costs.
    pub cost: Money,
    /// Number of events.
    pub events: u64,
    /// The first of the finite times, or [`LATEST`].
    first: i64,
    /// The last of the finite times, or [`NEVER`].
    last: i64,
    /// Which of the two ends of time were seen.
    ends: u8,
}

/// An event that waits to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Where its cell is.
    pub(super) place: u32,
    pub(super) amount: Amount,
    pub(super) time: i64,
}

/// A cost that borrows nothing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    Nothing,
    Float8(f64),
    Float4(f32),
    Integer(i64),
    Numeric { units: i64, scale: u16, decimals: u16 },
}

impl Amount {
    /// The amount of a cost; nothing for numerics that are too long.
    #[inline]
    pub(super) fn of(cost: Cost<'_>) -> Option<Self> {
        Some(match cost {
            Cost::Float8(value) => Self::Float8(value),
            Cost::Float4(value) => Self::Float4(value),
            Cost::Integer(value) => Self::Integer(value),
            Cost::Numeric { negative, weight, decimals, words } => {
                let (units, scale) = small_numeric(negative, weight, words)?;
                Self::Numeric { units, scale, decimals }
            }
            Cost::Unpriced => Self::Nothing,
        })
    }
}

impl Default for FeatureCell {
    fn default() -> Self {
        Self { cost: Money::default(), events: 0, first: LATEST, last: NEVER, ends: 0 }
    }
}

impl FeatureCell {
    /// Totals that were found elsewhere; `times` are first and last of all times, or [`NEVER`],
    /// and the first of the finite ones.
    #[must_use]
    pub fn of(events: u64, cost: Money, times: (i64, i64), finite: Option<i64>) -> Self {
        let mut cell = Self { cost, events, ..Self::default() };
        cell.note(times.0);
        cell.note(times.1);
        cell.first = finite.unwrap_or(LATEST);
        cell
    }

    /// Counts an event.
    #[inline]
    pub(super) fn count(&mut self, event: &Event) {
        self.events += 1;
        self.note(event.time);
        match event.amount {
            Amount::Float8(value) => {
                self.cost.add_float8(value);
            }
            Amount::Float4(value) => {
                self.cost.add_float4(value);
            }
            Amount::Integer(value) => self.cost.add_integer(value),
            Amount::Numeric { units, scale, decimals } => {
                self.cost.add_small_numeric(units, scale, decimals);
            }
            Amount::Nothing => {}
        }
    }

    /// Counts an event whose cost is too long for an [`Amount`].
    #[cold]
    pub(super) fn count_long(&mut self, cost: Cost<'_>, time: i64) {
        self.count(&Event { place: 0, amount: Amount::Nothing, time });
        if let Cost::Numeric { negative, weight, decimals, words } = cost {
            self.cost.add_numeric(negative, weight, decimals, words);
        }
    }

    /// Adds other events' totals.
    pub fn add(&mut self, other: &Self) {
        self.cost.add(&other.cost);
        self.events += other.events;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.ends |= other.ends;
    }

    /// The least time, or [`NEVER`].
    #[must_use]
    pub fn first(&self) -> i64 {
        match self.first {
            _ if self.ends & SAW_EARLIEST != 0 => EARLIEST,
            LATEST if self.ends & SAW_LATEST == 0 => NEVER,
            first => first,
        }
    }

    /// The greatest time, or [`NEVER`].
    #[must_use]
    pub fn last(&self) -> i64 {
        match self.last {
            _ if self.ends & SAW_LATEST != 0 => LATEST,
            NEVER if self.ends & SAW_EARLIEST != 0 => EARLIEST,
            last => last,
        }
    }

    /// The least time between the ends of time.
    #[must_use]
    pub fn first_finite(&self) -> Option<i64> {
        (self.first != LATEST).then_some(self.first)
    }

    #[inline]
    fn note(&mut self, time: i64) {
        match time {
            NEVER => {}
            EARLIEST => self.ends |= SAW_EARLIEST,
            LATEST => self.ends |= SAW_LATEST,
            time => {
                self.first = self.first.min(time);
                self.last = self.last.max(time);
            }
        }
    }
}
