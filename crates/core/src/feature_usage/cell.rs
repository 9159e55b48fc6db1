//! What is counted of one tenant's events with one feature.

use super::FeatureUsage;
use crate::CoreError;
use crate::bytes::{Encoded, encoded_fields};
use crate::counting::{UsageEvent, UsageTotal};
use crate::measures::MeasureSum;
use crate::money::{Amount, Money};
use crate::state::StateKind;
use crate::usage::{Cost, NEVER};

/// The host's earliest time, before all others.
pub const EARLIEST: i64 = NEVER + 1;

/// The host's latest time, after all others.
pub const LATEST: i64 = i64::MAX;

/// An event at [`EARLIEST`] was seen.
const SAW_EARLIEST: u8 = 1;

/// An event at [`LATEST`] was seen.
const SAW_LATEST: u8 = 2;

/// What is counted of one tenant's events with one feature.
pub trait Counter: Default + Encoded {
    /// What an event adds.
    type Measure: Copy;

    /// What the states of accumulators of such cells are marked with.
    const KIND: StateKind;

    /// Counts an event.
    fn count(&mut self, event: Self::Measure);

    /// Adds what was counted of other events.
    fn add(&mut self, other: &Self);

    /// Whether any event was counted.
    fn is_used(&self) -> bool;

    /// Number of events, if it is counted.
    fn events(&self) -> u64 {
        0
    }

    /// Heap bytes in use.
    fn bytes(&self) -> usize {
        0
    }
}

/// A cell that has the totals of its events.
pub trait TotalsCell: Counter {
    /// The totals.
    fn totals(&self) -> &FeatureCell;

    /// The sum of the measure, if there is one.
    fn sum(&self) -> Option<&MeasureSum>;

    /// Counts an event of the tenant in a slot.
    ///
    /// # Errors
    /// Those of [`FeatureUsage::count`].
    fn record<'e>(
        usage: &mut FeatureUsage<Self>,
        tenant: u32,
        event: impl UsageEvent<'e>,
    ) -> Result<(), CoreError>;

    /// What all events of the cell have.
    fn of_total(total: &UsageTotal<'_>) -> Self;
}

/// The totals of one tenant's events with one feature; 64 bytes.
#[derive(Debug, Clone)]
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

/// The cost and time of an event.
#[derive(Debug, Clone, Copy)]
pub struct CostAt {
    pub(super) amount: Amount,
    pub(super) time: i64,
}

impl Default for FeatureCell {
    fn default() -> Self {
        Self { cost: Money::default(), events: 0, first: LATEST, last: NEVER, ends: 0 }
    }
}

impl FeatureCell {
    /// Totals that were found elsewhere, with the first and the last of all times, or [`NEVER`].
    /// Of finite times between two infinite ones it knows nothing, and need not:
    /// [`Self::first`] and [`Self::last`] are true.
    #[must_use]
    pub fn of(events: u64, cost: Money, (first, last): (i64, i64)) -> Self {
        let mut cell = Self { cost, events, ..Self::default() };
        cell.note(first);
        cell.note(last);
        cell
    }

    /// Counts an event of any cost, also of one that is too long for an [`Amount`].
    #[cold]
    pub(super) fn count_any(&mut self, cost: Cost<'_>, time: i64) {
        self.count(CostAt { amount: Amount::NOTHING, time });
        cost.add_to(&mut self.cost);
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

impl TotalsCell for FeatureCell {
    fn totals(&self) -> &FeatureCell {
        self
    }

    fn sum(&self) -> Option<&MeasureSum> {
        None
    }

    #[inline(always)]
    fn record<'e>(
        usage: &mut FeatureUsage<Self>,
        tenant: u32,
        event: impl UsageEvent<'e>,
    ) -> Result<(), CoreError> {
        usage.record_at(tenant, event.feature(), &event.cost(), event.time())
    }

    fn of_total(total: &UsageTotal<'_>) -> Self {
        let cost = total.cost.map(|sum| sum.total.clone()).unwrap_or_default();
        Self::of(total.events, cost, total.times)
    }
}

impl Counter for FeatureCell {
    type Measure = CostAt;

    const KIND: StateKind = StateKind::Features;

    #[inline]
    fn count(&mut self, event: CostAt) {
        self.events += 1;
        self.note(event.time);
        self.cost.add_amount(event.amount);
    }

    fn add(&mut self, other: &Self) {
        self.cost.add(&other.cost);
        self.events += other.events;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.ends |= other.ends;
    }

    #[inline]
    fn is_used(&self) -> bool {
        self.events > 0
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn bytes(&self) -> usize {
        self.cost.bytes()
    }
}

encoded_fields!(FeatureCell { events: u64, first: i64, last: i64, ends: u8, cost: Money }
    if |cell| cell.ends <= SAW_EARLIEST | SAW_LATEST);
