//! The aggregate `tenant_metrics.feature_state(tenant, feature, cost, time)`: totals by tenant and
//! feature.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{FeatureCell, FeatureUsage};

use super::arguments::EventTypes;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("feature_state", FeatureState);

struct FeatureState(EventTypes);

impl Transition for FeatureState {
    type Accumulator = FeatureUsage<FeatureCell>;

    fn begin(call: &Call) -> Result<Self, Error> {
        Ok(Self(EventTypes::demand(call, "feature_state")?))
    }

    fn empty(&self, limit: usize) -> Self::Accumulator {
        FeatureUsage::new(self.0.id.kind(), limit)
    }

    #[inline(always)]
    fn record(&mut self, call: &Call, usage: &mut Self::Accumulator) -> Result<(), CoreError> {
        // SAFETY: the arguments have the types that `begin` demanded.
        let (id, feature, cost, time) = unsafe { self.0.event(call) };
        usage.record(id, feature, cost, time)
    }
}
