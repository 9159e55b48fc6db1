//! Conditions on rows: policies of row-level security, those of views, windows of time.
//!
//! A time that is compared with a bound is looked at where it lies. Every other condition is
//! evaluated by the server, in the order that its planner gave it, so that no function that can
//! tell what it saw comes before a policy; for a page of rows at a time. Comparisons of times tell
//! nothing and cannot fail, so it is no harm that they come first.

#![expect(clippy::disallowed_methods, reason = "a table has at most 1,600 columns")]

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag, NullableDatum};
use tenant_metrics_core::memory;

use super::layout::TupleLayout;
use super::pages::HeapRow;
use super::plan::ScannedTable;
use crate::error::Error;
use crate::pg::custom;
use crate::pg::nodes::nodes;
use crate::pg::query::int8_of;

/// The conditions that the server evaluates; either is null if there are none.
#[derive(Clone, Copy)]
pub(super) struct Conditions {
    /// Those that are the same for all rows.
    same_for_all: *mut pg_sys::ExprState,
    of_rows: *mut pg_sys::ExprState,
}

impl Conditions {
    /// The conditions on a table of a node.
    ///
    /// # Safety
    /// To be called when the execution of the node begins, and the table must be one of its plan.
    pub(super) unsafe fn new(node: *mut pg_sys::CustomScanState, table: &ScannedTable) -> Self {
        // SAFETY: the caller vouches for the node and for the table.
        unsafe {
            let prepare = |conditions: &[*mut pg_sys::Node]| {
                pg_sys::ExecInitQual(custom::list(conditions), &raw mut (*node).ss.ps)
            };
            let others = table.of_rows.iter().copied().filter(|&each| !is_time_bound(each));
            Self {
                same_for_all: prepare(&table.same_for_all),
                of_rows: prepare(&others.collect::<Vec<_>>()),
            }
        }
    }

    /// Whether those that are the same for all rows are fulfilled.
    ///
    /// # Safety
    /// The node must be in execution, and `context` its own.
    pub(super) unsafe fn allow_rows(&self, context: *mut pg_sys::ExprContext) -> bool {
        // SAFETY: the caller vouches for the context.
        self.same_for_all.is_null()
            || unsafe { is_true(&custom::evaluate(self.same_for_all, context)) }
    }
}

/// Finds the rows of a page that fulfil all conditions, where the server evaluates some.
pub(super) struct Filter {
    conditions: *mut pg_sys::ExprState,
    context: *mut pg_sys::ExprContext,
    layout: TupleLayout,
    /// The columns that conditions refer to, and where the first of them is in the node's row, in
    /// which the others follow it.
    values: Vec<NullableDatum>,
    first: usize,
    bounds: TimeBounds,
}

impl Filter {
    /// The filter of the rows of a node's table, if it needs one.
    ///
    /// # Safety
    /// The node must be in execution, and everything else be of the same table of its.
    pub(super) unsafe fn new(
        node: *mut pg_sys::CustomScanState,
        table: &ScannedTable,
        relation: pg_sys::Relation,
        conditions: Conditions,
    ) -> Result<Option<Self>, Error> {
        if conditions.of_rows.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller vouches for the table; the node's row has as many columns as its plan.
        unsafe {
            let (context, row) = ((*node).ss.ps.ps_ExprContext, (*node).ss.ss_ScanTupleSlot);
            pg_sys::ExecStoreAllNullTuple(row);
            (*context).ecxt_scantuple = row;
            let places: Vec<(i16, usize)> = table
                .columns
                .iter()
                .copied()
                .zip(0..)
                .map(|((column, _), at)| (column, at))
                .collect();
            let first = table
                .columns
                .first()
                .map_or(0, |&(_, place)| usize::try_from(place).unwrap_or(1) - 1);
            let place_of = |column| {
                places.iter().find(|(each, _)| *each == column).map_or(0, |&(_, place)| place)
            };
            let bounds = TimeBounds::new(node, table, place_of);
            let layout = TupleLayout::new((*relation).rd_att, &places);
            let null = NullableDatum { value: pg_sys::Datum::null(), isnull: true };
            let values = memory::filled(places.len(), null)?;
            let conditions = conditions.of_rows;
            Ok(Some(Self { conditions, context, layout, values, first, bounds }))
        }
    }

    /// Whether no row can fulfil the conditions.
    pub(super) fn is_never(&self) -> bool {
        self.bounds.is_never()
    }

    /// Removes the rows that do not fulfil the conditions, and says how many they were. The current
    /// memory is for what is made for one row.
    ///
    /// # Safety
    /// The rows must be of the node's table, on a page that stays pinned.
    pub(super) unsafe fn keep_fulfilling(&mut self, rows: &mut Vec<HeapRow>) -> usize {
        // SAFETY: the caller vouches for the rows. One guard is enough for all of them: what an error
        // jumps over has nothing to drop.
        unsafe {
            let Some(evaluate) = (*self.conditions).evalfunc else { return 0 };
            let kept = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                let mut kept = 0;
                for at in 0..rows.len() {
                    let row = *rows.get_unchecked(at);
                    if self.holds(row, evaluate) {
                        *rows.get_unchecked_mut(kept) = row;
                        kept += 1;
                    }
                }
                kept
            });
            let removed = rows.len() - kept;
            rows.truncate(kept);
            removed
        }
    }

    /// Whether a row fulfils the conditions.
    #[inline]
    #[expect(ffi_unwind_calls, reason = "the caller guards it")]
    unsafe fn holds(&mut self, row: HeapRow, evaluate: Evaluate) -> bool {
        // SAFETY: as above; the node's row has a place for each value.
        unsafe {
            self.layout.read(row, &mut self.values);
            if !self.bounds.hold(&self.values) {
                return false;
            }
            let slot = (*self.context).ecxt_scantuple;
            for (place, value) in (self.first..).zip(&self.values) {
                *(*slot).tts_values.add(place) = value.value;
                *(*slot).tts_isnull.add(place) = value.isnull;
            }
            let mut value = NullableDatum { value: pg_sys::Datum::null(), isnull: true };
            value.value = evaluate(self.conditions, self.context, &mut value.isnull);
            let memory = pg_sys::CurrentMemoryContext;
            if !(*memory).isReset {
                pg_sys::MemoryContextReset(memory);
            }
            is_true(&value)
        }
    }
}

/// How the server evaluates an expression.
type Evaluate = unsafe extern "C-unwind" fn(
    *mut pg_sys::ExprState,
    *mut pg_sys::ExprContext,
    *mut bool,
) -> pg_sys::Datum;

/// Whether conditions hold: the server makes a list of them false where one is NULL.
fn is_true(value: &NullableDatum) -> bool {
    value.value.value() != 0
}

/// Bounds that times are compared with.
pub(super) struct TimeBounds(Vec<TimeBound>);

struct TimeBound {
    /// The place of the time among the values.
    place: usize,
    is_lower: bool,
    /// `None` for NULL, which no time fulfils.
    bound: Option<i64>,
}

impl TimeBounds {
    pub(super) const NONE: Self = Self(Vec::new());

    /// The bounds of a node's table; `place_of` says where the values of a column will be.
    ///
    /// # Safety
    /// The node must be in execution, and the table be one of its plan.
    pub(super) unsafe fn new(
        node: *mut pg_sys::CustomScanState,
        table: &ScannedTable,
        mut place_of: impl FnMut(i16) -> usize,
    ) -> Self {
        // SAFETY: the caller vouches for the node.
        unsafe {
            let column_at =
                |place| table.columns.iter().find(|(_, each)| *each == place).map(|&(c, _)| c);
            let bounds = table.of_rows.iter().filter_map(|&condition| {
                let (place, is_lower, bound) = time_bound(condition)?;
                let place = place_of(column_at(place)?);
                let bound = evaluate(node, bound);
                let bound = (!bound.isnull).then(|| int8_of(bound.value));
                Some(TimeBound { place, is_lower, bound })
            });
            Self(bounds.collect())
        }
    }

    /// Whether no row can fulfil them.
    pub(super) fn is_never(&self) -> bool {
        self.0.iter().any(|each| each.bound.is_none())
    }

    /// Whether these values fulfil them.
    #[inline]
    pub(super) fn hold(&self, values: &[NullableDatum]) -> bool {
        self.0.iter().all(|each| each.holds(values))
    }
}

impl TimeBound {
    #[inline]
    fn holds(&self, values: &[NullableDatum]) -> bool {
        let value = &values[self.place];
        match self.bound {
            Some(bound) if !value.isnull => (int8_of(value.value) >= bound) == self.is_lower,
            _ => false,
        }
    }
}

/// Whether a condition is one of those that this module looks at itself.
///
/// # Safety
/// `condition` must be one of a plan or of the planner.
pub(super) unsafe fn is_time_bound(condition: *mut pg_sys::Node) -> bool {
    // SAFETY: the caller vouches for the condition.
    unsafe { time_bound(condition) }.is_some()
}

/// Of a condition that compares a time with a bound: the place of the time, whether times from the
/// bound on fulfil it, else those before, and the bound, which is the same for all rows.
unsafe fn time_bound(condition: *mut pg_sys::Node) -> Option<(i16, bool, *mut pg_sys::Expr)> {
    // SAFETY: the caller vouches for the condition; an operator that compares has two arguments.
    unsafe {
        if !is_a(condition, NodeTag::T_OpExpr) {
            return None;
        }
        let comparison = condition.cast::<pg_sys::OpExpr>();
        let is_lower = match u32::from((*comparison).opfuncid) {
            pg_sys::F_TIMESTAMP_GE | pg_sys::F_TIMESTAMPTZ_GE => true,
            pg_sys::F_TIMESTAMP_LT | pg_sys::F_TIMESTAMPTZ_LT => false,
            _ => return None,
        };
        let mut sides = nodes::<pg_sys::Node>((*comparison).args);
        let (time, bound) = (sides.next()?, sides.next()?);
        // A domain is taken for the type that it is over by such a node.
        let time = match is_a(time, NodeTag::T_RelabelType) {
            true => (*time.cast::<pg_sys::RelabelType>()).arg.cast(),
            false => time,
        };
        let is_column = is_a(time, NodeTag::T_Var);
        (is_column && is_same_for_all(bound))
            .then(|| ((*time.cast::<pg_sys::Var>()).varattno, is_lower, bound.cast()))
    }
}

/// Whether the expression is a constant, or a parameter of the statement.
///
/// # Safety
/// `expression` must be a node.
pub(super) unsafe fn is_same_for_all(expression: *mut pg_sys::Node) -> bool {
    // SAFETY: the caller vouches for the node.
    unsafe {
        is_a(expression, NodeTag::T_Const)
            || is_a(expression, NodeTag::T_Param)
                && (*expression.cast::<pg_sys::Param>()).paramkind
                    == pg_sys::ParamKind::PARAM_EXTERN
    }
}

/// The value of an expression that is the same for all rows.
///
/// # Safety
/// The node must be in execution, and the expression one of its plan.
pub(super) unsafe fn evaluate(
    node: *mut pg_sys::CustomScanState,
    expression: *mut pg_sys::Expr,
) -> NullableDatum {
    // SAFETY: the caller vouches for both.
    unsafe {
        let state = pg_sys::ExecInitExpr(expression, &raw mut (*node).ss.ps);
        custom::evaluate(state, (*node).ss.ps.ps_ExprContext)
    }
}
