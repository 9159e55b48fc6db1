//! The aggregate `tenant_metrics.measured_feature_state(tenant, feature, cost, time, measure)`:
//! totals by tenant and feature, with the sum of a measure.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{FeatureUsage, MeasuredCell};

use super::arguments::{ArgumentTypes, CostType, EventTypes};
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("measured_feature_state", MeasuredFeatureState);

struct MeasuredFeatureState {
    types: EventTypes,
    measure: CostType,
}

impl Transition for MeasuredFeatureState {
    type Accumulator = FeatureUsage<MeasuredCell>;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    fn begin(call: &Call) -> Result<Self, Error> {
        let aggregate = "measured_feature_state";
        let types = EventTypes::demand(call, aggregate)?;
        Ok(Self { types, measure: ArgumentTypes { call, aggregate }.cost(5)? })
    }

    fn empty(&self, limit: usize) -> Self::Accumulator {
        FeatureUsage::new(self.types.id.kind(), limit)
    }

    #[inline(always)]
    fn place(
        &self,
        event: Arguments<'_>,
        usage: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError> {
        // SAFETY: the arguments have the types that `begin` demanded.
        let tenant = unsafe { self.types.tenant(event) };
        usage.slot(tenant)
    }

    #[inline(always)]
    fn record(
        &mut self,
        tenant: Self::Place,
        event: Arguments<'_>,
        usage: &mut Self::Accumulator,
    ) -> Result<(), CoreError> {
        let Some(tenant) = tenant else { return Ok(()) };
        // SAFETY: as above.
        let (feature, cost) = unsafe { (self.types.feature(event), self.types.cost(event)) };
        // SAFETY: as above.
        let (time, value) =
            unsafe { (self.types.time(event), self.measure.argument(event.argument(5))) };
        usage.record_measured(tenant, feature, &cost, time, &value)
    }
}
