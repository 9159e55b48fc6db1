//! Totals and use by tenant and feature.

use std::marker::PhantomData;

use super::{Counting, UsageEvent, is_before};
use crate::CoreError;
use crate::feature_usage::{AdoptionCell, FeatureUsage, TotalsCell, UsedAt};

/// Counts totals by tenant and feature; with the sum of the first measure where the cells have one.
#[derive(Debug)]
pub struct FeatureCounting<C>(PhantomData<C>);

impl<C> Default for FeatureCounting<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C: TotalsCell> Counting for FeatureCounting<C> {
    type Accumulator = FeatureUsage<C>;
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
        tenant.map_or(Ok(()), |tenant| C::record(usage, tenant, event))
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
