//! Which query of the executor a call belongs to.
//!
//! A call finds its query by the memory context that its expression was made in. That context is a
//! query's own only where the executor runs it: PL/pgSQL keeps its simple expressions in a context
//! that outlives statements, and the planner calls functions in one that no query has.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use pgrx::pg_sys::{self, MemoryContext};
use tenant_metrics_core::memory;

use super::compat;

/// A query that runs.
#[derive(Clone, Copy)]
struct Running {
    context: MemoryContext,
    /// How many transactions and subtransactions are open around it.
    level: i32,
}

thread_local! {
    /// The hook that was there before.
    static PREVIOUS: Cell<pg_sys::ExecutorRun_hook_type> = const { Cell::new(None) };
    /// The queries that run, the innermost at the end.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
    /// The numbers of queries that were asked for, until the queries end.
    static NUMBERED: RefCell<Vec<(MemoryContext, u64)>> = const { RefCell::new(Vec::new()) };
    static LAST_NUMBER: Cell<u64> = const { Cell::new(0) };
    static AT_END: Cell<fn(u64)> = const { Cell::new(|_| ()) };
}

/// Starts to note what the executor runs; `at_end` is called with the number of a query that ends,
/// and must not fail.
pub(crate) fn watch(at_end: fn(u64)) {
    AT_END.set(at_end);
    // SAFETY: called once, from _PG_init, in the only thread.
    unsafe {
        PREVIOUS.set(pg_sys::ExecutorRun_hook);
        pg_sys::ExecutorRun_hook = Some(run);
        pg_sys::RegisterXactCallback(Some(on_transaction), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(on_subtransaction), std::ptr::null_mut());
    }
}

/// The number of the query whose expressions live in this memory context, different for each query
/// of the session; `None` where no such query runs.
pub(crate) fn query_number(context: MemoryContext) -> Option<u64> {
    let runs = RUNNING.with_borrow(|running| running.iter().any(|one| one.context == context));
    if !runs {
        return None;
    }
    let known = |numbered: &Vec<(MemoryContext, u64)>| {
        numbered.iter().rev().find(|(of, _)| *of == context).map(|(_, number)| *number)
    };
    NUMBERED.with_borrow(known).or_else(|| number(context))
}

/// Gives a number to the query that has this context, until the context ends.
fn number(context: MemoryContext) -> Option<u64> {
    // SAFETY: the callback lives in the context that it belongs to, which calls it before it frees
    // it; without a number there is nothing to forget then.
    unsafe {
        let size = size_of::<pg_sys::MemoryContextCallback>();
        let callback =
            pg_sys::MemoryContextAlloc(context, size).cast::<pg_sys::MemoryContextCallback>();
        (*callback).func = Some(on_end);
        (*callback).arg = context.cast();
        pg_sys::MemoryContextRegisterResetCallback(context, callback);
    }
    let number = LAST_NUMBER.get() + 1;
    NUMBERED.with_borrow_mut(|numbered| memory::push(numbered, (context, number))).ok()?;
    LAST_NUMBER.set(number);
    Some(number)
}

/// Forgets the query that had this context.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_end(context: *mut c_void) {
    RUNNING.with_borrow_mut(|running| running.retain(|one| one.context.cast() != context));
    let ended = NUMBERED.with_borrow_mut(|numbered| {
        let at = numbered.iter().rposition(|(of, _)| of.cast() == context)?;
        Some(numbered.remove(at).1)
    });
    if let Some(number) = ended {
        AT_END.get()(number);
    }
}

// An error of the server jumps over this frame, which has nothing to drop: pgrx's guard would take
// fields from the errors of every statement. The end of the transaction or subtransaction takes back
// what was noted.
compat::executor_run_hook!(run, PREVIOUS.get(), note, take_back);

/// Notes that a query runs, unless there is no memory for that; gives the number of those before.
///
/// # Safety
/// The query must have been started.
unsafe fn note(query: *mut pg_sys::QueryDesc) -> usize {
    // SAFETY: the caller vouches for the query; the level is read off the state of the transaction.
    let (context, level) =
        unsafe { ((*(*query).estate).es_query_cxt, pg_sys::GetCurrentTransactionNestLevel()) };
    RUNNING.with_borrow_mut(|running| {
        let before = running.len();
        match memory::push(running, Running { context, level }) {
            Ok(()) | Err(_) => before,
        }
    })
}

/// Takes back what was noted since so many queries ran.
fn take_back(before: usize) {
    RUNNING.with_borrow_mut(|running| running.truncate(before));
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _data: *mut c_void) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_PARALLEL_ABORT};
    if matches!(event, XACT_EVENT_ABORT | XACT_EVENT_PARALLEL_ABORT) {
        RUNNING.with_borrow_mut(Vec::clear);
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
        // SAFETY: reads the state of the transaction, of which the subtransaction is still a part.
        let level = unsafe { pg_sys::GetCurrentTransactionNestLevel() };
        RUNNING.with_borrow_mut(|running| running.retain(|one| one.level < level));
    }
}
