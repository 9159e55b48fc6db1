//! The aggregate `tenant_metrics.feature_state(tenant, feature, cost, time)`.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{Counter, FeatureCell, FeatureUsage};

use super::state::{self, Accumulator};
use super::{Direct, EventTypes, argument_types};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};

type UsageByFeature = FeatureUsage<FeatureCell>;

sql_function!(feature_state_transition, transition, run_bare);
sql_function!(feature_state_combine, state::combine::<UsageByFeature>);
sql_function!(feature_state_serialize, state::serialize::<UsageByFeature>);
sql_function!(feature_state_deserialize, state::deserialize::<UsageByFeature>);
sql_function!(feature_state_final, state::serialize::<UsageByFeature>);

impl<C: Counter> Accumulator for FeatureUsage<C> {
    type Types = EventTypes;

    fn empty(types: &EventTypes, limit: usize) -> Result<Self, Error> {
        Ok(Self::new(types.id.kind(), limit))
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        Self::settle(self);
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        Self::merge(self, other)
    }
}

pub(super) const DIRECT: Direct = Direct {
    symbol: feature_state_transition,
    transition,
    value: state::serialize::<UsageByFeature>,
};

fn transition(call: &Call) -> Answer {
    state::transition(
        call,
        || argument_types(call, "feature_state"),
        |types, usage: &mut UsageByFeature| {
            // SAFETY: the arguments have the types that were looked up when the state was made.
            let (id, feature, cost, time) = unsafe { types.event(call) };
            usage.record(id, feature, cost, time)
        },
    )
}
