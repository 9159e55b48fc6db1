//! The aggregate `tenant_metrics.period_state(tenant, feature, cost, time, split)`: what
//! `usage_state` gives of the events since `split`, and of those before. Two calls of it with
//! FILTER would give the same, but evaluate two more expressions for each event. With a measure as
//! a further argument it is what `measured_state` gives.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::measures::UsagePeriods;

use super::arguments::{ArgumentTypes, EventTypes, MeasureTypes};
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("period_state", PeriodState);

struct PeriodState {
    types: EventTypes,
    measures: MeasureTypes,
}

impl Transition for PeriodState {
    type Accumulator = UsagePeriods;
    /// Whether the event is of the period before, and the slot of the tenant there.
    type Place = (bool, Option<u32>);

    fn begin(call: &Call) -> Result<Self, Error> {
        let types = EventTypes::demand(call, "period_state")?;
        ArgumentTypes { call, aggregate: "period_state" }.time(5)?;
        Ok(Self { types, measures: MeasureTypes::demand(call, "period_state", 6)? })
    }

    fn empty(&self, limit: usize) -> UsagePeriods {
        UsagePeriods::new(self.types.id.kind(), self.measures.len(), limit)
    }

    #[inline(always)]
    fn place(
        &self,
        event: Arguments<'_>,
        periods: &mut UsagePeriods,
    ) -> Result<Self::Place, CoreError> {
        // SAFETY: `begin` demanded that these arguments are times.
        let times = unsafe { event.time(5).zip(event.time(4)) };
        let is_before = times.is_some_and(|(split, time)| time < split);
        // SAFETY: the arguments have the types that `begin` demanded.
        let tenant = unsafe { self.types.tenant(event) };
        Ok((is_before, periods.of(is_before).slot(tenant)?))
    }

    #[inline(always)]
    fn record(
        &mut self,
        (is_before, tenant): Self::Place,
        event: Arguments<'_>,
        periods: &mut UsagePeriods,
    ) -> Result<(), CoreError> {
        // SAFETY: as above.
        let (feature, cost) = unsafe { (self.types.feature(event), self.types.cost(event)) };
        // SAFETY: as above.
        let time = unsafe { self.types.time(event) };
        let (usage, values) = (periods.of(is_before), self.measures.values(event));
        usage.record_at(tenant, feature, &cost, time, values, |(measure, value)| {
            // SAFETY: as above.
            unsafe { measure.argument(value) }
        })
    }
}
