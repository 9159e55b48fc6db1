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
use tenant_metrics_core::counting::Counting;
use tenant_metrics_core::ids::Seed;
use tenant_metrics_core::state::{over_limit, read, write};
use tenant_metrics_core::{CoreError, memory};

use super::event::EventLayout;
use super::rows::{ArgumentRows, Arguments};
use crate::error::Error;
use crate::guc;
use crate::pg::call::{Answer, Call};
use crate::pg::{prefetch, reserve, varlena};

/// An aggregate: what its arguments are, and what is counted of it.
pub(in crate::pg) trait Aggregate {
    /// What is known of the arguments, as where the parts of an event are among them.
    type Layout;
    /// What is counted.
    type Counting: Counting;

    /// Looks at the arguments of the first event: at their types, and at constants.
    fn begin(call: &Call) -> Result<(Self::Layout, Self::Counting), Error>;

    /// An empty accumulator that may use `limit` bytes.
    fn empty(layout: &Self::Layout, counting: &Self::Counting, limit: usize) -> Counts<Self>;
}

/// What an aggregate accumulates into.
pub(in crate::pg) type Counts<T> = <<T as Aggregate>::Counting as Counting>::Accumulator;

/// Declares the C symbols of an aggregate: `$name` with `_transition`, `_combine`, `_serialize`,
/// `_deserialize` and `_final` behind it. `$aggregate` is its [`Aggregate`].
macro_rules! aggregate {
    ($name:literal, $aggregate:ty) => {
        pub(super) const DIRECT: $crate::pg::aggregate::state::Direct = {
            use $crate::pg::aggregate::state;
            use $crate::pg::call::sql_function;

            sql_function!(
                concat!($name, "_transition") => step, state::transition::<$aggregate>, run_bare
            );
            state::support!($name, $aggregate);
            state::Direct {
                symbol: step,
                count: state::count::<$aggregate>,
                partial: state::serialize::<$aggregate>,
                value: state::finish::<$aggregate>,
            }
        };
    };
}
pub(super) use aggregate;

/// The symbols of an aggregate but for its transition.
macro_rules! support {
    ($name:literal, $aggregate:ty) => {
        const _: () = {
            use $crate::pg::aggregate::state;
            use $crate::pg::call::sql_function;

            sql_function!(
                concat!($name, "_combine") => combine, state::combine::<$aggregate>, run
            );
            sql_function!(
                concat!($name, "_serialize") => serialize, state::serialize::<$aggregate>, run
            );
            sql_function!(
                concat!($name, "_deserialize") => read, state::deserialize::<$aggregate>, run
            );
            sql_function!(
                concat!($name, "_final") => finish, state::finish::<$aggregate>, run
            );
        };
    };
}
pub(in crate::pg) use support;

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
struct State<T: Aggregate> {
    /// Nothing in a state that came from another process, which only ever gets merged.
    begun: Option<(T::Layout, T::Counting)>,
    /// Nothing once the limit was passed.
    usage: Option<Counts<T>>,
    /// Where the events of a page belong.
    places: Vec<<T::Counting as Counting>::Place>,
}

/// Reads a value of an aggregate; `None` if the state had outgrown the limit.
pub(crate) fn read_value<A: Accumulator>(bytes: &[u8]) -> Result<Option<A>, Error> {
    Ok(read(Input::new(bytes).limited(guc::memory_limit()))?)
}

/// The transition function.
#[inline]
pub(super) fn transition<T: Aggregate<Layout: EventLayout>>(call: &Call) -> Answer {
    take_in::<T>(call, |layout, counting, usage| {
        let event = layout.event(Arguments::new(call.arguments()));
        let place = counting.place(event, usage)?;
        counting.record(place, event, usage)
    })
}

/// The transitions of many rows.
pub(super) fn count<T: Aggregate<Layout: EventLayout>>(call: &Call, rows: &ArgumentRows) -> Answer {
    change::<T>(call, |State { begun, usage, places }| {
        let (Some((layout, counting)), Some(usage)) = (begun, usage) else { return Ok(()) };
        places.clear();
        rows.each(|_, arguments| {
            let place = counting.place(layout.event(arguments), usage)?;
            prefetch::slice(counting.lines(place, usage));
            memory::push(places, place)
        })?;
        rows.each(|number, arguments| {
            counting.record(places[number], layout.event(arguments), usage)
        })
    })
}

/// Lets `count` count something of a call's arguments, unless the limit was passed.
#[inline(always)]
pub(in crate::pg) fn take_in<T: Aggregate>(
    call: &Call,
    count: impl FnOnce(&mut T::Layout, &mut T::Counting, &mut Counts<T>) -> Result<(), CoreError>,
) -> Answer {
    change::<T>(call, |State { begun, usage, .. }| match (begun, usage) {
        (Some((layout, counting)), Some(usage)) => count(layout, counting, usage),
        _ => Ok(()),
    })
}

/// Lets `count` change the state of a call, a new one if there is none yet.
#[inline(always)]
fn change<T: Aggregate>(
    call: &Call,
    count: impl FnOnce(&mut State<T>) -> Result<(), CoreError>,
) -> Answer {
    let datum = match call.argument(0) {
        Some(datum) => datum,
        None => first::<T>(call)?,
    };
    // SAFETY: an `internal` argument of this function is a state that it gave before.
    let state: &mut State<T> = unsafe { state_of(datum) };
    if state.begun.is_none() {
        return Err(Error::NotAnAggregate);
    }
    if let Err(error) = count(state) {
        state.fail(error)?;
    }
    Ok(Some(datum))
}

#[cold]
fn first<T: Aggregate>(call: &Call) -> Result<Datum, Error> {
    let context = call.aggregate_context()?;
    // SAFETY: what the counting refers to is to live as long as the state, and so is allocated with
    // it; an error ends the query.
    let caller = unsafe { pg_sys::MemoryContextSwitchTo(context) };
    let begun = reserve::with(|| T::begin(call));
    // SAFETY: back to where it was.
    unsafe { pg_sys::MemoryContextSwitchTo(caller) };
    let (layout, counting) = begun?;
    let mut usage = T::empty(&layout, &counting, guc::memory_limit());
    usage.seed(seed());
    Ok(State::<T>::new(Some((layout, counting)), Some(usage)).into_datum(context))
}

/// What all processes of a statement hash ids by. When it began nobody could know who chose an id.
fn seed() -> Seed {
    // SAFETY: the time of a statement is the same in its workers.
    Seed::new(unsafe { pg_sys::GetCurrentStatementStartTimestamp() }.cast_unsigned())
}

/// The combine function.
pub(in crate::pg) fn combine<T: Aggregate>(call: &Call) -> Answer {
    let context = call.aggregate_context()?;
    let Some(from) = call.argument(1) else { return Ok(call.argument(0)) };
    // SAFETY: `internal` arguments of this function are states.
    let from: &mut State<T> = unsafe { state_of(from) };
    from.settle()?;
    let Some(into) = call.argument(0) else {
        // A state that was read from another process is used once; any other may be read again.
        let usage = match (&from.begun, &mut from.usage) {
            (None, usage) => usage.take(),
            (Some(_), None) => None,
            (Some((layout, counting)), Some(usage)) => {
                let mut copy = T::empty(layout, counting, guc::memory_limit());
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
pub(in crate::pg) fn serialize<T: Aggregate>(call: &Call) -> Answer {
    value::<T>(call, Output::for_merging(varlena::MOST_BYTES))
}

/// The final function.
pub(in crate::pg) fn finish<T: Aggregate>(call: &Call) -> Answer {
    value::<T>(call, Output::new(varlena::MOST_BYTES))
}

fn value<T: Aggregate>(call: &Call, mut value: Output) -> Answer {
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
    Ok(Some(varlena::datum(&over_limit::<Counts<T>>())))
}

/// The deserial function.
pub(in crate::pg) fn deserialize<T: Aggregate>(call: &Call) -> Answer {
    call.aggregate_context()?;
    let Some(bytes) = call.argument(0) else { return Ok(None) };
    // SAFETY: the argument is a bytea and lives through the call.
    let state = Input::new(unsafe { varlena::bytes(bytes) });
    let usage = read(state.limited(guc::memory_limit()).sharing(seed()))?;
    // SAFETY: the current context is where the server wants the result.
    let context = unsafe { pg_sys::CurrentMemoryContext };
    Ok(Some(State::<T>::new(None, usage).into_datum(context)))
}

impl<T: Aggregate> State<T> {
    fn new(begun: Option<(T::Layout, T::Counting)>, usage: Option<Counts<T>>) -> Self {
        Self { begun, usage, places: Vec::new() }
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
        match self.usage.as_mut().map(Counts::<T>::settle) {
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
unsafe fn state_of<'a, T: Aggregate>(datum: Datum) -> &'a mut State<T> {
    // SAFETY: the caller vouches for it.
    unsafe { &mut *datum.cast_mut_ptr::<State<T>>() }
}

/// Only drops, which cannot raise an error of the server, so it needs no guard.
unsafe extern "C-unwind" fn drop_state<T: Aggregate>(state: *mut c_void) {
    // SAFETY: registered once with a pointer from Box::into_raw.
    drop(unsafe { Box::from_raw(state.cast::<State<T>>()) });
}
