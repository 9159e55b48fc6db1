//! The aggregate `tenant_metrics.feature_state(tenant, feature, cost, time)`: totals by tenant and
//! feature.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{FeatureCell, FeatureUsage};

use super::arguments::EventTypes;
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("feature_state", FeatureState);

struct FeatureState(EventTypes);

impl Transition for FeatureState {
    type Accumulator = FeatureUsage<FeatureCell>;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    fn begin(call: &Call) -> Result<Self, Error> {
        Ok(Self(EventTypes::demand(call, "feature_state")?))
    }

    fn empty(&self, limit: usize) -> Self::Accumulator {
        FeatureUsage::new(self.0.id.kind(), limit)
    }

    #[inline(always)]
    fn place(
        &self,
        event: Arguments<'_>,
        usage: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError> {
        // SAFETY: the arguments have the types that `begin` demanded.
        let tenant = unsafe { self.0.tenant(event) };
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
        let (feature, cost) = unsafe { (self.0.feature(event), self.0.cost(event)) };
        // SAFETY: as above.
        let time = unsafe { self.0.time(event) };
        usage.record_at(tenant, feature, &cost, time)
    }
}
