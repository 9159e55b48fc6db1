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
//! - invalidations of relations, roles and labels of enums, counted: DDL, TRUNCATE, GRANT,
//!   membership;
//! - the search_path: it decides which tables the built-in source means;
//! - `timezone_abbreviations`, for sources that name a zone: it decides what names like `EST` mean.
//!
//! No other setting changes what a time is: readers never use the session's `TimeZone`, and
//! `DateStyle`, `IntervalStyle` and `lc_time` matter when a value is printed, which is not kept.
//!
//! Where policies and views take part, their expressions may ask for more, unless a function of
//! theirs is volatile, which [`Surroundings`] have beside these.

use std::cell::{Cell, OnceCell};
use std::ffi::{CString, c_void};

use pgrx::pg_sys::{self, Oid, TransactionId};
use tenant_metrics_core::memory;

use super::{executor, session, time};

thread_local! {
    static TRANSACTIONS: Cell<u64> = const { Cell::new(0) };
    static ABORTS: Cell<u64> = const { Cell::new(0) };
    static INVALIDATIONS: Cell<u64> = const { Cell::new(0) };
    static FUNCTIONS: Cell<u64> = const { Cell::new(0) };
    static ROLES: Cell<u64> = const { Cell::new(0) };
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
    /// Missing where no policy and no view takes part, and nothing is being written.
    surroundings: Option<Surroundings>,
}

/// All that an expression without volatile functions may ask for, beside tables.
///
/// PostgreSQL lets such an expression be evaluated once in a statement: so it may be evaluated once
/// in a query of the executor, as long as nothing changes that a call of it later in the query
/// would see:
///
/// - the query, by its number: another one evaluates its expressions anew. Where a statement around
///   the call is writing what its snapshot sees, the query matters to plain tables too: the
///   statement waits while the query runs, and writes between two of them;
/// - the session's user and the one that `SET ROLE` chose: a function may change both for a while;
/// - all settings: the custom ones are how most policies know who asks;
/// - invalidations of functions, counted: a function may be replaced;
/// - when the client's statement began, where that is asked for: a portal that is fetched in parts
///   sees it change.
#[derive(Debug, PartialEq, Eq)]
struct Surroundings {
    query: u64,
    users: [Oid; 2],
    functions: u64,
    began: Option<i64>,
    settings: Vec<usize>,
}

/// Where the present call is made from; what takes time to find out is found out once, if at all.
pub(crate) struct CallSite {
    context: pg_sys::MemoryContext,
    query: OnceCell<Option<u64>>,
    settings: OnceCell<Option<Vec<usize>>>,
}

impl CallSite {
    /// The place of an expression that lives in this memory context.
    pub(super) fn new(context: pg_sys::MemoryContext) -> Self {
        Self { context, query: OnceCell::new(), settings: OnceCell::new() }
    }

    /// The number of the query that the call is part of, if it is part of one that runs.
    pub(crate) fn query(&self) -> Option<u64> {
        *self.query.get_or_init(|| executor::query_number(self.context))
    }

    fn settings(&self) -> Option<&[usize]> {
        self.settings.get_or_init(session::settings).as_deref()
    }

    /// The surroundings of the call; `None` outside of a query, or if there is no memory for them.
    fn surroundings(&self, asks_when: bool) -> Option<Surroundings> {
        Some(Surroundings {
            query: self.query()?,
            users: session::users(),
            functions: FUNCTIONS.get(),
            began: asks_when.then(time::statement_start),
            settings: memory::copied(self.settings()?).ok()?,
        })
    }
}

impl Surroundings {
    /// Whether they are the call's.
    fn hold(&self, site: &CallSite) -> bool {
        site.query() == Some(self.query)
            && self.users == session::users()
            && self.functions == FUNCTIONS.get()
            && self.began.is_none_or(|began| began == time::statement_start())
            && site.settings() == Some(&self.settings)
    }
}

/// What an answer depends on beside the tables' rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DependsOn {
    /// Nothing that a query of the executor has for itself.
    Tables,
    /// What the expressions of policies and views ask for; and whether that includes the time at
    /// which the client's statement began.
    Expressions { ask_when: bool },
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
    /// what the name of a zone means; `None` if its snapshot is of a kind that says too little, if
    /// it depends on a query and none makes it, or if there is no memory for it.
    pub(crate) fn now(site: &CallSite, on: DependsOn, names_zone: bool) -> Option<Self> {
        let snapshot = active_snapshot()?;
        let (running, children) = running(snapshot);
        Some(Self {
            scalars: Scalars::now(snapshot),
            running: memory::copied(running).ok()?,
            running_children: memory::copied(children).ok()?,
            search_path: CString::from(session::search_path()),
            abbreviations: names_zone.then(|| CString::from(session::abbreviations())),
            surroundings: match on {
                DependsOn::Tables if !executor::is_being_written(snapshot.curcid) => None,
                DependsOn::Tables => Some(site.surroundings(false)?),
                DependsOn::Expressions { ask_when } => Some(site.surroundings(ask_when)?),
            },
        })
    }

    /// Whether the present call has this identity.
    pub(crate) fn holds(&self, site: &CallSite) -> bool {
        let Some(snapshot) = active_snapshot() else { return false };
        if Scalars::now(snapshot) != self.scalars {
            return false;
        }
        let (running, children) = running(snapshot);
        self.running == running
            && self.running_children == children
            && self.search_path.as_c_str() == session::search_path()
            && self
                .abbreviations
                .as_ref()
                .is_none_or(|kept| kept.as_c_str() == session::abbreviations())
            && match &self.surroundings {
                Some(kept) => kept.hold(site),
                None => !executor::is_being_written(snapshot.curcid),
            }
    }

    /// The query that the identity ends with; `None` where it ends with the transaction.
    pub(crate) fn query(&self) -> Option<u64> {
        self.surroundings.as_ref().map(|kept| kept.query)
    }
}

impl Scalars {
    fn now(snapshot: &pg_sys::SnapshotData) -> Self {
        let (mut user, mut security_context) = (Oid::INVALID, 0);
        // SAFETY: the out parameters are ours.
        unsafe { pg_sys::GetUserIdAndSecContext(&mut user, &mut security_context) };
        Self {
            command: snapshot.curcid,
            xmin: snapshot.xmin,
            xmax: snapshot.xmax,
            overflowed: snapshot.suboverflowed,
            in_recovery: snapshot.takenDuringRecovery,
            user,
            security_context,
            row_security: session::row_security(),
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
        for cache in
            [pg_sys::SysCacheIdentifier::AUTHOID, pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM]
        {
            pg_sys::CacheRegisterSyscacheCallback(cache.cast_signed(), Some(on_role), none);
        }
        for cache in [pg_sys::SysCacheIdentifier::NAMESPACEOID, pg_sys::SysCacheIdentifier::ENUMOID]
        {
            pg_sys::CacheRegisterSyscacheCallback(cache.cast_signed(), Some(on_name), none);
        }
        let functions = pg_sys::SysCacheIdentifier::PROCOID;
        pg_sys::CacheRegisterSyscacheCallback(functions.cast_signed(), Some(on_function), none);
    }
}

/// How many invalidations of roles and memberships were seen.
pub(super) fn role_invalidations() -> u64 {
    ROLES.get()
}

/// How many invalidations of functions were seen.
pub(super) fn function_invalidations() -> u64 {
    FUNCTIONS.get()
}

/// How many invalidations of relations, roles, schemas and labels of enums were seen.
pub(crate) fn invalidations() -> u64 {
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
unsafe extern "C-unwind" fn on_role(_data: pg_sys::Datum, _cache: i32, _hash: pg_sys::uint32) {
    count(&INVALIDATIONS);
    count(&ROLES);
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_name(_data: pg_sys::Datum, _cache: i32, _hash: pg_sys::uint32) {
    count(&INVALIDATIONS);
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_function(_data: pg_sys::Datum, _cache: i32, _hash: pg_sys::uint32) {
    count(&FUNCTIONS);
}
