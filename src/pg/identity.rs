//! What an answer depends on beside its arguments: the snapshot, the role, and what this
//! transaction has seen happen.
//!
//! Two calls with equal identities see the same rows with the same rights. Each part is here
//! because leaving it out gave a wrong answer:
//!
//! - the snapshot by value, with its command id: a snapshot's address is used again for another;
//! - the transaction, counted: a snapshot may look the same in the next one;
//! - aborts of subtransactions, counted: they take back rows that an equal snapshot still sees;
//! - the user, the security context and `row_security`: they decide rights and policies;
//! - invalidations of relations and roles, counted: DDL, TRUNCATE, GRANT, membership;
//! - the search_path: it decides which tables the built-in source means;
//! - `timezone_abbreviations`, for sources that name a zone: it decides what names like `EST` mean.
//!
//! No other setting changes what a time is: readers never use the session's `TimeZone`, and
//! `DateStyle`, `IntervalStyle` and `lc_time` matter when a value is printed, which is not kept.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_void};

use pgrx::pg_sys::{self, Oid, TransactionId};
use tenant_metrics_core::memory;

thread_local! {
    static TRANSACTIONS: Cell<u64> = const { Cell::new(0) };
    static ABORTS: Cell<u64> = const { Cell::new(0) };
    static INVALIDATIONS: Cell<u64> = const { Cell::new(0) };
    static AT_END: Cell<fn()> = const { Cell::new(|| ()) };
}

/// The identity of a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    scalars: Scalars,
    running: Vec<TransactionId>,
    running_children: Vec<TransactionId>,
    search_path: CString,
    /// Missing where no zone is named.
    abbreviations: Option<CString>,
}

/// The parts of fixed size, compared first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scalars {
    command: pg_sys::CommandId,
    xmin: TransactionId,
    xmax: TransactionId,
    overflowed: bool,
    in_recovery: bool,
    user: Oid,
    security_context: i32,
    row_security: bool,
    transactions: u64,
    aborts: u64,
    invalidations: u64,
}

impl Identity {
    /// The identity of the present call, of which `names_zone` says whether its answer depends on
    /// what the name of a zone means; `None` if its snapshot is of a kind that says too little,
    /// or there is no memory for it.
    pub(crate) fn now(names_zone: bool) -> Option<Self> {
        let snapshot = active_snapshot()?;
        let (running, children) = running(snapshot);
        Some(Self {
            scalars: Scalars::now(snapshot),
            running: memory::copied(running).ok()?,
            running_children: memory::copied(children).ok()?,
            search_path: CString::from(search_path()),
            abbreviations: names_zone.then(|| CString::from(abbreviations())),
        })
    }

    /// Whether the present call has this identity.
    pub(crate) fn holds(&self) -> bool {
        let Some(snapshot) = active_snapshot() else { return false };
        if Scalars::now(snapshot) != self.scalars {
            return false;
        }
        let (running, children) = running(snapshot);
        self.running == running
            && self.running_children == children
            && self.search_path.as_c_str() == search_path()
            && self.abbreviations.as_ref().is_none_or(|kept| kept.as_c_str() == abbreviations())
    }
}

impl Scalars {
    fn now(snapshot: &pg_sys::SnapshotData) -> Self {
        let (mut user, mut security_context) = (Oid::INVALID, 0);
        // SAFETY: the out parameters are ours; row_security is a setting of the server.
        let row_security = unsafe {
            pg_sys::GetUserIdAndSecContext(&mut user, &mut security_context);
            pg_sys::row_security
        };
        Self {
            command: snapshot.curcid,
            xmin: snapshot.xmin,
            xmax: snapshot.xmax,
            overflowed: snapshot.suboverflowed,
            in_recovery: snapshot.takenDuringRecovery,
            user,
            security_context,
            row_security,
            transactions: TRANSACTIONS.get(),
            aborts: ABORTS.get(),
            invalidations: INVALIDATIONS.get(),
        }
    }
}

fn active_snapshot<'a>() -> Option<&'a pg_sys::SnapshotData> {
    // SAFETY: an active snapshot lives as long as the call that runs in it.
    unsafe {
        if !pg_sys::ActiveSnapshotSet() {
            return None;
        }
        let snapshot = &*pg_sys::GetActiveSnapshot();
        (snapshot.snapshot_type == pg_sys::SnapshotType::SNAPSHOT_MVCC).then_some(snapshot)
    }
}

/// The transactions and subtransactions that the snapshot takes for running.
fn running(snapshot: &pg_sys::SnapshotData) -> (&[TransactionId], &[TransactionId]) {
    // SAFETY: the arrays have as many elements as the snapshot says, or are null and empty.
    unsafe {
        let slice = |start: *mut TransactionId, count: usize| match count {
            0 => &[],
            count => std::slice::from_raw_parts(start, count),
        };
        (
            slice(snapshot.xip, snapshot.xcnt as usize),
            slice(snapshot.subxip, usize::try_from(snapshot.subxcnt).unwrap_or(0)),
        )
    }
}

/// The `search_path` as it is set.
pub(super) fn search_path<'a>() -> &'a CStr {
    // SAFETY: the setting is a string of the server, replaced only between calls.
    unsafe {
        match pg_sys::namespace_search_path {
            path if path.is_null() => c"",
            path => CStr::from_ptr(path),
        }
    }
}

/// `timezone_abbreviations`: the set of abbreviations that the server reads times with.
fn abbreviations<'a>() -> &'a CStr {
    // SAFETY: the name is NUL-terminated; the value is a string of the server, replaced only
    // between calls, or null for a setting that does not exist.
    unsafe {
        match pg_sys::GetConfigOption(c"timezone_abbreviations".as_ptr(), true, false) {
            value if value.is_null() => c"",
            value => CStr::from_ptr(value),
        }
    }
}

/// The number of the session's transaction, counted from when the library was loaded.
pub(super) fn transaction() -> u64 {
    TRANSACTIONS.get()
}

/// Starts counting what happens; `at_end` is called when a transaction ends, and must not fail.
pub(crate) fn watch(at_end: fn()) {
    AT_END.set(at_end);
    // SAFETY: called once, from _PG_init; the callbacks live as long as the library.
    unsafe {
        let none = pg_sys::Datum::null();
        pg_sys::RegisterXactCallback(Some(on_transaction), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(on_subtransaction), std::ptr::null_mut());
        pg_sys::CacheRegisterRelcacheCallback(Some(on_relation), none);
        for cache in [
            pg_sys::SysCacheIdentifier::AUTHOID,
            pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM,
            pg_sys::SysCacheIdentifier::NAMESPACEOID,
        ] {
            pg_sys::CacheRegisterSyscacheCallback(cache.cast_signed(), Some(on_syscache), none);
        }
    }
}

/// How many invalidations of relations, roles and schemas were seen.
pub(super) fn invalidations() -> u64 {
    INVALIDATIONS.get()
}

fn count(counter: &'static std::thread::LocalKey<Cell<u64>>) {
    counter.set(counter.get().wrapping_add(1));
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _data: *mut c_void) {
    use pg_sys::XactEvent::*;
    if matches!(
        event,
        XACT_EVENT_COMMIT
            | XACT_EVENT_ABORT
            | XACT_EVENT_PREPARE
            | XACT_EVENT_PARALLEL_COMMIT
            | XACT_EVENT_PARALLEL_ABORT
    ) {
        count(&TRANSACTIONS);
        AT_END.get()();
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_subtransaction(
    event: pg_sys::SubXactEvent::Type,
    _own: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _data: *mut c_void,
) {
    if event == pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB {
        count(&ABORTS);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_relation(_data: pg_sys::Datum, _relation: Oid) {
    count(&INVALIDATIONS);
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_syscache(_data: pg_sys::Datum, _cache: i32, _hash: pg_sys::uint32) {
    count(&INVALIDATIONS);
}
