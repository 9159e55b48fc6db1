//! Times: PostgreSQL's microseconds since 2000, and the core's.

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::usage::NEVER;

use super::text;
use crate::error::Error;

/// `-infinity`, which the core cannot tell from "never".
const NOBEGIN: i64 = i64::MIN;

/// `infinity`.
const NOEND: i64 = i64::MAX;

/// The first time that is not infinite: 4714-11-24 BC.
pub(crate) const EARLIEST: i64 = -211_813_488_000_000_000;

/// The last time that is not infinite: the end of the year 294276.
const LATEST: i64 = 9_223_371_331_199_999_999;

const MICROSECONDS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A time for the core.
#[inline]
pub(crate) fn to_core(time: i64) -> i64 {
    time.max(NEVER + 1)
}

/// A time of the core; `None` for "never".
pub(crate) fn from_core(time: i64) -> Option<i64> {
    match time {
        NEVER => None,
        time if time == NEVER + 1 => Some(NOBEGIN),
        time => Some(time),
    }
}

/// Whether a number is a time that there can be, and no infinite one.
pub(crate) fn is_in_range(time: i64) -> bool {
    (EARLIEST..=LATEST).contains(&time)
}

/// Whether a bound of a window is a real time.
pub(crate) fn is_finite(time: i64) -> bool {
    time != NOBEGIN && time != NOEND
}

/// A computed bound of a window as a time that there can be, with the same finite times on either
/// side of it. Who sends it to a foreign server prints it, and fails for any other.
pub(crate) fn bound(time: i64) -> i64 {
    match time {
        time if time < EARLIEST => EARLIEST,
        time if time > LATEST => NOEND,
        time => time,
    }
}

/// A `timestamptz` as the session prints it.
pub(crate) fn describe(time: i64) -> Result<String, Error> {
    // SAFETY: timestamptz_out takes a timestamptz and gives a NUL-terminated string.
    let printed = unsafe {
        pgrx::direct_function_call_as_datum(pg_sys::timestamptz_out, &[Some(Datum::from(time))])
    };
    text::from_server(printed.map_or(std::ptr::null(), |datum| datum.cast_mut_ptr()))
}

/// A `timestamptz` as `to_jsonb` shows it.
pub(crate) fn describe_json(time: i64) -> Result<String, Error> {
    // SAFETY: a null buffer asks for one from palloc; the result is NUL-terminated.
    let printed = unsafe {
        pg_sys::JsonEncodeDateTime(
            std::ptr::null_mut(),
            Datum::from(time),
            pg_sys::TIMESTAMPTZOID,
            std::ptr::null(),
        )
    };
    text::from_server(printed)
}

/// The microseconds from one time to a later one as an interval, which has whole days and a time
/// as the difference of two timestamps has.
pub(crate) fn interval(microseconds: i64) -> Datum {
    let days = microseconds / MICROSECONDS_PER_DAY;
    // SAFETY: palloc gives the size of an interval or raises an error.
    unsafe {
        let interval = pg_sys::palloc(size_of::<pg_sys::Interval>()).cast::<pg_sys::Interval>();
        *interval = pg_sys::Interval {
            time: microseconds % MICROSECONDS_PER_DAY,
            day: i32::try_from(days).unwrap_or(i32::MAX),
            month: 0,
        };
        Datum::from(interval)
    }
}

/// The start of the transaction, `now()`.
pub(crate) fn now() -> i64 {
    // SAFETY: reads the state of the transaction that the call runs in.
    unsafe { pg_sys::GetCurrentTransactionStartTimestamp() }
}

/// When the client's statement began; different for each.
pub(crate) fn statement_start() -> i64 {
    // SAFETY: reads a static of the server.
    unsafe { pg_sys::GetCurrentStatementStartTimestamp() }
}
