//! Time zones: what clocks show, when they are changed, and where buckets begin.

use std::cell::Cell;
use std::ffi::CStr;

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::series::activity::PeriodClock;
use tenant_metrics_core::series::calendar::{Clock, Offset, Unit};

use super::clock_changes::{ClockChange, EPOCH, SECOND};
use super::local_time::LocalZone;
use super::{compat, text, time, varlena};
use crate::error::Error;

/// A time zone that the server knows, for buckets of one length.
pub(crate) struct Zone {
    zone: *const pg_sys::pg_tz,
    /// The arguments of `date_trunc`, as texts.
    unit: Datum,
    name: Datum,
    /// The offset that was looked up last, and since when it is known to hold.
    known: Cell<(i64, Offset)>,
    /// What the server's functions leave behind goes here.
    scratch: pg_sys::MemoryContext,
    calls: Cell<u32>,
}

/// Calls of the server's functions after which their memory is freed.
const RESET_INTERVAL: u32 = 1000;

impl Zone {
    /// The zone of this name, as `date_trunc` understands it. It lives in the current memory
    /// context.
    pub(crate) fn new(name: &[u8], unit: Unit) -> Result<Self, Error> {
        let zone = look_up(&text::terminated(name)?);
        if zone.is_null() {
            return Err(Error::UnknownTimeZone { zone: text::shown(name) });
        }
        Ok(Self {
            zone,
            unit: varlena::datum(field(unit).as_bytes()),
            name: varlena::datum(name),
            known: Cell::new((i64::MAX, Offset { ahead: 0, until: i64::MAX })),
            scratch: new_context(),
            calls: Cell::new(0),
        })
    }

    /// A `timestamptz` as the `timestamp` that clocks show, `AT TIME ZONE`.
    pub(crate) fn local(&self, time: i64) -> Option<Datum> {
        // SAFETY: the function takes a text and a timestamptz.
        unsafe { self.call(pg_sys::timestamptz_zone, &[Some(self.name), Some(Datum::from(time))]) }
    }

    /// Calls a function of the server whose result is no pointer.
    ///
    /// # Safety
    /// The arguments must be those that the function takes.
    unsafe fn call(
        &self,
        function: unsafe fn(pg_sys::FunctionCallInfo) -> Datum,
        arguments: &[Option<Datum>],
    ) -> Option<Datum> {
        let calls = self.calls.get().wrapping_add(1);
        self.calls.set(calls);
        // SAFETY: the caller vouches for the arguments; nothing in the context outlives a call.
        unsafe {
            if calls.is_multiple_of(RESET_INTERVAL) {
                pg_sys::MemoryContextReset(self.scratch);
            }
            let caller = pg_sys::MemoryContextSwitchTo(self.scratch);
            let result = pgrx::direct_function_call_as_datum(function, arguments);
            pg_sys::MemoryContextSwitchTo(caller);
            result
        }
    }
}

/// A context that goes with the current one.
fn new_context() -> pg_sys::MemoryContext {
    // SAFETY: the name is static and NUL-terminated.
    unsafe {
        pg_sys::AllocSetContextCreateInternal(
            pg_sys::CurrentMemoryContext,
            c"tenant_metrics zone".as_ptr(),
            pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
            pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
            pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
        )
    }
}

/// Whether the server knows a time zone of this name; abbreviations are none.
pub(crate) fn is_known(name: &str) -> Result<bool, Error> {
    Ok(LocalZone::find(name)?.is_some())
}

impl Clock for Zone {
    fn shown(&self, time: i64) -> Offset {
        let (since, offset) = self.known.get();
        if (since..offset.until).contains(&time) {
            return offset;
        }
        let seconds = time.div_euclid(SECOND) + EPOCH;
        // SAFETY: the zone is valid.
        let ClockChange { at, ahead, .. } = unsafe { ClockChange::after(seconds, self.zone) };
        let until = if at == i64::MAX { at } else { (at - EPOCH).saturating_mul(SECOND) };
        let offset = Offset { ahead: ahead * SECOND, until };
        self.known.set((time, offset));
        offset
    }

    fn bucket_start(&self, time: i64) -> i64 {
        // SAFETY: the function takes two texts around a timestamptz, and gives a timestamptz or
        // raises an error.
        let start = unsafe {
            let arguments = [Some(self.unit), Some(Datum::from(time)), Some(self.name)];
            self.call(pg_sys::timestamptz_trunc_zone, &arguments)
        };
        start.map_or(time, |start| start.value().cast_signed() as i64)
    }
}

/// What `date_trunc` calls a bucket.
pub(crate) fn field(unit: Unit) -> &'static str {
    match unit {
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Quarter => "quarter",
        Unit::Year => "year",
    }
}

/// The zone or abbreviation of this name, as the server's functions decode it; null if there is
/// none. Zones stay until the process ends.
fn look_up(name: &CStr) -> *const pg_sys::pg_tz {
    let length = i32::try_from(name.to_bytes().len()).unwrap_or(i32::MAX);
    let (mut offset, mut zone) = (0, std::ptr::null_mut());
    // SAFETY: the name is NUL-terminated, and so is its lower-case copy; the out parameters are ours.
    unsafe {
        let lower = pg_sys::downcase_truncate_identifier(name.as_ptr(), length, false);
        match u32::try_from(compat::decode_timezone_abbrev(lower, &mut offset, &mut zone)) {
            Ok(pg_sys::TZ | pg_sys::DTZ) => pg_sys::pg_tzset_offset((-offset).into()),
            Ok(pg_sys::DYNTZ) => zone,
            _ => pg_sys::pg_tzset(name.as_ptr()),
        }
    }
}

/// What says in which bucket a time is.
pub(crate) enum BucketClock {
    /// Buckets of the calendar.
    Calendar(Zone),
    /// The periods before a day.
    Periods(PeriodClock<Zone>),
}

impl BucketClock {
    /// Of buckets of the calendar, or, with a day, of the periods that end with it; and the time as
    /// which events are counted that always were, if they are in a bucket.
    pub(crate) fn new(
        zone: &[u8],
        unit: Unit,
        last_day: Option<i64>,
    ) -> Result<(Self, Option<i64>), Error> {
        let zone = Zone::new(zone, unit)?;
        Ok(match last_day {
            None => (Self::Calendar(zone), None),
            // What always was is earlier than any period.
            Some(day) => (Self::Periods(PeriodClock::new(zone, day)), Some(time::EARLIEST)),
        })
    }
}

impl Clock for BucketClock {
    fn shown(&self, time: i64) -> Offset {
        match self {
            Self::Calendar(zone) => zone.shown(time),
            Self::Periods(periods) => periods.shown(time),
        }
    }

    fn bucket_start(&self, time: i64) -> i64 {
        match self {
            Self::Calendar(zone) => zone.bucket_start(time),
            Self::Periods(periods) => periods.bucket_start(time),
        }
    }
}
