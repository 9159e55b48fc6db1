//! What the library's custom scans have in common.

use std::ffi::CStr;

use pgrx::pg_sys::{self, Datum, NodeTag, NullableDatum, Oid};

use super::compat;

/// A table of callbacks that the server knows a node by. The server only reads it.
pub(super) struct Methods<T>(pub(super) T);

// SAFETY: nothing is ever written, and the only pointers are to static strings and to functions.
unsafe impl<T> Sync for Methods<T> {}

/// The state of a node, with nothing in it but what the server calls it by.
///
/// # Safety
/// `T` must begin with a `CustomScanState`, and zero must be valid for the rest of it.
pub(super) unsafe fn new_state<T>(
    methods: &'static Methods<pg_sys::CustomExecMethods>,
) -> *mut pg_sys::Node {
    // SAFETY: palloc0 gives room for a node, of which zero is a valid state; the caller vouches for
    // the rest.
    unsafe {
        let node = pg_sys::palloc0(size_of::<T>()).cast::<pg_sys::CustomScanState>();
        (*node).ss.ps.type_ = NodeTag::T_CustomScanState;
        (*node).methods = &raw const methods.0;
        node.cast()
    }
}

/// The plan of a node that gives the `wanted` columns; `write` says the rest.
///
/// # Safety
/// The list must be one of the planner's.
pub(super) unsafe fn new_plan(
    methods: &'static Methods<pg_sys::CustomScanMethods>,
    wanted: *mut pg_sys::List,
    write: impl FnOnce(&mut pg_sys::CustomScan),
) -> *mut pg_sys::Plan {
    // SAFETY: palloc0 gives room for a node, of which zero is a valid state.
    unsafe {
        let plan = pg_sys::palloc0(size_of::<pg_sys::CustomScan>()).cast::<pg_sys::CustomScan>();
        write(&mut *plan);
        (*plan).scan.plan.targetlist = wanted;
        (*plan).methods = &raw const methods.0;
        plan.cast()
    }
}

/// Fails unless the user may call the function, as the executor's own nodes would.
pub(super) fn check_execute(function: Oid, kind: pg_sys::ObjectType::Type) {
    // SAFETY: catalog look-ups; the function exists.
    unsafe {
        let result = compat::function_aclcheck(function, pg_sys::GetUserId());
        if result != pg_sys::AclResult::ACLCHECK_OK {
            pg_sys::aclcheck_error(result, kind, pg_sys::get_func_name(function));
        }
    }
}

/// A small context below `parent`.
///
/// # Safety
/// The parent must be valid.
pub(super) unsafe fn new_memory(
    parent: pg_sys::MemoryContext,
    name: &'static CStr,
) -> pg_sys::MemoryContext {
    // SAFETY: the caller vouches for the parent; the name is static and NUL-terminated.
    unsafe {
        pg_sys::AllocSetContextCreateExtended(
            parent,
            name.as_ptr(),
            pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
            pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
            pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
        )
    }
}

/// Where the arguments of a call begin.
const ARGUMENTS: usize = std::mem::offset_of!(pg_sys::FunctionCallInfoBaseData, args);

/// A call of a function with room for this many arguments, all NULL, in the current memory.
///
/// # Safety
/// `function` must be valid for as long as the call is used.
pub(super) unsafe fn new_call(
    function: *mut pg_sys::FmgrInfo,
    count: usize,
) -> pg_sys::FunctionCallInfo {
    // SAFETY: the call is as large as the number of arguments asks for.
    unsafe {
        let size =
            size_of::<pg_sys::FunctionCallInfoBaseData>() + count * size_of::<NullableDatum>();
        let call = pg_sys::palloc0(size).cast::<pg_sys::FunctionCallInfoBaseData>();
        (*call).flinfo = function;
        (*call).nargs = i16::try_from(count).unwrap_or(i16::MAX);
        for index in 0..count {
            *arguments(call).add(index) = NullableDatum { value: Datum::null(), isnull: true };
        }
        call
    }
}

/// The first argument of a call; the others are behind it.
///
/// # Safety
/// The call must come from [`new_call`].
pub(super) unsafe fn arguments(call: pg_sys::FunctionCallInfo) -> *mut NullableDatum {
    // SAFETY: the caller vouches for the call.
    unsafe { call.byte_add(ARGUMENTS).cast() }
}

/// The value of an expression in the current memory.
///
/// # Safety
/// The expression must be one of a node in execution, whose context this is.
#[expect(ffi_unwind_calls, reason = "the guard turns an error of the server into a panic")]
pub(super) unsafe fn evaluate(
    expression: *mut pg_sys::ExprState,
    context: *mut pg_sys::ExprContext,
) -> NullableDatum {
    let mut value = NullableDatum { value: Datum::null(), isnull: true };
    // SAFETY: the caller vouches for both.
    unsafe {
        if let Some(evaluate) = (*expression).evalfunc {
            value.value = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                evaluate(expression, context, &mut value.isnull)
            });
        }
    }
    value
}

/// Shows an expression of a node's plan in `EXPLAIN`, with the names of tables if that is verbose.
///
/// # Safety
/// To be called while the node is explained, with what its callback was called with.
pub(super) unsafe fn show(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    output: *mut pg_sys::ExplainState,
    label: &'static CStr,
    expression: *mut pg_sys::Node,
) {
    // SAFETY: the caller vouches for everything; the label is NUL-terminated.
    unsafe {
        let (plan, names) = ((*node).ss.ps.plan, (*output).deparse_cxt);
        let context = pg_sys::set_deparse_context_plan(names, plan, ancestors);
        let shown = pg_sys::deparse_expression(expression, context, (*output).verbose, false);
        pg_sys::ExplainPropertyText(label.as_ptr(), shown, output);
    }
}

/// A list of nodes.
///
/// # Safety
/// Each must be a node, or null.
pub(super) unsafe fn list(nodes: &[*mut pg_sys::Node]) -> *mut pg_sys::List {
    // SAFETY: null is the empty list.
    let append = |list, &node: &*mut pg_sys::Node| unsafe { pg_sys::lappend(list, node.cast()) };
    nodes.iter().fold(std::ptr::null_mut(), append)
}
