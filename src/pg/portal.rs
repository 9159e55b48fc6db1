//! What the running statement of the client is about to do, as its plan says.

use std::ffi::c_void;

use pgrx::pg_sys::{self, NodeTag, Oid};

use super::nodes::nodes;

/// How often the statement of the active portal is expected to call the function: 0 if it does
/// not, because the call comes from a function within it.
///
/// The planner's guess, to choose a strategy by; never an answer.
pub(crate) fn expected_calls(function: Oid) -> f64 {
    // SAFETY: while a function runs, the active portal is the one that executes it, and its plan
    // stays; a portal that executes no single query has none.
    unsafe {
        let portal = pg_sys::ActivePortal;
        if portal.is_null() || (*portal).queryDesc.is_null() {
            return 0.0;
        }
        let statement = (*(*portal).queryDesc).plannedstmt;
        let main = calls_below((*statement).planTree, f64::INFINITY, function);
        let subplans = nodes((*statement).subplans);
        main + subplans.map(|plan| calls_below(plan, f64::INFINITY, function)).sum::<f64>()
    }
}

/// Calls by this part of a plan, of which no more than `wanted` rows are fetched.
///
/// # Safety
/// `plan` must be a part of a plan, or null.
unsafe fn calls_below(plan: *mut pg_sys::Plan, wanted: f64, function: Oid) -> f64 {
    if plan.is_null() {
        return 0.0;
    }
    // SAFETY: the tag of a node says what it is; the caller vouches for the rest.
    unsafe {
        let rows = (*plan).plan_rows.min(wanted);
        let calls = mentions((*plan).targetlist, function) || mentions((*plan).qual, function);
        let calls = match (*plan).type_ {
            _ if !calls => 0.0,
            // The arguments of aggregates are computed for each row of their input.
            NodeTag::T_Agg | NodeTag::T_WindowAgg if !(*plan).lefttree.is_null() => {
                (*(*plan).lefttree).plan_rows
            }
            _ => rows,
        };
        let below = match (*plan).type_ {
            NodeTag::T_Limit => rows,
            // These pass rows on one by one; all others may need many to give one.
            NodeTag::T_Result | NodeTag::T_SubqueryScan | NodeTag::T_Append
                if (*plan).qual.is_null() =>
            {
                wanted
            }
            _ => f64::INFINITY,
        };
        let inner = match (*plan).type_ {
            NodeTag::T_SubqueryScan => {
                calls_below((*plan.cast::<pg_sys::SubqueryScan>()).subplan, below, function)
            }
            NodeTag::T_Append => nodes((*plan.cast::<pg_sys::Append>()).appendplans)
                .map(|part| calls_below(part, below, function))
                .sum(),
            _ => 0.0,
        };
        inner
            + calls
            + calls_below((*plan).lefttree, below, function)
            + calls_below((*plan).righttree, below, function)
    }
}

/// Whether an expression calls the function.
///
/// # Safety
/// `expressions` must be a list of expressions, or null.
unsafe fn mentions(expressions: *mut pg_sys::List, function: Oid) -> bool {
    let context = (&raw const function).cast_mut().cast();
    // SAFETY: the walker takes any node; the context outlives the walk.
    unsafe { calls_function(expressions.cast(), context) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn calls_function(node: *mut pg_sys::Node, function: *mut c_void) -> bool {
    // SAFETY: called with a node or null and with the context of `mentions`.
    unsafe {
        if node.is_null() {
            return false;
        }
        let called = (*node).type_ == NodeTag::T_FuncExpr
            && (*node.cast::<pg_sys::FuncExpr>()).funcid == *function.cast::<Oid>();
        called || pg_sys::expression_tree_walker(node, Some(calls_function), function)
    }
}
