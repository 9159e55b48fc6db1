//! The aggregate `tenant_metrics.adoption_state(tenant, feature, time, split)`: when each tenant
//! first used each feature since `split`, and whether it had used it before.

use tenant_metrics_core::feature_usage::{AdoptionCell, FeatureUsage, UsedAt};
use tenant_metrics_core::usage::NEVER;

use super::state;
use super::{ArgumentTypes, CostType, Direct, EventTypes};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::{ID_TYPES, IdType, is_text};
use crate::pg::{time, varlena};

type Adoptions = FeatureUsage<AdoptionCell>;

sql_function!(adoption_state_transition, transition, run_bare);
sql_function!(adoption_state_combine, state::combine::<Adoptions>);
sql_function!(adoption_state_serialize, state::serialize::<Adoptions>);
sql_function!(adoption_state_deserialize, state::deserialize::<Adoptions>);
sql_function!(adoption_state_final, state::serialize::<Adoptions>);

pub(super) const DIRECT: Direct =
    Direct { symbol: adoption_state_transition, transition, value: state::serialize::<Adoptions> };

fn transition(call: &Call) -> Answer {
    state::transition(
        call,
        || argument_types(call),
        |types, usage: &mut Adoptions| {
            let time = call.int8(3);
            let is_before = call.int8(4).zip(time).is_some_and(|(split, time)| time < split);
            // SAFETY: the arguments have the types that were looked up when the state was made, and
            // live through the call.
            let (id, feature) = unsafe {
                (
                    call.argument(1).map(|id| types.id.read(id)),
                    call.argument(2).map(|feature| varlena::bytes(feature)),
                )
            };
            usage.count(id, feature, UsedAt { time: time.map_or(NEVER, time::to_core), is_before })
        },
    )
}

fn argument_types(call: &Call) -> Result<EventTypes, Error> {
    let arguments = ArgumentTypes { call, aggregate: "adoption_state" };
    arguments.demand(2, "text or varchar", |oid| is_text(oid).then_some(()))?;
    arguments.time(3)?;
    arguments.time(4)?;
    let id = arguments.demand(1, ID_TYPES, IdType::of)?;
    // No costs are read.
    Ok(EventTypes { id, cost: CostType::Float8 })
}
