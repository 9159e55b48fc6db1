//! The aggregate `tenant_metrics.adoption_state(tenant, feature, time, split)`: when each tenant
//! first used each feature since `split`, and whether it had used it before.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{AdoptionCell, FeatureUsage, UsedAt};
use tenant_metrics_core::usage::NEVER;

use super::arguments::ArgumentTypes;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::ids::IdType;
use crate::pg::{time, varlena};

aggregate!("adoption_state", AdoptionState);

struct AdoptionState(IdType);

impl Transition for AdoptionState {
    type Accumulator = FeatureUsage<AdoptionCell>;

    fn begin(call: &Call) -> Result<Self, Error> {
        let arguments = ArgumentTypes { call, aggregate: "adoption_state" };
        arguments.text(2)?;
        arguments.time(3)?;
        arguments.time(4)?;
        Ok(Self(arguments.id(1)?))
    }

    fn empty(&self, limit: usize) -> Self::Accumulator {
        FeatureUsage::new(self.0.kind(), limit)
    }

    #[inline(always)]
    fn record(&mut self, call: &Call, usage: &mut Self::Accumulator) -> Result<(), CoreError> {
        // SAFETY: `begin` demanded that these arguments are times.
        let (time, split) = unsafe { (call.declared_time(3), call.declared_time(4)) };
        let is_before = split.zip(time).is_some_and(|(split, time)| time < split);
        // SAFETY: the arguments have the types that `begin` demanded, and live through the call.
        let (id, feature) = unsafe {
            (
                call.declared_argument(1).map(|id| self.0.read(id)),
                call.declared_argument(2).map(|feature| varlena::bytes(feature)),
            )
        };
        usage.count(id, feature, UsedAt { time: time.map_or(NEVER, time::to_core), is_before })
    }
}
