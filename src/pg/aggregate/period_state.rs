//! The aggregate `tenant_metrics.period_state(tenant, feature, cost, time, split)`: what
//! `usage_state` gives of the events since `split`, and of those before. Two calls of it with
//! FILTER would give the same, but evaluate two more expressions for each event.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::UsagePeriods;

use super::arguments::{ArgumentTypes, EventTypes};
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("period_state", PeriodState);

struct PeriodState(EventTypes);

impl Transition for PeriodState {
    type Accumulator = UsagePeriods;

    fn begin(call: &Call) -> Result<Self, Error> {
        let types = EventTypes::demand(call, "period_state")?;
        ArgumentTypes { call, aggregate: "period_state" }.time(5)?;
        Ok(Self(types))
    }

    fn empty(&self, limit: usize) -> UsagePeriods {
        UsagePeriods::new(self.0.id.kind(), limit)
    }

    #[inline(always)]
    fn record(&mut self, call: &Call, periods: &mut UsagePeriods) -> Result<(), CoreError> {
        // SAFETY: `begin` demanded that these arguments are times.
        let times = unsafe { call.declared_time(5).zip(call.declared_time(4)) };
        let is_before = times.is_some_and(|(split, time)| time < split);
        // SAFETY: the arguments have the types that `begin` demanded.
        let (id, feature, cost, time) = unsafe { self.0.event(call) };
        periods.record(id, feature, cost, time, is_before)
    }
}
