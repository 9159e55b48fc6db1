//! What is counted of one tenant's events with one feature, with the sum of a measure.

use super::FeatureUsage;
use super::cell::{CostAt, Counter, FeatureCell, TotalsCell};
use crate::CoreError;
use crate::bytes::encoded_fields;
use crate::counting::{UsageEvent, UsageTotal};
use crate::measures::MeasureSum;
use crate::money::Amount;
use crate::state::StateKind;
use crate::usage::Cost;

/// The totals of one tenant's events with one feature, and the sum of a measure.
#[derive(Debug, Clone, Default)]
pub struct MeasuredCell {
    /// The totals.
    pub cell: FeatureCell,
    /// The sum.
    pub sum: MeasureSum,
}

/// The cost and time of an event, and its value of the measure.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredAt {
    pub(super) event: CostAt,
    pub(super) value: Amount,
}

impl MeasuredCell {
    /// Counts an event of any cost and value, also of one that is too long for an [`Amount`].
    #[cold]
    pub(super) fn count_any(&mut self, cost: Cost<'_>, time: i64, value: Cost<'_>) {
        self.cell.count_any(cost, time);
        self.sum.count(&value);
    }
}

impl TotalsCell for MeasuredCell {
    fn totals(&self) -> &FeatureCell {
        &self.cell
    }

    fn sum(&self) -> Option<&MeasureSum> {
        Some(&self.sum)
    }

    #[inline(always)]
    fn record<'e>(
        usage: &mut FeatureUsage<Self>,
        tenant: u32,
        event: impl UsageEvent<'e>,
    ) -> Result<(), CoreError> {
        let value = event.values().next().map_or(Cost::Unpriced, |place| event.value(place));
        usage.record_measured(tenant, event.feature(), &event.cost(), event.time(), &value)
    }

    fn of_total(total: &UsageTotal<'_>) -> Self {
        let sum = total.sums.first().cloned().unwrap_or_default();
        Self { cell: FeatureCell::of_total(total), sum }
    }
}

impl Counter for MeasuredCell {
    type Measure = MeasuredAt;

    const KIND: StateKind = StateKind::MeasuredFeatures;

    #[inline]
    fn count(&mut self, MeasuredAt { event, value }: MeasuredAt) {
        self.cell.count(event);
        self.sum.missing += u64::from(!self.sum.total.add_amount(value));
    }

    fn add(&mut self, other: &Self) {
        self.cell.add(&other.cell);
        self.sum.add(&other.sum);
    }

    #[inline]
    fn is_used(&self) -> bool {
        self.cell.is_used()
    }

    fn events(&self) -> u64 {
        self.cell.events()
    }

    fn bytes(&self) -> usize {
        self.cell.bytes() + self.sum.total.bytes()
    }
}

encoded_fields!(MeasuredCell { cell: FeatureCell, sum: MeasureSum }
    if |measured| measured.sum.missing <= measured.cell.events);
