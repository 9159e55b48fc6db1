//! What every aggregate of the library has in common: where its state lives, and its support
//! functions but for the transition.
//!
//! A state is an accumulator of the core on Rust's heap, owned by the aggregate's memory context:
//! when that goes, on error too, a callback drops it. Its value is the serialised accumulator. Past
//! the memory limit, or where its value would be too large for one, it forgets everything and says so
//! in its value, because an error could not be caught inside a parallel query.

use std::ffi::c_void;

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::CoreError;
use tenant_metrics_core::bytes::{Encoded, Output};

use crate::error::Error;
use crate::guc;
use crate::pg::call::{Answer, Call};
use crate::pg::{reserve, varlena};

/// First byte of a value that holds an accumulator.
const COUNTED: u8 = 1;

/// The only byte of a value whose state outgrew the limit.
const OVER_LIMIT: u8 = 2;

/// What an aggregate accumulates into.
pub(crate) trait Accumulator: Encoded {
    /// What the first transition finds out of its arguments: their types, and constants.
    type Types;

    /// An empty accumulator that may use `limit` bytes.
    fn empty(types: &Self::Types, limit: usize) -> Result<Self, Error>;

    /// Ends the counting of events, for the time being; called before the state is read or merged.
    fn settle(&mut self) -> Result<(), CoreError> {
        Ok(())
    }

    /// Adds what another one counted; useless after an error.
    fn merge(&mut self, other: &Self) -> Result<(), CoreError>;
}

/// A state of an aggregate.
pub(super) struct State<A: Accumulator> {
    /// Nothing in a state that came from another process, which only ever gets merged.
    pub(super) types: Option<A::Types>,
    /// Nothing once the limit was passed.
    pub(super) usage: Option<A>,
}

/// Reads a value of an aggregate; nothing if the state had outgrown the limit.
pub(crate) fn read_value<A: Accumulator>(bytes: &[u8]) -> Result<Option<A>, Error> {
    match bytes {
        [OVER_LIMIT] => Ok(None),
        [COUNTED, state @ ..] => Ok(Some(A::from_bytes(state)?)),
        _ => Err(CoreError::MalformedState.into()),
    }
}

/// The transition function: `begin` finds out at the first event what stays the same, in the
/// aggregate's memory; `record` counts the event of the call.
#[inline(always)]
pub(super) fn transition<A: Accumulator>(
    call: &Call,
    begin: impl FnOnce() -> Result<A::Types, Error>,
    record: impl FnOnce(&mut A::Types, &mut A) -> Result<(), CoreError>,
) -> Answer {
    let datum = match call.argument(0) {
        Some(datum) => datum,
        None => first::<A>(call, begin)?,
    };
    // SAFETY: an `internal` argument of this function is a state that it gave before.
    let state: &mut State<A> = unsafe { state_of(datum) };
    let Some(types) = &mut state.types else { return Err(Error::NotAnAggregate) };
    if let Some(usage) = &mut state.usage
        && let Err(error) = record(types, usage)
    {
        state.fail(error)?;
    }
    Ok(Some(datum))
}

#[cold]
fn first<A: Accumulator>(
    call: &Call,
    begin: impl FnOnce() -> Result<A::Types, Error>,
) -> Result<Datum, Error> {
    let context = call.aggregate_context()?;
    // SAFETY: what the types refer to is to live as long as the state, and so is allocated with
    // it; an error ends the query.
    let caller = unsafe { pg_sys::MemoryContextSwitchTo(context) };
    let types = reserve::with(begin);
    // SAFETY: back to where it was.
    unsafe { pg_sys::MemoryContextSwitchTo(caller) };
    let types = types?;
    let usage = A::empty(&types, guc::memory_limit())?;
    Ok(State { types: Some(types), usage: Some(usage) }.into_datum(context))
}

/// The combine function.
pub(super) fn combine<A: Accumulator>(call: &Call) -> Answer {
    let context = call.aggregate_context()?;
    let Some(from) = call.argument(1) else { return Ok(call.argument(0)) };
    // SAFETY: `internal` arguments of this function are states.
    let from: &mut State<A> = unsafe { state_of(from) };
    from.settle()?;
    let Some(into) = call.argument(0) else {
        // A state that was read from another process is used once; any other may be read again.
        let usage = match (&from.types, &mut from.usage) {
            (None, usage) => usage.take(),
            (Some(_), None) => None,
            (Some(types), Some(usage)) => {
                let mut copy = A::empty(types, guc::memory_limit())?;
                copy.merge(usage)?;
                Some(copy)
            }
        };
        return Ok(Some(State { types: None, usage }.into_datum(context)));
    };
    // SAFETY: as above; the server never passes the same state twice.
    let state: &mut State<A> = unsafe { state_of(into) };
    state.settle()?;
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

/// The serial function, and the final function too.
pub(super) fn serialize<A: Accumulator>(call: &Call) -> Answer {
    call.aggregate_context()?;
    let Some(state) = call.argument(0) else { return Ok(None) };
    // SAFETY: an `internal` argument of this function is a state.
    let state: &mut State<A> = unsafe { state_of(state) };
    state.settle()?;
    if let Some(usage) = &state.usage {
        let mut value = Output::new(varlena::MOST_BYTES);
        match value.put(&[COUNTED]).and_then(|()| usage.write(&mut value)) {
            Ok(()) => return Ok(Some(varlena::datum(&value.into_bytes()))),
            Err(error) => state.fail(error)?,
        }
    }
    Ok(Some(varlena::datum(&[OVER_LIMIT])))
}

/// The deserial function.
pub(super) fn deserialize<A: Accumulator>(call: &Call) -> Answer {
    call.aggregate_context()?;
    let Some(bytes) = call.argument(0) else { return Ok(None) };
    // SAFETY: the argument is a bytea and lives through the call.
    let usage = read_value::<A>(unsafe { varlena::bytes(bytes) })?;
    // SAFETY: the current context is where the server wants the result.
    let context = unsafe { pg_sys::CurrentMemoryContext };
    Ok(Some(State { types: None, usage }.into_datum(context)))
}

impl<A: Accumulator> State<A> {
    /// Hands the state to `context`, which will drop it.
    pub(super) fn into_datum(self, context: pg_sys::MemoryContext) -> Datum {
        // SAFETY: the callback lives in the context that calls it, and is the only owner of the state.
        unsafe {
            let callback =
                pg_sys::MemoryContextAlloc(context, size_of::<pg_sys::MemoryContextCallback>())
                    .cast::<pg_sys::MemoryContextCallback>();
            let state = Box::into_raw(Box::new(self));
            *callback = pg_sys::MemoryContextCallback {
                func: Some(drop_state::<A>),
                arg: state.cast(),
                next: std::ptr::null_mut(),
            };
            pg_sys::MemoryContextRegisterResetCallback(context, callback);
            Datum::from(state)
        }
    }

    fn settle(&mut self) -> Result<(), Error> {
        match self.usage.as_mut().map(A::settle) {
            Some(Err(error)) => self.fail(error),
            _ => Ok(()),
        }
    }

    /// Gives up counting if the limit was reached; any other error stays one.
    pub(super) fn fail(&mut self, error: CoreError) -> Result<(), Error> {
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
/// `datum` must point to a state of this accumulator that is not borrowed elsewhere.
#[inline]
pub(super) unsafe fn state_of<'a, A: Accumulator>(datum: Datum) -> &'a mut State<A> {
    // SAFETY: the caller vouches for it.
    unsafe { &mut *datum.cast_mut_ptr::<State<A>>() }
}

/// Only drops, which cannot raise an error of the server, so it needs no guard.
unsafe extern "C-unwind" fn drop_state<A: Accumulator>(state: *mut c_void) {
    // SAFETY: registered once with a pointer from Box::into_raw.
    drop(unsafe { Box::from_raw(state.cast::<State<A>>()) });
}
