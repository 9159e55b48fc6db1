//! The aggregate `tenant_metrics.period_state(tenant, feature, cost, time, split)`: what
//! `usage_state` gives of the events since `split`, and of those before. Two calls of it with
//! FILTER would give the same, but evaluate two more expressions for each event.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::{Cost, NEVER, UsagePeriods};

use super::state::{self, Accumulator, State, state_of};
use super::{Arguments, Types, argument_types};
use crate::error::Error;
use crate::guc;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::{time, varlena};

sql_function!(period_state_transition, transition);
sql_function!(period_state_combine, state::combine::<UsagePeriods>);
sql_function!(period_state_serialize, state::serialize::<UsagePeriods>);
sql_function!(period_state_deserialize, state::deserialize::<UsagePeriods>);
sql_function!(period_state_final, state::serialize::<UsagePeriods>);

impl Accumulator for UsagePeriods {
    type Types = Types;

    fn empty(types: &Types, limit: usize) -> Result<Self, Error> {
        Ok(Self::new(types.id.kind(), limit))
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        Self::settle(self)
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        Self::merge(self, other)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        Self::to_bytes(self)
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
            let types = argument_types(call, "period_state")?;
            Arguments { call, aggregate: "period_state" }.time(5)?;
            let usage = UsagePeriods::new(types.id.kind(), guc::memory_limit());
            State { types: Some(types), usage: Some(usage) }.into_datum(context)
        }
    };
    // SAFETY: an `internal` argument of this function is a state that it gave before.
    let state: &mut State<UsagePeriods> = unsafe { state_of(datum) };
    let Some(types) = state.types else { return Err(Error::NotAnAggregate) };
    if let Some(periods) = &mut state.usage {
        let time = call.int8(4);
        let is_before = call.int8(5).zip(time).is_some_and(|(split, time)| time < split);
        // SAFETY: the arguments have the types that were looked up when the state was made, and
        // live through the call.
        let recorded = unsafe {
            periods.record(
                call.argument(1).map(|id| types.id.read(id)),
                call.argument(2).map(|feature| varlena::bytes(feature)),
                call.argument(3).map_or(Cost::Unpriced, |cost| types.cost.read(cost)),
                time.map_or(NEVER, time::to_core),
                is_before,
            )
        };
        if let Err(error) = recorded {
            state.fail(error)?;
        }
    }
    Ok(Some(datum))
}
