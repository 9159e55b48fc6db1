//! What runs around a call: which query of the executor it belongs to, and what writes meanwhile.
//!
//! A call finds its query by the memory context that its expression was made in. That context is a
//! query's own only where the executor runs it: PL/pgSQL keeps its simple expressions in a context
//! that outlives statements, and the planner calls functions in one that no query has.
//!
//! A VOLATILE function that a writing statement calls for its rows sees what was written so far, by
//! snapshots that all look the same. So statements that write are noted with their command id.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};

use pgrx::pg_sys::{self, CommandId, MemoryContext, NodeTag};
use tenant_metrics_core::memory;

use super::{compat, snapshot};

unsafe extern "C-unwind" {
    /// The server's functions, without pgrx's guard: as for [`run`].
    fn standard_ExecutorFinish(query: *mut pg_sys::QueryDesc);
    fn standard_ProcessUtility(
        statement: *mut pg_sys::PlannedStmt,
        text: *const c_char,
        read_only_tree: bool,
        context: pg_sys::ProcessUtilityContext::Type,
        params: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
        receiver: *mut pg_sys::DestReceiver,
        completion: *mut pg_sys::QueryCompletion,
    );
}

/// A query that runs, or a COPY, which has no query's context.
#[derive(Clone, Copy)]
struct Underway {
    context: MemoryContext,
    /// The command id of the rows that it writes, if it writes any.
    writes: Option<CommandId>,
    /// How many transactions and subtransactions are open around it.
    level: i32,
}

thread_local! {
    /// The hook that was there before.
    static PREVIOUS: Cell<pg_sys::ExecutorRun_hook_type> = const { Cell::new(None) };
    static PREVIOUS_FINISH: Cell<pg_sys::ExecutorFinish_hook_type> = const { Cell::new(None) };
    static PREVIOUS_UTILITY: Cell<pg_sys::ProcessUtility_hook_type> = const { Cell::new(None) };
    /// The queries that run, the innermost at the end.
    static RUNNING: RefCell<Vec<Underway>> = const { RefCell::new(Vec::new()) };
    /// Whether there was no memory to note one.
    static MISSED: Cell<bool> = const { Cell::new(false) };
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
        PREVIOUS_FINISH.set(pg_sys::ExecutorFinish_hook);
        pg_sys::ExecutorFinish_hook = Some(finish);
        PREVIOUS_UTILITY.set(pg_sys::ProcessUtility_hook);
        pg_sys::ProcessUtility_hook = Some(utility);
        pg_sys::RegisterXactCallback(Some(on_transaction), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(on_subtransaction), std::ptr::null_mut());
    }
}

/// Whether a statement that is not at its end writes rows that snapshots of this command see.
pub(super) fn is_being_written(seen_by: CommandId) -> bool {
    let visible = |one: &Underway| one.writes.is_some_and(|command| command < seen_by);
    MISSED.get() || RUNNING.with_borrow(|running| running.iter().any(visible))
}

/// Whether a statement that is not at its end may have written rows that the active snapshot sees:
/// its triggers may not have fired yet.
pub(crate) fn writes_what_is_seen() -> bool {
    is_being_written(snapshot::command())
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

/// Ends a query, which does what is left of queries in WITH, and fires triggers.
#[expect(ffi_unwind_calls, reason = "as for `run`")]
unsafe extern "C-unwind" fn finish(query: *mut pg_sys::QueryDesc) {
    // SAFETY: the server calls this with a query that was started, and vouches for the rest.
    unsafe {
        let noted = note(query);
        PREVIOUS_FINISH.get().unwrap_or(standard_ExecutorFinish)(query);
        take_back(noted);
    }
}

/// Does what is no query, of which COPY writes rows while it calls functions.
#[expect(ffi_unwind_calls, reason = "as for `run`")]
unsafe extern "C-unwind" fn utility(
    statement: *mut pg_sys::PlannedStmt,
    text: *const c_char,
    read_only_tree: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    params: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    receiver: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: the server calls this with a statement, and vouches for the rest.
    unsafe {
        let noted = note_copy((*statement).utilityStmt);
        PREVIOUS_UTILITY.get().unwrap_or(standard_ProcessUtility)(
            statement,
            text,
            read_only_tree,
            context,
            params,
            environment,
            receiver,
            completion,
        );
        if let Some(noted) = noted {
            take_back(noted);
        }
    }
}

/// Notes that a query runs; gives the number of those before.
///
/// # Safety
/// The query must have been started.
unsafe fn note(query: *mut pg_sys::QueryDesc) -> usize {
    // SAFETY: the caller vouches for the query, which has a plan and a state.
    unsafe {
        let (plan, state) = (&*(*query).plannedstmt, &*(*query).estate);
        let writes = (*query).operation != pg_sys::CmdType::CMD_SELECT || plan.hasModifyingCTE;
        push(state.es_query_cxt, writes.then_some(state.es_output_cid))
    }
}

/// Notes a COPY into a table.
///
/// # Safety
/// The statement must be one.
unsafe fn note_copy(statement: *mut pg_sys::Node) -> Option<usize> {
    // SAFETY: the caller vouches for the statement; the command id is read and not taken.
    unsafe {
        let is_copy = (*statement).type_ == NodeTag::T_CopyStmt
            && (*statement.cast::<pg_sys::CopyStmt>()).is_from;
        is_copy.then(|| push(std::ptr::null_mut(), Some(pg_sys::GetCurrentCommandId(false))))
    }
}

/// Notes what runs; gives the number of those before.
fn push(context: MemoryContext, writes: Option<CommandId>) -> usize {
    // SAFETY: reads the state of the transaction.
    let level = unsafe { pg_sys::GetCurrentTransactionNestLevel() };
    RUNNING.with_borrow_mut(|running| {
        let before = running.len();
        if memory::push(running, Underway { context, writes, level }).is_err() {
            MISSED.set(true);
        }
        before
    })
}

/// Takes back what was noted since so many ran.
fn take_back(before: usize) {
    RUNNING.with_borrow_mut(|running| running.truncate(before));
    if before == 0 {
        MISSED.set(false);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _data: *mut c_void) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_PARALLEL_ABORT};
    if matches!(event, XACT_EVENT_ABORT | XACT_EVENT_PARALLEL_ABORT) {
        take_back(0);
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
