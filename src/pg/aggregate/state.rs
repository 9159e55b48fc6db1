//! What every aggregate of the library has in common: where its state lives, and its support
//! functions but for the transition.
//!
//! A state is an accumulator of the core on Rust's heap, owned by the aggregate's memory context:
//! when that goes, on error too, a callback drops it. Its value is the serialised accumulator, with
//! the version of that format in front (`core::state`). Past the memory limit, or where its value
//! would be too large for one, it forgets everything and says so in its value, because an error could
//! not be caught inside a parallel query.

use std::ffi::c_void;

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::bytes::{Input, Output};
use tenant_metrics_core::ids::Seed;
use tenant_metrics_core::state::{over_limit, read, write};
use tenant_metrics_core::{CoreError, memory};

use super::rows::{ArgumentRows, Arguments};
use crate::error::Error;
use crate::guc;
use crate::pg::call::{Answer, Call};
use crate::pg::{reserve, varlena};

/// What an aggregate makes of its arguments. The value is what it found out from those of the first
/// event: their types, and constants.
pub(super) trait Transition: Sized {
    /// What it accumulates into.
    type Accumulator: Accumulator;
    /// Where an event belongs.
    type Place: Copy;

    /// Looks at the arguments of the first event.
    fn begin(call: &Call) -> Result<Self, Error>;

    /// An empty accumulator that may use `limit` bytes.
    fn empty(&self, limit: usize) -> Self::Accumulator;

    /// Finds out where an event belongs. This is done for all events of a page before they are
    /// counted: the processor fetches what the next look-ups need while it waits for one.
    fn place(
        &self,
        event: Arguments<'_>,
        into: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError>;

    /// Counts an event.
    fn record(
        &mut self,
        place: Self::Place,
        event: Arguments<'_>,
        into: &mut Self::Accumulator,
    ) -> Result<(), CoreError>;
}

/// Declares the C symbols of an aggregate: `$name` with `_transition`, `_combine`, `_serialize`,
/// `_deserialize` and `_final` behind it. `$transition` is its [`Transition`].
macro_rules! aggregate {
    ($name:literal, $transition:ty) => {
        pub(super) const DIRECT: $crate::pg::aggregate::state::Direct = {
            use $crate::pg::aggregate::state;
            use $crate::pg::call::sql_function;

            sql_function!(
                concat!($name, "_transition") => step, state::transition::<$transition>, run_bare
            );
            sql_function!(
                concat!($name, "_combine") => combine, state::combine::<$transition>, run
            );
            sql_function!(
                concat!($name, "_serialize") => serialize, state::serialize::<$transition>, run
            );
            sql_function!(
                concat!($name, "_deserialize") => read, state::deserialize::<$transition>, run
            );
            sql_function!(
                concat!($name, "_final") => finish, state::finish::<$transition>, run
            );
            state::Direct {
                symbol: step,
                count: state::count::<$transition>,
                partial: state::serialize::<$transition>,
                value: state::finish::<$transition>,
            }
        };
    };
}
pub(super) use aggregate;

/// The functions of an aggregate, for a scan that calls them itself.
pub(in crate::pg) struct Direct {
    /// What the server calls for each row.
    pub(super) symbol: unsafe extern "C-unwind" fn(pg_sys::FunctionCallInfo) -> Datum,
    /// Counts rows. The call has the arguments that are the same for all of them.
    pub(in crate::pg) count: fn(&Call, &ArgumentRows) -> Answer,
    /// The state as bytes that are to be merged: what the serial function makes of it.
    pub(in crate::pg) partial: fn(&Call) -> Answer,
    /// The state as bytes that are to be read: what the final function makes of it.
    pub(in crate::pg) value: fn(&Call) -> Answer,
}

/// A state of an aggregate.
struct State<T: Transition> {
    /// Nothing in a state that came from another process, which only ever gets merged.
    transition: Option<T>,
    /// Nothing once the limit was passed.
    usage: Option<T::Accumulator>,
    /// Where the events of a page belong.
    places: Vec<T::Place>,
}

/// Reads a value of an aggregate; `None` if the state had outgrown the limit.
pub(crate) fn read_value<A: Accumulator>(bytes: &[u8]) -> Result<Option<A>, Error> {
    Ok(read(Input::new(bytes).limited(guc::memory_limit()))?)
}

/// The transition function.
#[inline]
pub(super) fn transition<T: Transition>(call: &Call) -> Answer {
    change::<T>(call, |State { transition, usage, .. }| {
        let (Some(transition), Some(usage)) = (transition, usage) else { return Ok(()) };
        let event = Arguments::new(call.arguments());
        let place = transition.place(event, usage)?;
        transition.record(place, event, usage)
    })
}

/// The transitions of many rows.
pub(super) fn count<T: Transition>(call: &Call, rows: &ArgumentRows) -> Answer {
    change::<T>(call, |State { transition, usage, places }| {
        let (Some(transition), Some(usage)) = (transition, usage) else { return Ok(()) };
        places.clear();
        rows.each(|_, event| memory::push(places, transition.place(event, usage)?))?;
        rows.each(|number, event| transition.record(places[number], event, usage))
    })
}

/// Lets `count` change the state of a call, a new one if there is none yet.
#[inline(always)]
fn change<T: Transition>(
    call: &Call,
    count: impl FnOnce(&mut State<T>) -> Result<(), CoreError>,
) -> Answer {
    let datum = match call.argument(0) {
        Some(datum) => datum,
        None => first::<T>(call)?,
    };
    // SAFETY: an `internal` argument of this function is a state that it gave before.
    let state: &mut State<T> = unsafe { state_of(datum) };
    if state.transition.is_none() {
        return Err(Error::NotAnAggregate);
    }
    if let Err(error) = count(state) {
        state.fail(error)?;
    }
    Ok(Some(datum))
}

#[cold]
fn first<T: Transition>(call: &Call) -> Result<Datum, Error> {
    let context = call.aggregate_context()?;
    // SAFETY: what the transition refers to is to live as long as the state, and so is allocated with
    // it; an error ends the query.
    let caller = unsafe { pg_sys::MemoryContextSwitchTo(context) };
    let transition = reserve::with(|| T::begin(call));
    // SAFETY: back to where it was.
    unsafe { pg_sys::MemoryContextSwitchTo(caller) };
    let transition = transition?;
    let mut usage = transition.empty(guc::memory_limit());
    usage.seed(seed());
    Ok(State::new(Some(transition), Some(usage)).into_datum(context))
}

/// What all processes of a statement hash ids by. When it began nobody could know who chose an id.
fn seed() -> Seed {
    // SAFETY: the time of a statement is the same in its workers.
    Seed::new(unsafe { pg_sys::GetCurrentStatementStartTimestamp() }.cast_unsigned())
}

/// The combine function.
pub(super) fn combine<T: Transition>(call: &Call) -> Answer {
    let context = call.aggregate_context()?;
    let Some(from) = call.argument(1) else { return Ok(call.argument(0)) };
    // SAFETY: `internal` arguments of this function are states.
    let from: &mut State<T> = unsafe { state_of(from) };
    from.settle()?;
    let Some(into) = call.argument(0) else {
        // A state that was read from another process is used once; any other may be read again.
        let usage = match (&from.transition, &mut from.usage) {
            (None, usage) => usage.take(),
            (Some(_), None) => None,
            (Some(transition), Some(usage)) => {
                let mut copy = transition.empty(guc::memory_limit());
                copy.merge(usage)?;
                Some(copy)
            }
        };
        return Ok(Some(State::<T>::new(None, usage).into_datum(context)));
    };
    // SAFETY: as above; the server never passes the same state twice.
    let state: &mut State<T> = unsafe { state_of(into) };
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

/// The serial function.
pub(super) fn serialize<T: Transition>(call: &Call) -> Answer {
    value::<T>(call, Output::for_merging(varlena::MOST_BYTES))
}

/// The final function.
pub(super) fn finish<T: Transition>(call: &Call) -> Answer {
    value::<T>(call, Output::new(varlena::MOST_BYTES))
}

fn value<T: Transition>(call: &Call, mut value: Output) -> Answer {
    call.aggregate_context()?;
    let Some(state) = call.argument(0) else { return Ok(None) };
    // SAFETY: an `internal` argument of this function is a state.
    let state: &mut State<T> = unsafe { state_of(state) };
    state.settle()?;
    if let Some(usage) = &state.usage {
        match write(usage, &mut value) {
            Ok(()) => return Ok(Some(varlena::datum(&value.into_bytes()))),
            Err(error) => state.fail(error)?,
        }
    }
    Ok(Some(varlena::datum(&over_limit::<T::Accumulator>())))
}

/// The deserial function.
pub(super) fn deserialize<T: Transition>(call: &Call) -> Answer {
    call.aggregate_context()?;
    let Some(bytes) = call.argument(0) else { return Ok(None) };
    // SAFETY: the argument is a bytea and lives through the call.
    let state = Input::new(unsafe { varlena::bytes(bytes) });
    let usage = read(state.limited(guc::memory_limit()).sharing(seed()))?;
    // SAFETY: the current context is where the server wants the result.
    let context = unsafe { pg_sys::CurrentMemoryContext };
    Ok(Some(State::<T>::new(None, usage).into_datum(context)))
}

impl<T: Transition> State<T> {
    fn new(transition: Option<T>, usage: Option<T::Accumulator>) -> Self {
        Self { transition, usage, places: Vec::new() }
    }

    /// Hands the state to `context`, which will drop it.
    fn into_datum(self, context: pg_sys::MemoryContext) -> Datum {
        // SAFETY: the callback lives in the context that calls it, and is the only owner of the state.
        unsafe {
            let callback =
                pg_sys::MemoryContextAlloc(context, size_of::<pg_sys::MemoryContextCallback>())
                    .cast::<pg_sys::MemoryContextCallback>();
            let state = Box::into_raw(Box::new(self));
            *callback = pg_sys::MemoryContextCallback {
                func: Some(drop_state::<T>),
                arg: state.cast(),
                next: std::ptr::null_mut(),
            };
            pg_sys::MemoryContextRegisterResetCallback(context, callback);
            Datum::from(state)
        }
    }

    fn settle(&mut self) -> Result<(), Error> {
        match self.usage.as_mut().map(T::Accumulator::settle) {
            Some(Err(error)) => self.fail(error),
            _ => Ok(()),
        }
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
/// `datum` must point to a state of this aggregate that is not borrowed elsewhere.
#[inline]
unsafe fn state_of<'a, T: Transition>(datum: Datum) -> &'a mut State<T> {
    // SAFETY: the caller vouches for it.
    unsafe { &mut *datum.cast_mut_ptr::<State<T>>() }
}

/// Only drops, which cannot raise an error of the server, so it needs no guard.
unsafe extern "C-unwind" fn drop_state<T: Transition>(state: *mut c_void) {
    // SAFETY: registered once with a pointer from Box::into_raw.
    drop(unsafe { Box::from_raw(state.cast::<State<T>>()) });
}
