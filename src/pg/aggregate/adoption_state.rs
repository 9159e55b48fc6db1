//! The aggregate `tenant_metrics.adoption_state(tenant, feature, time, split)`: when each tenant
//! first used each feature since `split`, and whether it had used it before.

use tenant_metrics_core::counting::AdoptionCounting;
use tenant_metrics_core::feature_usage::FeatureUsage;

use super::arguments::ArgumentTypes;
use super::event::Uses;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("adoption_state", AdoptionState);

struct AdoptionState;

impl Aggregate for AdoptionState {
    type Layout = Uses;
    type Counting = AdoptionCounting;

    fn begin(call: &Call) -> Result<(Uses, AdoptionCounting), Error> {
        let uses = Uses::demand(call, "adoption_state")?;
        let split = ArgumentTypes { call, aggregate: "adoption_state" }.constant_time(4)?;
        Ok((uses, AdoptionCounting { split }))
    }

    fn empty(uses: &Uses, _: &AdoptionCounting, limit: usize) -> Counts<Self> {
        FeatureUsage::new(uses.id().kind(), limit)
    }
}
