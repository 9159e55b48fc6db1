//! What the planner tells the node: which aggregate it computes, of which rows of which table.
//!
//! The server copies plans, keeps them and sends them to workers, so everything is in nodes and
//! lists of its own, and where it expects them. Only this module knows what is where:
//!
//! - A path has the numbers of the aggregate and of the table in its private list, and below it
//!   the server's own scan of the table, whose plan has the conditions.
//! - The columns of a plan are the aggregate and, behind it, what conditions refer to. Its
//!   expressions are the conditions: first those that are the same for all rows, then the others in
//!   the order in which the server would evaluate them. The server makes their columns places in
//!   the list of columns, and finds their parameters and subplans. The private list has the
//!   number of the aggregate, and how many conditions are the same for all rows.

use std::ffi::{CStr, c_void};

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag};

use crate::error::Error;
use crate::pg::aggregate::{self, Direct};
use crate::pg::compat::int_val;
use crate::pg::custom::list;
use crate::pg::nodes::nodes;

/// What `EXPLAIN` calls the node, and workers find it by.
pub(super) const NAME: &CStr = c"TenantUsageScan";

/// What a path has to know, for its private list.
pub(super) fn of_path(aggregate: i32, table: pg_sys::Index) -> *mut pg_sys::List {
    // SAFETY: new nodes.
    unsafe {
        let [aggregate, table] =
            [aggregate, table.cast_signed()].map(|number| pg_sys::makeInteger(number));
        list(&[aggregate.cast(), table.cast()])
    }
}

/// Tells a plan what the path knows, and the conditions of the server's own scan.
///
/// # Safety
/// The private list of the path must come from [`of_path`], and its one target must be the
/// aggregate. `rows` must be the plan of a sequential scan, maybe below one that decides whether
/// there are rows at all.
pub(super) unsafe fn write(
    plan: &mut pg_sys::CustomScan,
    path: &pg_sys::CustomPath,
    rows: *mut pg_sys::Plan,
) {
    // SAFETY: the caller vouches for path and plan.
    unsafe {
        let (mut scan, mut same_for_all) = (rows, std::ptr::null_mut());
        if is_a(rows.cast(), NodeTag::T_Result) {
            scan = (*rows).lefttree;
            same_for_all = (*rows.cast::<pg_sys::Result>()).resconstantqual.cast::<pg_sys::List>();
        }
        let count = nodes::<pg_sys::Node>(same_for_all).count();
        let conditions = pg_sys::list_concat_copy(same_for_all, (*scan).qual);
        let conditions = pg_sys::copyObjectImpl(conditions.cast()).cast::<pg_sys::List>();
        let mut executions = 2.0 * (*scan).plan_rows;
        choose_subplans(conditions.cast(), (&raw mut executions).cast());

        let aggref = pg_sys::list_nth((*path.path.pathtarget).exprs, 0).cast();
        let target = pg_sys::makeTargetEntry(aggref, 1, std::ptr::null_mut(), false);
        let [aggregate, table] = [0, 1].map(|at| pg_sys::list_nth(path.custom_private, at));
        let count = pg_sys::makeInteger(i32::try_from(count).unwrap_or(0));
        plan.scan.plan.type_ = NodeTag::T_CustomScan;
        plan.scan.scanrelid = int_val(table.cast()).cast_unsigned();
        plan.custom_private = list(&[aggregate.cast(), count.cast()]);
        plan.custom_exprs = conditions;
        plan.custom_scan_tlist =
            pg_sys::add_to_flat_tlist(list(&[target.cast()]), columns(conditions.cast()));
    }
}

/// The columns that an expression of the planner's refers to.
///
/// # Safety
/// `expression` must be one.
pub(super) unsafe fn columns(expression: *mut pg_sys::Node) -> *mut pg_sys::List {
    // SAFETY: the caller vouches for the expression.
    unsafe { pg_sys::pull_var_clause(expression, pg_sys::PVC_RECURSE_PLACEHOLDERS.cast_signed()) }
}

/// Where the planner left a choice of subplans, leaves the one that is cheapest for this number of
/// executions. The server would choose too, but for the rows that this node gives, which is one.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn choose_subplans(
    node: *mut pg_sys::Node,
    executions: *mut c_void,
) -> bool {
    if node.is_null() {
        return false;
    }
    // SAFETY: the tag of a node says what it is.
    unsafe {
        if is_a(node, NodeTag::T_AlternativeSubPlan) {
            let choice = node.cast::<pg_sys::AlternativeSubPlan>();
            let count = *executions.cast::<f64>();
            let price =
                |each: *mut pg_sys::SubPlan| (*each).startup_cost + count * (*each).per_call_cost;
            // Of two that cost the same, the server takes the later one.
            let best = nodes::<pg_sys::SubPlan>((*choice).subplans)
                .reduce(|best, next| if price(next) <= price(best) { next } else { best });
            if let Some(best) = best {
                (*choice).subplans = list(&[best.cast()]);
            }
        }
        pg_sys::expression_tree_walker(node, Some(choose_subplans), executions)
    }
}

/// The aggregate that the plan computes, with its arguments.
///
/// # Safety
/// The plan must be one of [`write()`].
pub(super) unsafe fn aggref(plan: &pg_sys::CustomScan) -> *mut pg_sys::Aggref {
    // SAFETY: the caller vouches for the plan.
    unsafe {
        let target = pg_sys::list_nth(plan.custom_scan_tlist, 0).cast::<pg_sys::TargetEntry>();
        (*target).expr.cast()
    }
}

/// The functions of the aggregate that the plan computes.
///
/// # Safety
/// As for [`aggref`].
pub(super) unsafe fn functions(plan: &pg_sys::CustomScan) -> Result<&'static Direct, Error> {
    // SAFETY: the caller vouches for the plan.
    let number = unsafe { int_val(pg_sys::list_nth(plan.custom_private, 0).cast()) };
    aggregate::numbered(number).ok_or(Error::NotAnAggregate)
}

/// The columns of the table that conditions refer to, each with its place in the node's row, as
/// numbers of columns, which are counted from 1.
///
/// # Safety
/// As for [`aggref`].
pub(super) unsafe fn condition_columns(
    plan: &pg_sys::CustomScan,
) -> impl Iterator<Item = (i16, i16)> {
    // SAFETY: the caller vouches for the plan; behind the aggregate there are columns.
    unsafe {
        nodes::<pg_sys::TargetEntry>(plan.custom_scan_tlist).skip(1).map(|entry| {
            let column = (*entry).expr.cast::<pg_sys::Var>();
            ((*column).varattno, (*entry).resno)
        })
    }
}

/// The conditions that are the same for all rows, and those on each.
///
/// # Safety
/// As for [`aggref`].
pub(super) unsafe fn conditions(
    plan: &pg_sys::CustomScan,
) -> (impl Iterator<Item = *mut pg_sys::Node>, impl Iterator<Item = *mut pg_sys::Node>) {
    // SAFETY: the caller vouches for the plan.
    unsafe {
        let count = int_val(pg_sys::list_nth(plan.custom_private, 1).cast());
        let count = usize::try_from(count).unwrap_or(0);
        (nodes(plan.custom_exprs).take(count), nodes(plan.custom_exprs).skip(count))
    }
}
