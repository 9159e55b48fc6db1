//! Totals by tenant of a period and of the one before.

use super::totals::record_measured;
use super::{Counting, UsageEvent, is_before};
use crate::CoreError;
use crate::measures::UsagePeriods;

/// Counts totals by tenant of the events since a time, and of those before.
#[derive(Debug)]
pub struct PeriodCounting {
    /// The time.
    pub split: Option<i64>,
}

impl Counting for PeriodCounting {
    type Accumulator = UsagePeriods;
    /// Whether the event is of the period before, and the slot of the tenant there.
    type Place = (bool, Option<u32>);

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        periods: &mut UsagePeriods,
    ) -> Result<Self::Place, CoreError> {
        let is_before = is_before(event.time(), self.split);
        Ok((is_before, periods.of(is_before).slot(event.tenant())?))
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        (is_before, tenant): Self::Place,
        event: impl UsageEvent<'e>,
        periods: &mut UsagePeriods,
    ) -> Result<(), CoreError> {
        record_measured(tenant, event, periods.of(is_before))
    }
}
