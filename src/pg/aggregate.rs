//! The aggregate `tenant_metrics.usage_state(tenant, feature, cost, time)`, and what its siblings
//! share with it: the types of their arguments, and in [`state`] everything but the transition.

mod adoption_state;
mod audit_state;
mod feature_state;
mod period_state;
mod series_state;
mod state;

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::CoreError;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::usage::{Cost, NEVER, Usage};

use super::call::{Answer, Call, sql_function};
use super::ids::{ID_TYPES, IdType, is_text};
use super::{catalog, numeric, time, varlena};
use crate::error::Error;

pub(crate) use state::{Accumulator, read_value};

sql_function!(usage_state_transition, transition, run_bare);
sql_function!(usage_state_combine, state::combine::<Usage>);
sql_function!(usage_state_serialize, state::serialize::<Usage>);
sql_function!(usage_state_deserialize, state::deserialize::<Usage>);
sql_function!(usage_state_final, state::serialize::<Usage>);

/// The types of the aggregate's arguments in this call.
#[derive(Clone, Copy)]
pub(crate) struct EventTypes {
    id: IdType,
    cost: CostType,
}

#[derive(Clone, Copy)]
enum CostType {
    Float8,
    Float4,
    Int2,
    Int4,
    Int8,
    Numeric,
}

impl Accumulator for Usage {
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

/// An aggregate of the library, for a scan that calls its functions itself.
pub(super) struct Direct {
    /// What the server calls for each row.
    symbol: Symbol,
    pub(super) transition: fn(&Call) -> Answer,
    /// The state as bytes: what the serial function makes of it, and the final one too.
    pub(super) value: fn(&Call) -> Answer,
}

type Symbol = unsafe extern "C-unwind" fn(pg_sys::FunctionCallInfo) -> Datum;

static DIRECT: [Direct; 6] = [
    Direct { symbol: usage_state_transition, transition, value: state::serialize::<Usage> },
    feature_state::DIRECT,
    adoption_state::DIRECT,
    period_state::DIRECT,
    series_state::DIRECT,
    audit_state::DIRECT,
];

impl Direct {
    /// The number of the aggregate that is all that a statement asks for, if it is one of these.
    ///
    /// # Safety
    /// Both must be the planner's, of the statement that is being planned.
    pub(super) unsafe fn number_of(
        root: &pg_sys::PlannerInfo,
        aggref: &pg_sys::Aggref,
    ) -> Option<i32> {
        if aggref.aggtranstype != pg_sys::INTERNALOID || aggref.aggvariadic {
            return None;
        }
        // SAFETY: the planner has listed what it knows of the aggregate, and its functions exist.
        let function = unsafe {
            let known = pg_sys::list_nth(root.aggtransinfos, aggref.aggtransno);
            let mut function = pg_sys::FmgrInfo::default();
            pg_sys::fmgr_info((*known.cast::<pg_sys::AggTransInfo>()).transfn_oid, &mut function);
            function.fn_addr?
        };
        let number = DIRECT.iter().position(|each| each.symbol as usize == function as usize)?;
        i32::try_from(number).ok()
    }

    /// The aggregate of this number.
    pub(super) fn numbered(number: i32) -> Option<&'static Self> {
        DIRECT.get(usize::try_from(number).ok()?)
    }
}

fn transition(call: &Call) -> Answer {
    state::transition(
        call,
        || argument_types(call, "usage_state"),
        |types, usage: &mut Usage| {
            // SAFETY: the arguments have the types that were looked up when the state was made.
            let (id, feature, cost, time) = unsafe { types.event(call) };
            usage.record(id, feature, cost, time)
        },
    )
}

impl EventTypes {
    /// The tenant, the feature, the cost and the time of the event that a call is about.
    ///
    /// # Safety
    /// The first arguments of the call, after the state, must have these types.
    #[inline(always)]
    unsafe fn event<'a>(self, call: &'a Call) -> (Option<Id<'a>>, Option<&'a [u8]>, Cost<'a>, i64) {
        // SAFETY: the caller vouches for the types; arguments live through the call.
        unsafe {
            (
                call.argument(1).map(|id| self.id.read(id)),
                call.argument(2).map(|feature| varlena::bytes(feature)),
                call.argument(3).map_or(Cost::Unpriced, |cost| self.cost.read(cost)),
                call.int8(4).map_or(NEVER, time::to_core),
            )
        }
    }
}

/// The types of an aggregate's arguments tenant, feature, cost and time, which are its first.
fn argument_types(call: &Call, aggregate: &'static str) -> Result<EventTypes, Error> {
    let arguments = ArgumentTypes { call, aggregate };
    arguments.demand(2, "text or varchar", |oid| is_text(oid).then_some(()))?;
    arguments.time(4)?;
    let id = arguments.demand(1, ID_TYPES, IdType::of)?;
    let cost = arguments.demand(3, COST_TYPES, CostType::of)?;
    Ok(EventTypes { id, cost })
}

/// The arguments of an aggregate in its first transition.
struct ArgumentTypes<'a> {
    call: &'a Call,
    aggregate: &'static str,
}

impl ArgumentTypes<'_> {
    /// What `accept` makes of the type of the argument in this place; nothing is an error.
    fn demand<T>(
        &self,
        position: usize,
        accepted: &'static str,
        accept: impl FnOnce(Oid) -> Option<T>,
    ) -> Result<T, Error> {
        let oid = self.call.actual_type(position);
        match accept(oid) {
            Some(found) => Ok(found),
            None => Err(Error::AggregateArgument {
                aggregate: self.aggregate,
                position,
                found: catalog::type_name(oid)?,
                accepted,
            }),
        }
    }

    /// Fails unless the argument in this place is a time.
    fn time(&self, position: usize) -> Result<(), Error> {
        self.demand(position, "timestamp with or without time zone", |oid| {
            matches!(oid, pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID).then_some(())
        })
    }
}

/// The types that costs may have, for messages.
pub(crate) const COST_TYPES: &str = "real, double precision, numeric, smallint, integer, or bigint";

/// Whether costs of this type can be summed.
pub(crate) fn is_cost(oid: Oid) -> bool {
    CostType::of(oid).is_some()
}

impl CostType {
    fn of(oid: Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::FLOAT8OID => Self::Float8,
            pg_sys::FLOAT4OID => Self::Float4,
            pg_sys::INT2OID => Self::Int2,
            pg_sys::INT4OID => Self::Int4,
            pg_sys::INT8OID => Self::Int8,
            pg_sys::NUMERICOID => Self::Numeric,
            _ => return None,
        })
    }

    /// # Safety
    /// `datum` must be of this type and stay allocated for `'a`.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a datum carries small values in its low bits"
    )]
    unsafe fn read<'a>(self, datum: Datum) -> Cost<'a> {
        let bits = datum.value();
        match self {
            Self::Float8 => Cost::Float8(f64::from_bits(bits as u64)),
            Self::Float4 => Cost::Float4(f32::from_bits(bits as u32)),
            Self::Int2 => Cost::Integer(i64::from(bits as i16)),
            Self::Int4 => Cost::Integer(i64::from(bits as i32)),
            Self::Int8 => Cost::Integer(bits as i64),
            // SAFETY: the caller vouches for the value.
            Self::Numeric => unsafe { numeric::cost(datum) },
        }
    }
}
