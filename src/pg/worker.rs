//! Background workers of the server, which any session may ask for: the library need not be loaded
//! when the server starts.
//!
//! A worker does one thing in one database and ends. Where the server has no room for one it is not
//! started, and nothing is lost.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::time::{Duration, Instant};

use pgrx::pg_sys::{self, Datum, Oid};

use super::{compat, interrupt, report};
use crate::error::Error;

/// The library that the server loads for it, which it finds as it finds that of a function.
const LIBRARY: &CStr = c"tenant_metrics";

/// What the server calls it, in `pg_stat_activity` too.
const NAME: &CStr = c"tenant_metrics fold";

/// How long a worker goes on before it looks whether others want its database for themselves.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

unsafe extern "C-unwind" {
    /// What the server does in sessions when it is told to stop: it ends them at the next look at
    /// interrupts. Without pgrx's guard: it is called as a signal arrives.
    fn die(signal: c_int);
}

thread_local! {
    static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Asks the server for a worker in this database that calls a function of the library, which is to
/// [`run`] something for a number; says whether there was room.
pub(super) fn start(function: &CStr, number: i32) -> bool {
    let mut worker = pg_sys::BackgroundWorker {
        bgw_flags: flags(),
        bgw_start_time: pg_sys::BgWorkerStartTime::BgWorkerStart_RecoveryFinished,
        // It is not started again.
        bgw_restart_time: -1,
        // SAFETY: reads the state of the session.
        bgw_main_arg: argument(unsafe { pg_sys::MyDatabaseId }, number),
        ..Default::default()
    };
    copy(NAME, &mut worker.bgw_name);
    copy(NAME, &mut worker.bgw_type);
    copy(LIBRARY, &mut worker.bgw_library_name);
    copy(function, &mut worker.bgw_function_name);
    // SAFETY: the server copies what it is given; nobody waits for the worker.
    unsafe { pg_sys::RegisterDynamicBackgroundWorker(&mut worker, std::ptr::null_mut()) }
}

fn flags() -> c_int {
    let flags = pg_sys::BGWORKER_SHMEM_ACCESS | pg_sys::BGWORKER_BACKEND_DATABASE_CONNECTION;
    c_int::try_from(flags).unwrap_or_default()
}

/// The database and the number as one value.
fn argument(database: Oid, number: i32) -> Datum {
    Datum::from(u64::from(number.cast_unsigned()) << 32 | u64::from(database.to_u32()))
}

/// The database and the number that a value stands for.
#[expect(clippy::cast_possible_truncation, reason = "each has half of the bits")]
fn of_argument(argument: Datum) -> (Oid, i32) {
    let both = argument.value() as u64;
    (Oid::from(both as u32), ((both >> 32) as u32).cast_signed())
}

fn copy(text: &CStr, into: &mut [c_char]) {
    for (to, from) in into.iter_mut().zip(text.to_bytes_with_nul()) {
        *to = from.cast_signed();
    }
}

/// The body of a function that the server calls in a worker: does `work` for the number that the
/// worker was asked for with, in a transaction of its own.
///
/// # Safety
/// To be called by the server, with nothing on the stack that needs dropping.
pub(super) unsafe fn run(main: Datum, work: fn(i32) -> Result<(), Error>) {
    // SAFETY: the caller vouches for the stack.
    unsafe {
        report::guarded(|| {
            let (database, number) = of_argument(main);
            connect(database);
            in_transaction(|| work(number))
        });
    }
}

/// Connects the worker to its database.
fn connect(database: Oid) {
    // SAFETY: done once, at the start of a worker. No user is named: the one whom the server then
    // takes lends the worker its right to connect and nothing else.
    unsafe {
        compat::pqsignal(pg_sys::SIGTERM.cast_signed(), Some(die));
        pg_sys::BackgroundWorkerUnblockSignals();
        pg_sys::BackgroundWorkerInitializeConnectionByOid(database, Oid::INVALID, 0);
    }
    // Whatever the database says of its sessions.
    for (name, value) in [
        (c"default_transaction_isolation", c"read committed"),
        (c"default_transaction_read_only", c"off"),
        (c"default_transaction_deferrable", c"off"),
        // A fold that is lost in a crash is made again; so nobody waits for it to be safe.
        (c"synchronous_commit", c"off"),
        (c"search_path", c"pg_catalog, pg_temp"),
    ] {
        // SAFETY: the strings are static.
        unsafe {
            pg_sys::SetConfigOption(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_USERSET,
                pg_sys::GucSource::PGC_S_SESSION,
            );
        }
    }
    interrupt::look_too(end_if_database_is_wanted);
}

/// Does `work` in a transaction.
fn in_transaction(work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    // SAFETY: the worker is connected, and in no transaction. An error ends the worker.
    unsafe {
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_RUNNING, NAME.as_ptr());
        work()?;
        pg_sys::PopActiveSnapshot();
        pg_sys::CommitTransactionCommand();
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_IDLE, std::ptr::null());
    }
    Ok(())
}

/// Ends the worker where somebody drops, renames or copies its database, which waits for all
/// sessions in it to end, or fails.
fn end_if_database_is_wanted() {
    let now = Instant::now();
    if LOOKED.get().is_some_and(|looked| now.duration_since(looked) < BETWEEN_LOOKS) {
        return;
    }
    LOOKED.set(Some(now));
    // SAFETY: the tag is that of the database among the objects that all databases share, in the
    // server's usual lock table. The lock is given back at once. A worker that exits in the middle
    // of a transaction aborts it.
    unsafe {
        let tag = pg_sys::LOCKTAG {
            locktag_field1: 0,
            locktag_field2: pg_sys::DatabaseRelationId.to_u32(),
            locktag_field3: pg_sys::MyDatabaseId.to_u32(),
            locktag_field4: 0,
            locktag_type: small(pg_sys::LockTagType::LOCKTAG_OBJECT),
            locktag_lockmethodid: small(pg_sys::DEFAULT_LOCKMETHOD),
        };
        let lock = pg_sys::RowExclusiveLock.cast_signed();
        let acquired = pg_sys::LockAcquire(&tag, lock, false, true);
        if acquired == pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL {
            pg_sys::proc_exit(0);
        }
        pg_sys::LockRelease(&tag, lock, false);
    }
}

fn small(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
