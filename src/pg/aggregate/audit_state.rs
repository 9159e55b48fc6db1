//! The aggregate `tenant_metrics.audit_state(tenant, feature, cost, time, future)`: numbers of
//! events by tenant and by feature, of those without a price, and of those from `future` on.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::audit::Audit;

use super::state::{self, Accumulator};
use super::{ArgumentTypes, Direct, EventTypes, argument_types};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};

sql_function!(audit_state_transition, transition, run_bare);
sql_function!(audit_state_combine, state::combine::<Audit>);
sql_function!(audit_state_serialize, state::serialize::<Audit>);
sql_function!(audit_state_deserialize, state::deserialize::<Audit>);
sql_function!(audit_state_final, state::serialize::<Audit>);

impl Accumulator for Audit {
    type Types = EventTypes;

    fn empty(types: &EventTypes, limit: usize) -> Result<Self, Error> {
        Ok(Self::new(types.id.kind(), limit))
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        Self::merge(self, other)
    }
}

pub(super) const DIRECT: Direct =
    Direct { symbol: audit_state_transition, transition, value: state::serialize::<Audit> };

fn transition(call: &Call) -> Answer {
    let begin = || {
        let types = argument_types(call, "audit_state")?;
        ArgumentTypes { call, aggregate: "audit_state" }.time(5)?;
        Ok(types)
    };
    state::transition(call, begin, |types, audit: &mut Audit| {
        let is_future = call.int8(5).zip(call.int8(4)).is_some_and(|(from, time)| time >= from);
        // SAFETY: the arguments have the types that were looked up when the state was made.
        let (id, feature, cost, _) = unsafe { types.event(call) };
        audit.record(id, feature, cost, is_future)
    })
}
