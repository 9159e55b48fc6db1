//! The aggregate `tenant_metrics.period_state(tenant, feature, cost, time, split)`: what
//! `usage_state` gives of the events since `split`, and of those before. Two calls of it with
//! FILTER would give the same, but evaluate two more expressions for each event.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::UsagePeriods;

use super::state::{self, Accumulator};
use super::{ArgumentTypes, Direct, EventTypes, argument_types};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};

sql_function!(period_state_transition, transition, run_bare);
sql_function!(period_state_combine, state::combine::<UsagePeriods>);
sql_function!(period_state_serialize, state::serialize::<UsagePeriods>);
sql_function!(period_state_deserialize, state::deserialize::<UsagePeriods>);
sql_function!(period_state_final, state::serialize::<UsagePeriods>);

impl Accumulator for UsagePeriods {
    type Types = EventTypes;

    fn empty(types: &EventTypes, limit: usize) -> Result<Self, Error> {
        Ok(Self::new(types.id.kind(), limit))
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        Self::settle(self)
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        Self::merge(self, other)
    }
}

pub(super) const DIRECT: Direct =
    Direct { symbol: period_state_transition, transition, value: state::serialize::<UsagePeriods> };

fn transition(call: &Call) -> Answer {
    let begin = || {
        let types = argument_types(call, "period_state")?;
        ArgumentTypes { call, aggregate: "period_state" }.time(5)?;
        Ok(types)
    };
    state::transition(call, begin, |types, periods: &mut UsagePeriods| {
        let is_before = call.int8(5).zip(call.int8(4)).is_some_and(|(split, time)| time < split);
        // SAFETY: the arguments have the types that were looked up when the state was made.
        let (id, feature, cost, time) = unsafe { types.event(call) };
        periods.record(id, feature, cost, time, is_before)
    })
}
