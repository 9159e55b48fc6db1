//! What the planner tells the node: which aggregate it computes, of which rows of which tables.
//!
//! The server copies plans, keeps them and sends them to workers, so everything is in nodes and
//! lists of its own, and where it expects them. Only this module knows what is where:
//!
//! - A path has the number of the aggregate in its private list, and for each table its number and
//!   which of its columns are the aggregate's arguments. Below it there are the server's own scans
//!   of these tables, whose plans have the conditions.
//! - The columns of a plan are the aggregate and, behind it, for each table its OID, by which the
//!   server keeps the number of the table, and what conditions refer to. Its expressions are the
//!   conditions, table by table: first those that are the same for all rows, then the others in the
//!   order in which the server would evaluate them. The server makes their columns places in the
//!   list of columns, and finds their parameters and subplans. The private list has the number of
//!   the aggregate, and for each table how many conditions of both kinds there are, and the columns
//!   that are arguments.

#![expect(clippy::disallowed_methods, reason = "the planner has lists as long as these")]

use std::ffi::{CStr, c_void};

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag};

use crate::error::Error;
use crate::pg::aggregate::{self, Direct};
use crate::pg::compat::{self, int_val};
use crate::pg::custom::list;
use crate::pg::nodes::{integers, nodes};

/// What `EXPLAIN` calls the node, and workers find it by.
pub(super) const NAME: &CStr = c"TenantUsageScan";

/// What is read of a table: the only one, or one of the parts of another.
#[derive(Clone)]
pub(super) struct PlannedTable {
    /// Its number in the statement.
    pub(super) table: pg_sys::Index,
    /// For each argument of the aggregate the number of its column, or 0 if it is the same for all
    /// rows.
    pub(super) arguments: Vec<i16>,
    /// The server's own scan of it.
    pub(super) scan: *mut pg_sys::Path,
}

/// Tells a path what it has to know.
///
/// # Safety
/// The scans must be paths of the planner.
pub(super) unsafe fn prepare(
    path: &mut pg_sys::CustomPath,
    aggregate: i32,
    tables: &[PlannedTable],
) {
    // SAFETY: the caller vouches for the scans; the rest is made here.
    unsafe {
        let mut private = list(&[pg_sys::makeInteger(aggregate).cast()]);
        for each in tables {
            let numbers = each.arguments.iter().map(|&column| i32::from(column));
            let numbers = integer_list(std::iter::once(each.table.cast_signed()).chain(numbers));
            private = pg_sys::lappend(private, numbers.cast());
            path.custom_paths = pg_sys::lappend(path.custom_paths, each.scan.cast());
        }
        path.custom_private = private;
    }
}

/// Tells a plan what the path knows, and the conditions of the server's own scans.
///
/// # Safety
/// The path must come from [`prepare`], and its one target must be the aggregate. `scans` must be
/// the plans of the paths below it, each maybe below one that decides whether there are rows at all.
pub(super) unsafe fn write(
    plan: &mut pg_sys::CustomScan,
    path: &pg_sys::CustomPath,
    scans: *mut pg_sys::List,
) {
    // SAFETY: the caller vouches for path and plans.
    unsafe {
        let aggref = pg_sys::list_nth((*path.path.pathtarget).exprs, 0).cast();
        let target = pg_sys::makeTargetEntry(aggref, 1, std::ptr::null_mut(), false);
        let mut columns = list(&[target.cast()]);
        let mut private = list(&[pg_sys::list_nth(path.custom_private, 0).cast()]);
        let mut all = std::ptr::null_mut();
        for (known, scan) in nodes(path.custom_private).skip(1).zip(nodes(scans)) {
            let (same_for_all, of_rows) = conditions_of(scan);
            let counts = [same_for_all, of_rows].map(|some| nodes::<pg_sys::Node>(some).count());
            let counts = counts.into_iter().map(|count| i32::try_from(count).unwrap_or(i32::MAX));
            let mut known = integers(known);
            let table = known.next().unwrap_or(0);
            columns = pg_sys::add_to_flat_tlist(columns, list(&[oid_of(table)]));
            plan.scan.scanrelid = table.cast_unsigned();
            private = pg_sys::lappend(private, integer_list(counts.chain(known)).cast());
            for some in [same_for_all, of_rows] {
                columns = pg_sys::add_to_flat_tlist(columns, columns_in(some.cast()));
                all = pg_sys::list_concat(all, some);
            }
        }
        plan.scan.plan.type_ = NodeTag::T_CustomScan;
        if (*private).length > 2 {
            // A node has a table of its own if that is the only one.
            plan.scan.scanrelid = 0;
        }
        plan.custom_private = private;
        plan.custom_exprs = all;
        plan.custom_scan_tlist = columns;
    }
}

/// The conditions of a scan, copied: those that are the same for all rows, and the others.
unsafe fn conditions_of(scan: *mut pg_sys::Plan) -> (*mut pg_sys::List, *mut pg_sys::List) {
    // SAFETY: the caller vouches for the plan.
    unsafe {
        let (mut scan, mut same_for_all) = (scan, std::ptr::null_mut());
        if is_a(scan.cast(), NodeTag::T_Result) {
            same_for_all = (*scan.cast::<pg_sys::Result>()).resconstantqual.cast::<pg_sys::List>();
            scan = (*scan).lefttree;
        }
        let copies = [same_for_all, (*scan).qual]
            .map(|some| pg_sys::copyObjectImpl(some.cast()).cast::<pg_sys::List>());
        let mut executions = 2.0 * (*scan).plan_rows;
        for some in copies {
            choose_subplans(some.cast(), (&raw mut executions).cast());
        }
        copies.into()
    }
}

/// The column that has the OID of a table.
#[expect(clippy::cast_possible_truncation, reason = "the numbers of such columns are -1 to -6")]
const TABLE_OID: i16 = pg_sys::TableOidAttributeNumber as i16;

/// That column of a table, by which its number is kept.
unsafe fn oid_of(table: i32) -> *mut pg_sys::Node {
    // SAFETY: a new node.
    let oid = unsafe { compat::make_var(table, TABLE_OID, pg_sys::OIDOID) };
    oid.cast()
}

unsafe fn integer_list(numbers: impl Iterator<Item = i32>) -> *mut pg_sys::List {
    // SAFETY: null is the empty list.
    numbers.fold(std::ptr::null_mut(), |list, number| unsafe { pg_sys::lappend_int(list, number) })
}

/// The columns that an expression of the planner's refers to.
///
/// # Safety
/// `expression` must be one.
pub(super) unsafe fn columns_in(expression: *mut pg_sys::Node) -> *mut pg_sys::List {
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

/// A table of a plan.
pub(super) struct ScannedTable {
    /// Its number in the statement.
    pub(super) number: pg_sys::Index,
    /// See [`PlannedTable::arguments`].
    pub(super) arguments: Vec<i16>,
    /// The conditions that are the same for all rows.
    pub(super) same_for_all: Vec<*mut pg_sys::Node>,
    /// The conditions on each row.
    pub(super) of_rows: Vec<*mut pg_sys::Node>,
    /// The columns that conditions refer to, each with its place in the node's row, as numbers of
    /// columns, which are counted from 1.
    pub(super) columns: Vec<(i16, i16)>,
}

impl ScannedTable {
    /// All conditions, as one list.
    pub(super) fn conditions(&self) -> *mut pg_sys::List {
        // SAFETY: null is the empty list.
        let append =
            |list, &each: &*mut pg_sys::Node| unsafe { pg_sys::lappend(list, each.cast()) };
        self.same_for_all.iter().chain(&self.of_rows).fold(std::ptr::null_mut(), append)
    }
}

/// The tables that the plan reads, one after the other.
///
/// # Safety
/// As for [`aggref`].
pub(super) unsafe fn tables(plan: &pg_sys::CustomScan) -> impl Iterator<Item = ScannedTable> {
    // SAFETY: the caller vouches for the plan.
    unsafe {
        let mut conditions = nodes::<pg_sys::Node>(plan.custom_exprs);
        let numbers = columns(plan).filter(|(column, _)| column.varattno == TABLE_OID);
        nodes(plan.custom_private).skip(1).zip(numbers).map(move |(known, (oid, _))| {
            let number = oid.varno;
            let mut known = integers(known);
            let mut take = || {
                let count = known.next().and_then(|count| usize::try_from(count).ok());
                conditions.by_ref().take(count.unwrap_or(0)).collect()
            };
            ScannedTable {
                number: pg_sys::Index::try_from(number).unwrap_or(0),
                same_for_all: take(),
                of_rows: take(),
                arguments: known.filter_map(|column| i16::try_from(column).ok()).collect(),
                columns: columns(plan)
                    .filter(|(column, _)| column.varno == number && column.varattno > 0)
                    .map(|(column, place)| (column.varattno, place))
                    .collect(),
            }
        })
    }
}

/// The columns behind the aggregate, with their places.
unsafe fn columns<'a>(
    plan: &'a pg_sys::CustomScan,
) -> impl Iterator<Item = (&'a pg_sys::Var, i16)> + use<'a> {
    // SAFETY: the caller vouches for the plan.
    unsafe {
        nodes::<pg_sys::TargetEntry>(plan.custom_scan_tlist)
            .skip(1)
            .map(|entry| (&*(*entry).expr.cast::<pg_sys::Var>(), (*entry).resno))
    }
}
