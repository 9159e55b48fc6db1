//! What the planner tells the node: which aggregate it computes, of which rows of which table.
//!
//! The server copies plans, keeps them and sends them to workers, so everything is in nodes and
//! lists of its own. Only this module knows what is where: a path has a list of the private list
//! of the plan, the bounds and the number of the table; a plan has that private list, which is the
//! comparisons and the number of the aggregate, and the rest where the server expects it.

use std::ffi::CStr;

use pgrx::pg_sys::{self, NodeTag};

use crate::error::Error;
use crate::pg::aggregate::{self, Direct};
use crate::pg::compat::int_val;
use crate::pg::custom::list;
use crate::pg::nodes::{integers, nodes};

/// What `EXPLAIN` calls the node, and workers find it by.
pub(super) const NAME: &CStr = c"TenantUsageScan";

/// A condition on the rows: a time is compared with a bound.
pub(super) struct Condition {
    /// The number of the column that has the time.
    pub(super) column: i16,
    /// Whether times from the bound on fulfil it; else those before.
    pub(super) is_lower: bool,
    /// The bound, which is the same for all rows.
    pub(super) bound: *mut pg_sys::Expr,
}

/// Conditions that all have to be fulfilled.
pub(super) struct Conditions {
    /// Two integers for each: its column, and whether its bound is a lower one.
    comparisons: *mut pg_sys::List,
    bounds: *mut pg_sys::List,
}

impl Conditions {
    pub(super) const NONE: Self =
        Self { comparisons: std::ptr::null_mut(), bounds: std::ptr::null_mut() };

    /// Adds a condition.
    ///
    /// # Safety
    /// The bound must be an expression of the statement that is being planned.
    pub(super) unsafe fn add(&mut self, condition: &Condition) {
        // SAFETY: the lists are of these types.
        unsafe {
            for number in [condition.column.into(), condition.is_lower.into()] {
                self.comparisons = pg_sys::lappend_int(self.comparisons, number);
            }
            self.bounds = pg_sys::lappend(self.bounds, condition.bound.cast());
        }
    }
}

/// What a path has to know, for its private list.
///
/// # Safety
/// The conditions must be of the statement that is being planned.
pub(super) unsafe fn of_path(
    aggregate: i32,
    conditions: &Conditions,
    table: pg_sys::Index,
) -> *mut pg_sys::List {
    // SAFETY: the lists are of pointers to nodes, which lists are too.
    unsafe {
        let number = pg_sys::makeInteger(aggregate);
        let private = list(&[conditions.comparisons.cast(), number.cast()]);
        let table = pg_sys::makeInteger(table.cast_signed());
        list(&[private.cast(), conditions.bounds.cast(), table.cast()])
    }
}

/// Tells a plan what the path knows.
///
/// # Safety
/// The private list of the path must come from [`of_path`], and its one target must be the
/// aggregate.
pub(super) unsafe fn write(plan: &mut pg_sys::CustomScan, path: &pg_sys::CustomPath) {
    // SAFETY: the caller vouches for the lists.
    unsafe {
        let [private, bounds, table] =
            [0, 1, 2].map(|at| pg_sys::list_nth(path.custom_private, at));
        let aggref = pg_sys::list_nth((*path.path.pathtarget).exprs, 0).cast();
        let target = pg_sys::makeTargetEntry(aggref, 1, std::ptr::null_mut(), false);
        plan.scan.plan.type_ = NodeTag::T_CustomScan;
        plan.scan.scanrelid = int_val(table.cast()).cast_unsigned();
        plan.custom_private = private.cast();
        plan.custom_exprs = bounds.cast();
        plan.custom_scan_tlist = list(&[target.cast()]);
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
    let number = unsafe { int_val(pg_sys::list_nth(plan.custom_private, 1).cast()) };
    aggregate::numbered(number).ok_or(Error::NotAnAggregate)
}

/// The conditions on the rows.
///
/// # Safety
/// As for [`aggref`].
pub(super) unsafe fn conditions(plan: &pg_sys::CustomScan) -> impl Iterator<Item = Condition> {
    // SAFETY: the caller vouches for the plan.
    let (mut comparisons, bounds) = unsafe {
        (
            integers(pg_sys::list_nth(plan.custom_private, 0).cast()),
            nodes::<pg_sys::Expr>(plan.custom_exprs),
        )
    };
    bounds.map_while(move |bound| {
        let column = i16::try_from(comparisons.next()?).ok()?;
        Some(Condition { column, is_lower: comparisons.next()? != 0, bound })
    })
}
