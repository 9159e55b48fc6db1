//! The aggregate `tenant_metrics.adoption_state(tenant, feature, time, split)`: when each tenant
//! first used each feature since `split`, and whether it had used it before.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{AdoptionCell, FeatureUsage, UsedAt};
use tenant_metrics_core::usage::NEVER;

use super::arguments::ArgumentTypes;
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::ids::IdType;
use crate::pg::{time, varlena};

aggregate!("adoption_state", AdoptionState);

struct AdoptionState(IdType);

impl Transition for AdoptionState {
    type Accumulator = FeatureUsage<AdoptionCell>;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

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
    fn place(
        &self,
        event: Arguments<'_>,
        usage: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError> {
        // SAFETY: the argument has the type that `begin` demanded, and lives through the call.
        let tenant = unsafe { event.get(1).map(|id| self.0.read(id)) };
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
        // SAFETY: `begin` demanded that these arguments are times.
        let (time, split) = unsafe { (event.time(3), event.time(4)) };
        let is_before = split.zip(time).is_some_and(|(split, time)| time < split);
        // SAFETY: as above.
        let feature = unsafe { event.get(2).map(|feature| varlena::bytes(feature)) };
        let used = UsedAt { time: time.map_or(NEVER, time::to_core), is_before };
        usage.count_at(tenant, feature, used)
    }
}
