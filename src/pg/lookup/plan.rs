//! What the planner tells the node: which function is asked, and for which ids.
//!
//! The server copies plans and keeps them, so everything is in nodes and lists of its own. Only
//! this module knows what is where. The function's call is among the expressions of the plan,
//! though the node evaluates its arguments only: so the server knows that the plan depends on it.

use std::ffi::CStr;

use pgrx::pg_sys::{self, NodeTag};

use super::condition::IdCondition;
use crate::pg::custom::list;
use crate::pg::nodes::nodes;

/// What `EXPLAIN` calls the node.
pub(super) const NAME: &CStr = c"TenantLookup";

/// Arguments of the reader's body: the ids, `since`, `until` and `source`.
pub(super) const ARGUMENTS: usize = 4;

/// What a path has to know, for its private list.
///
/// # Safety
/// All must be of the statement that is being planned.
pub(super) unsafe fn of_path(
    call: *mut pg_sys::FuncExpr,
    condition: &IdCondition,
    columns: *mut pg_sys::List,
) -> *mut pg_sys::List {
    // SAFETY: the caller vouches for the nodes.
    unsafe { list(&[call.cast(), condition.ids, condition.restriction.cast(), columns.cast()]) }
}

/// Tells a plan what the path knows; `clauses` are all conditions on its rows.
///
/// # Safety
/// The private list of the path must come from [`of_path`].
pub(super) unsafe fn write(
    plan: &mut pg_sys::CustomScan,
    path: &pg_sys::CustomPath,
    clauses: *mut pg_sys::List,
) {
    // SAFETY: the caller vouches for the list, and the planner for the clauses.
    unsafe {
        let [call, ids, taken, columns] =
            [0, 1, 2, 3].map(|at| pg_sys::list_nth(path.custom_private, at));
        let taken = taken.cast::<pg_sys::RestrictInfo>();
        let others = nodes::<pg_sys::RestrictInfo>(clauses)
            .filter(|&each| !is_fulfilled(each, taken))
            .fold(std::ptr::null_mut(), |others, each| pg_sys::lappend(others, each.cast()));
        plan.scan.plan.type_ = NodeTag::T_CustomScan;
        plan.scan.plan.qual = pg_sys::extract_actual_clauses(others, false);
        plan.custom_exprs = list(&[call.cast(), ids.cast(), (*taken).clause.cast()]);
        plan.custom_scan_tlist = columns.cast();
        plan.flags = path.flags;
    }
}

/// Whether every row fulfils a condition because the ids were taken from another: from this one, or
/// from one that the planner derived of the same expressions that are equal.
unsafe fn is_fulfilled(
    condition: *mut pg_sys::RestrictInfo,
    taken: *mut pg_sys::RestrictInfo,
) -> bool {
    // SAFETY: the caller vouches for the nodes.
    unsafe {
        condition == taken
            || !(*taken).parent_ec.is_null() && (*condition).parent_ec == (*taken).parent_ec
    }
}

/// The call of the function that the statement names.
///
/// # Safety
/// The plan must be one of [`write()`].
pub(super) unsafe fn call(plan: &pg_sys::CustomScan) -> *mut pg_sys::FuncExpr {
    // SAFETY: the caller vouches for the plan.
    unsafe { pg_sys::list_nth(plan.custom_exprs, 0).cast() }
}

/// The arguments of the reader's body.
///
/// # Safety
/// As for [`call`].
pub(super) unsafe fn arguments(plan: &pg_sys::CustomScan) -> [*mut pg_sys::Expr; ARGUMENTS] {
    // SAFETY: the caller vouches for the plan; the function has these arguments behind the root.
    unsafe {
        let given = (*call(plan)).args;
        let [since, until, source] = [1, 2, 3].map(|at| pg_sys::list_nth(given, at).cast());
        [pg_sys::list_nth(plan.custom_exprs, 1).cast(), since, until, source]
    }
}

/// The condition that says which ids are wanted, as `EXPLAIN` shows it.
///
/// # Safety
/// As for [`call`].
pub(super) unsafe fn clause(plan: &pg_sys::CustomScan) -> *mut pg_sys::Node {
    // SAFETY: the caller vouches for the plan.
    unsafe { pg_sys::list_nth(plan.custom_exprs, 2).cast() }
}

/// The number of the column that has the whole row, if the statement asks for it: it is the last.
///
/// # Safety
/// As for [`call`].
pub(super) unsafe fn whole_row(plan: &pg_sys::CustomScan) -> Option<usize> {
    // SAFETY: the caller vouches for the plan, whose columns are variables.
    unsafe {
        nodes::<pg_sys::TargetEntry>(plan.custom_scan_tlist)
            .position(|entry| (*(*entry).expr.cast::<pg_sys::Var>()).varattno == 0)
    }
}
