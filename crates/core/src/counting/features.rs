//! Totals and use by tenant and feature.

use super::{Counting, UsageEvent, is_before};
use crate::CoreError;
use crate::feature_usage::{AdoptionCell, FeatureCell, FeatureUsage, MeasuredCell, UsedAt};
use crate::usage::Cost;

/// Counts totals by tenant and feature.
#[derive(Debug)]
pub struct FeatureCounting;

impl Counting for FeatureCounting {
    type Accumulator = FeatureUsage<FeatureCell>;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        usage: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError> {
        usage.slot(event.tenant())
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        tenant: Self::Place,
        event: impl UsageEvent<'e>,
        usage: &mut Self::Accumulator,
    ) -> Result<(), CoreError> {
        let Some(tenant) = tenant else { return Ok(()) };
        usage.record_at(tenant, event.feature(), &event.cost(), event.time())
    }
}

/// Counts totals by tenant and feature, with the sum of the first measure.
#[derive(Debug)]
pub struct MeasuredFeatureCounting;

impl Counting for MeasuredFeatureCounting {
    type Accumulator = FeatureUsage<MeasuredCell>;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        usage: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError> {
        usage.slot(event.tenant())
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        tenant: Self::Place,
        event: impl UsageEvent<'e>,
        usage: &mut Self::Accumulator,
    ) -> Result<(), CoreError> {
        let Some(tenant) = tenant else { return Ok(()) };
        let value = event.values().next().map_or(Cost::Unpriced, |place| event.value(place));
        usage.record_measured(tenant, event.feature(), &event.cost(), event.time(), &value)
    }
}

/// Counts when each tenant used each feature, since a time and before.
#[derive(Debug)]
pub struct AdoptionCounting {
    /// The time; without one all events are since then.
    pub split: Option<i64>,
}

impl Counting for AdoptionCounting {
    type Accumulator = FeatureUsage<AdoptionCell>;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        usage: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError> {
        usage.slot(event.tenant())
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        tenant: Self::Place,
        event: impl UsageEvent<'e>,
        usage: &mut Self::Accumulator,
    ) -> Result<(), CoreError> {
        let Some(tenant) = tenant else { return Ok(()) };
        let time = event.time();
        let used = UsedAt { time, is_before: is_before(time, self.split) };
        usage.count_at(tenant, event.feature(), used)
    }
}
