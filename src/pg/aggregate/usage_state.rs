//! The aggregate `tenant_metrics.usage_state(tenant, feature, cost, time)`: totals by tenant.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::Usage;

use super::arguments::EventTypes;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("usage_state", UsageState);

struct UsageState(EventTypes);

impl Transition for UsageState {
    type Accumulator = Usage;

    fn begin(call: &Call) -> Result<Self, Error> {
        Ok(Self(EventTypes::demand(call, "usage_state")?))
    }

    fn empty(&self, limit: usize) -> Usage {
        Usage::new(self.0.id.kind(), limit)
    }

    #[inline(always)]
    fn record(&mut self, call: &Call, usage: &mut Usage) -> Result<(), CoreError> {
        // SAFETY: the arguments have the types that `begin` demanded.
        let (id, feature, cost, time) = unsafe { self.0.event(call) };
        usage.record(id, feature, cost, time)
    }
}
