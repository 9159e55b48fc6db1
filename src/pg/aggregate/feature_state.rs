//! The aggregate `tenant_metrics.feature_state(tenant, feature, cost, time)`.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::feature_usage::{FeatureCell, FeatureUsage, Tally};
use tenant_metrics_core::usage::{Cost, NEVER};

use super::state::{self, Accumulator, State, state_of};
use super::{Types, argument_types};
use crate::error::Error;
use crate::guc;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::{time, varlena};

type Totals = FeatureUsage<FeatureCell>;

sql_function!(feature_state_transition, transition);
sql_function!(feature_state_combine, state::combine::<Totals>);
sql_function!(feature_state_serialize, state::serialize::<Totals>);
sql_function!(feature_state_deserialize, state::deserialize::<Totals>);
sql_function!(feature_state_final, state::serialize::<Totals>);

impl<C: Tally> Accumulator for FeatureUsage<C> {
    type Types = Types;

    fn empty(types: &Types, limit: usize) -> Result<Self, Error> {
        Ok(Self::new(types.id.kind(), limit))
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        Self::settle(self);
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        Self::merge(self, other)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        Self::to_bytes(self)
    }

    fn write(&self, into: &mut Vec<u8>) -> Result<(), CoreError> {
        Self::write(self, into)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, CoreError> {
        Self::from_bytes(bytes)
    }
}

fn transition(call: &Call) -> Answer {
    let datum = match call.argument(0) {
        Some(datum) => datum,
        None => {
            let context = call.aggregate_context()?;
            let types = argument_types(call, "feature_state")?;
            let usage = Totals::empty(&types, guc::memory_limit())?;
            State { types: Some(types), usage: Some(usage) }.into_datum(context)
        }
    };
    // SAFETY: an `internal` argument of this function is a state that it gave before.
    let state: &mut State<Totals> = unsafe { state_of(datum) };
    let Some(types) = state.types else { return Err(Error::NotAnAggregate) };
    if let Some(usage) = &mut state.usage {
        // SAFETY: the arguments have the types that were looked up when the state was made, and
        // live through the call.
        let recorded = unsafe {
            usage.record(
                call.argument(1).map(|id| types.id.read(id)),
                call.argument(2).map(|feature| varlena::bytes(feature)),
                call.argument(3).map_or(Cost::Unpriced, |cost| types.cost.read(cost)),
                call.int8(4).map_or(NEVER, time::to_core),
            )
        };
        if let Err(error) = recorded {
            state.fail(error)?;
        }
    }
    Ok(Some(datum))
}
