//! The aggregate `tenant_metrics.measured_state(tenant, feature, cost, time, measures...)`: totals
//! by tenant, with the sum of each measure.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::measures::MeasuredUsage;

use super::arguments::{EventTypes, MeasureTypes};
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::prefetch;

aggregate!("measured_state", MeasuredState);

struct MeasuredState {
    types: EventTypes,
    measures: MeasureTypes,
}

impl Transition for MeasuredState {
    type Accumulator = MeasuredUsage;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    fn begin(call: &Call) -> Result<Self, Error> {
        let types = EventTypes::demand(call, "measured_state")?;
        let measures = MeasureTypes::demand(call, "measured_state", 5)?;
        Ok(Self { types, measures })
    }

    fn empty(&self, limit: usize) -> MeasuredUsage {
        MeasuredUsage::new(self.types.id.kind(), self.measures.len(), limit)
    }

    #[inline(always)]
    fn place(
        &self,
        event: Arguments<'_>,
        usage: &mut MeasuredUsage,
    ) -> Result<Self::Place, CoreError> {
        // SAFETY: the arguments have the types that `begin` demanded.
        let tenant = unsafe { self.types.tenant(event) };
        let slot = usage.slot(tenant)?;
        if let Some(slot) = slot {
            prefetch::slice(usage.integers(slot));
        }
        Ok(slot)
    }

    #[inline(always)]
    fn record(
        &mut self,
        tenant: Self::Place,
        event: Arguments<'_>,
        usage: &mut MeasuredUsage,
    ) -> Result<(), CoreError> {
        // SAFETY: as above.
        let (feature, cost) = unsafe { (self.types.feature(event), self.types.cost(event)) };
        // SAFETY: as above.
        let time = unsafe { self.types.time(event) };
        let values = self.measures.values(event);
        usage.record_at(tenant, feature, &cost, time, values, |(measure, value)| {
            // SAFETY: as above.
            unsafe { measure.argument(value) }
        })
    }
}
