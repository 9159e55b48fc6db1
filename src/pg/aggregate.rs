//! The aggregate `tenant_metrics.usage_state(tenant, feature, cost, time)`.
//!
//! Its state is the core's accumulator, on Rust's heap, owned by the aggregate's memory context:
//! when that goes, on error too, a callback drops it. Its value is the serialised state. Past the
//! memory limit it forgets everything and says so in its value, because an error could not be
//! caught inside a parallel query.

use std::ffi::c_void;

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::CoreError;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::usage::{Cost, NEVER, Usage};

use super::call::{Answer, Call, sql_function};
use super::ids::{ID_TYPES, IdType};
use super::{catalog, numeric, time, varlena};
use crate::error::Error;
use crate::guc;

sql_function!(usage_state_transition, transition);
sql_function!(usage_state_combine, combine);
sql_function!(usage_state_serialize, serialize);
sql_function!(usage_state_deserialize, deserialize);
sql_function!(usage_state_final, serialize);

/// First byte of a value that holds a state.
const COUNTED: u8 = 1;

/// The only byte of a value whose state outgrew the limit.
const OVER_LIMIT: u8 = 2;

/// The types of the aggregate's arguments in this call.
#[derive(Clone, Copy)]
struct Types {
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

struct State {
    /// Nothing in a state that came from another process, which only ever gets merged.
    types: Option<Types>,
    /// Nothing once the limit was passed.
    usage: Option<Usage>,
}

/// Reads a value of the aggregate; nothing if the state had outgrown the limit.
pub(crate) fn read_value(bytes: &[u8]) -> Result<Option<Usage>, Error> {
    match bytes {
        [OVER_LIMIT] => Ok(None),
        [COUNTED, state @ ..] => Ok(Some(Usage::from_bytes(state)?)),
        _ => Err(CoreError::MalformedState.into()),
    }
}

fn transition(call: &Call) -> Answer {
    let datum = match call.argument(0) {
        Some(datum) => datum,
        None => {
            let context = call.aggregate_context()?;
            let types = argument_types(call)?;
            let usage = Usage::new(types.id.kind(), guc::memory_limit());
            State { types: Some(types), usage: Some(usage) }.into_datum(context)
        }
    };
    // SAFETY: an `internal` argument of this function is a state that it gave before.
    let state = unsafe { state_of(datum) };
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

fn combine(call: &Call) -> Answer {
    let context = call.aggregate_context()?;
    let Some(from) = call.argument(1) else { return Ok(call.argument(0)) };
    // SAFETY: `internal` arguments of this function are states.
    let from = unsafe { state_of(from) };
    let Some(into) = call.argument(0) else {
        // A state that was read from another process is used once; any other may be read again.
        let usage = match (&from.types, &mut from.usage) {
            (None, usage) => usage.take(),
            (Some(_), None) => None,
            (Some(types), Some(usage)) => {
                let mut copy = Usage::new(types.id.kind(), guc::memory_limit());
                copy.merge(usage)?;
                Some(copy)
            }
        };
        return Ok(Some(State { types: None, usage }.into_datum(context)));
    };
    // SAFETY: as above; the server never passes the same state twice.
    let state = unsafe { state_of(into) };
    match (&mut state.usage, &from.usage) {
        (Some(usage), Some(more)) => {
            if let Err(error) = usage.merge(more) {
                state.fail(error)?;
            }
        }
        _ => state.usage = None,
    }
    Ok(Some(into))
}

fn serialize(call: &Call) -> Answer {
    call.aggregate_context()?;
    let Some(state) = call.argument(0) else { return Ok(None) };
    // SAFETY: an `internal` argument of this function is a state.
    let value = match &unsafe { state_of(state) }.usage {
        Some(usage) => {
            let mut value = usage.to_bytes()?;
            value.insert(0, COUNTED);
            value
        }
        None => vec![OVER_LIMIT],
    };
    Ok(Some(varlena::datum(&value)))
}

fn deserialize(call: &Call) -> Answer {
    call.aggregate_context()?;
    let Some(bytes) = call.argument(0) else { return Ok(None) };
    // SAFETY: the argument is a bytea and lives through the call.
    let usage = read_value(unsafe { varlena::bytes(bytes) })?;
    // SAFETY: the current context is where the server wants the result.
    let context = unsafe { pg_sys::CurrentMemoryContext };
    Ok(Some(State { types: None, usage }.into_datum(context)))
}

impl State {
    /// Hands the state to `context`, which will drop it.
    fn into_datum(self, context: pg_sys::MemoryContext) -> Datum {
        let state = Box::into_raw(Box::new(self));
        // SAFETY: the callback lives in the context that calls it, and is the only owner of the state.
        unsafe {
            let callback =
                pg_sys::MemoryContextAlloc(context, size_of::<pg_sys::MemoryContextCallback>())
                    .cast::<pg_sys::MemoryContextCallback>();
            *callback = pg_sys::MemoryContextCallback {
                func: Some(drop_state),
                arg: state.cast(),
                next: std::ptr::null_mut(),
            };
            pg_sys::MemoryContextRegisterResetCallback(context, callback);
        }
        Datum::from(state)
    }

    /// Gives up counting if the limit was reached; any other error stays one.
    fn fail(&mut self, error: CoreError) -> Result<(), Error> {
        match error {
            CoreError::MemoryLimit { .. } => {
                self.usage = None;
                Ok(())
            }
            error => Err(error.into()),
        }
    }
}

/// # Safety
/// `datum` must point to a state that is not borrowed elsewhere.
unsafe fn state_of<'a>(datum: Datum) -> &'a mut State {
    // SAFETY: the caller vouches for it.
    unsafe { &mut *datum.cast_mut_ptr::<State>() }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn drop_state(state: *mut c_void) {
    // SAFETY: registered once with a pointer from Box::into_raw.
    drop(unsafe { Box::from_raw(state.cast::<State>()) });
}

fn argument_types(call: &Call) -> Result<Types, Error> {
    let accept = |position: usize, accepted: &'static str, oid: Oid| {
        Ok::<_, Error>(Error::AggregateArgument {
            position,
            found: catalog::type_name(oid)?,
            accepted,
        })
    };
    let (id, feature, cost, time) =
        (call.actual_type(1), call.actual_type(2), call.actual_type(3), call.actual_type(4));
    if !is_text(feature) {
        return Err(accept(2, "text or varchar", feature)?);
    }
    if !matches!(time, pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID) {
        return Err(accept(4, "timestamp with or without time zone", time)?);
    }
    let Some(id) = IdType::of(id) else { return Err(accept(1, ID_TYPES, id)?) };
    let Some(cost) = CostType::of(cost) else { return Err(accept(3, COST_TYPES, cost)?) };
    Ok(Types { id, cost })
}

/// The types that costs may have, for messages.
pub(crate) const COST_TYPES: &str = "real, double precision, numeric, smallint, integer or bigint";

/// Whether costs of this type can be summed.
pub(crate) fn is_cost(oid: Oid) -> bool {
    CostType::of(oid).is_some()
}

/// Whether values of this type are texts, as feature names are.
pub(crate) fn is_text(oid: Oid) -> bool {
    IdType::of(oid).is_some_and(|id_type| id_type.kind() == IdKind::Text)
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
