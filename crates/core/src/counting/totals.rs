//! Totals by tenant.

use super::{Counting, UsageEvent};
use crate::CoreError;
use crate::measures::MeasuredUsage;
use crate::usage::Usage;

/// Counts totals by tenant.
#[derive(Debug)]
pub struct TotalsCounting;

impl Counting for TotalsCounting {
    type Accumulator = Usage;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        usage: &mut Usage,
    ) -> Result<Self::Place, CoreError> {
        usage.slot(event.tenant())
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        tenant: Self::Place,
        event: impl UsageEvent<'e>,
        usage: &mut Usage,
    ) -> Result<(), CoreError> {
        usage.record_at(tenant, event.feature(), &event.cost(), event.time())
    }
}

/// Counts totals by tenant, with the sums of measures.
#[derive(Debug)]
pub struct MeasuredCounting;

impl Counting for MeasuredCounting {
    type Accumulator = MeasuredUsage;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        usage: &mut MeasuredUsage,
    ) -> Result<Self::Place, CoreError> {
        usage.slot(event.tenant())
    }

    #[inline(always)]
    fn lines<'a>(&self, tenant: Self::Place, usage: &'a MeasuredUsage) -> &'a [i64] {
        tenant.map_or(&[], |slot| usage.integers(slot))
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        tenant: Self::Place,
        event: impl UsageEvent<'e>,
        usage: &mut MeasuredUsage,
    ) -> Result<(), CoreError> {
        record_measured(tenant, event, usage)
    }
}

/// Counts an event with its values of measures.
#[inline(always)]
pub(super) fn record_measured<'e>(
    tenant: Option<u32>,
    event: impl UsageEvent<'e>,
    usage: &mut MeasuredUsage,
) -> Result<(), CoreError> {
    let (feature, cost, time) = (event.feature(), event.cost(), event.time());
    usage.record_at(tenant, feature, &cost, time, event.values(), |place| event.value(place))
}
