//! What is done with each row: the conditions, and a call of the transition function.

#![expect(clippy::disallowed_methods, reason = "a table has at most 1,600 columns")]

use pgrx::is_a;
use pgrx::pg_sys::{self, Datum, NodeTag, NullableDatum};

use super::layout::TupleLayout;
use super::plan::{self, Condition};
use crate::error::Error;
use crate::pg::aggregate::Direct;
use crate::pg::call::Call;
use crate::pg::custom;
use crate::pg::nodes::nodes;
use crate::pg::query::int8_of;

/// An aggregation under way.
pub(super) struct Work {
    aggregate: &'static Direct,
    /// The call of the transition function.
    call: Call,
    layout: TupleLayout,
    /// The arguments of the call, of which the first is the state, and behind them columns that
    /// only conditions look at. The call reads them too, and so they are borrowed for moments only.
    values: *mut [NullableDatum],
    /// Arguments that are the same column as another one: from where, and to where.
    copies: Vec<(usize, usize)>,
    bounds: Vec<Bound>,
}

/// A condition on a time.
struct Bound {
    /// The place of the time among the values.
    place: usize,
    is_lower: bool,
    /// Nothing for NULL, which no time fulfils.
    bound: Option<i64>,
}

impl Work {
    /// The work of a node, with the aggregate's state in `memory`.
    ///
    /// # Safety
    /// `node` must be in execution, with a plan of [`plan::write`]; `memory` must outlive the work,
    /// and so must the current memory.
    pub(super) unsafe fn new(
        node: *mut pg_sys::CustomScanState,
        memory: pg_sys::MemoryContext,
    ) -> Result<Self, Error> {
        // SAFETY: the caller vouches for the node and so for its plan.
        unsafe {
            let plan: &pg_sys::CustomScan = &*(*node).ss.ps.plan.cast();
            let (aggregate, aggref) = (plan::functions(plan)?, plan::aggref(plan));
            let conditions: Vec<Condition> = plan::conditions(plan).collect();
            let (call, values) = prepare(aggref, conditions.len(), memory);

            let mut needed: Vec<(i16, usize)> = Vec::new();
            // Where the column is, which is `place` if it is nowhere yet.
            let mut place_of = |column: i16, place: usize| {
                let found = needed.iter().find(|(each, _)| *each == column);
                found.map(|&(_, place)| place).unwrap_or_else(|| {
                    needed.push((column, place));
                    place
                })
            };
            let mut copies = Vec::new();
            let mut free = 1;
            for entry in nodes::<pg_sys::TargetEntry>((*aggref).args) {
                let expression = (*entry).expr;
                if is_a(expression.cast(), NodeTag::T_Var) {
                    let place = place_of((*expression.cast::<pg_sys::Var>()).varattno, free);
                    if place != free {
                        copies.push((place, free));
                    }
                } else {
                    (&mut *values)[free] = evaluate(node, expression);
                }
                free += 1;
            }
            let mut bounds = Vec::new();
            for Condition { column, is_lower, bound } in conditions {
                let bound = evaluate(node, bound);
                bounds.push(Bound {
                    place: place_of(column, free),
                    is_lower,
                    bound: (!bound.isnull).then(|| int8_of(bound.value)),
                });
                free += 1;
            }
            let layout = TupleLayout::new((*(*node).ss.ss_currentRelation).rd_att, &needed);
            Ok(Self { aggregate, call, layout, values, copies, bounds })
        }
    }

    /// Whether no row can fulfil the conditions.
    pub(super) fn is_empty(&self) -> bool {
        self.bounds.iter().any(|bound| bound.bound.is_none())
    }

    /// Hands a row to the aggregate, if it fulfils the conditions.
    ///
    /// # Safety
    /// `row` must be a row of the node's table, on a page that stays pinned.
    #[inline]
    pub(super) unsafe fn count(
        &mut self,
        row: *const pg_sys::HeapTupleHeaderData,
    ) -> Result<(), Error> {
        // SAFETY: the caller vouches for the row; nobody else borrows the values now.
        unsafe {
            let values = &mut *self.values;
            self.layout.read(row, values);
            if !self.bounds.iter().all(|bound| bound.holds(values)) {
                return Ok(());
            }
            for &(from, to) in &self.copies {
                values[to] = values[from];
            }
        }
        if let Some(state) = (self.aggregate.transition)(&self.call)? {
            // SAFETY: the call is over.
            unsafe { (&mut *self.values)[0] = NullableDatum { value: state, isnull: false } };
        }
        Ok(())
    }

    /// The state of all rows so far, as bytes; `None` if there were none.
    pub(super) fn value(&self) -> Result<Option<Datum>, Error> {
        (self.aggregate.value)(&self.call)
    }
}

impl Bound {
    #[inline]
    fn holds(&self, values: &[NullableDatum]) -> bool {
        let value = &values[self.place];
        match self.bound {
            Some(bound) if !value.isnull => (int8_of(value.value) >= bound) == self.is_lower,
            _ => false,
        }
    }
}

/// The call of the transition function, and its arguments with room for `more` values behind
/// them, all NULL.
unsafe fn prepare(
    aggref: *mut pg_sys::Aggref,
    more: usize,
    memory: pg_sys::MemoryContext,
) -> (Call, *mut [NullableDatum]) {
    // SAFETY: everything is allocated in the current memory, and is as large as the number of
    // values asks for. The expression is there for the types of the arguments.
    unsafe {
        let mut expressions = pg_sys::lappend(
            std::ptr::null_mut(),
            pg_sys::makeNullConst(pg_sys::INTERNALOID, -1, pg_sys::InvalidOid).cast(),
        );
        for entry in nodes::<pg_sys::TargetEntry>((*aggref).args) {
            expressions = pg_sys::lappend(expressions, (*entry).expr.cast());
        }
        let function = pg_sys::palloc0(size_of::<pg_sys::FmgrInfo>()).cast::<pg_sys::FmgrInfo>();
        (*function).fn_mcxt = pg_sys::CurrentMemoryContext;
        (*function).fn_expr = pg_sys::makeFuncExpr(
            pg_sys::InvalidOid,
            pg_sys::INTERNALOID,
            expressions,
            pg_sys::InvalidOid,
            (*aggref).inputcollid,
            pg_sys::CoercionForm::COERCE_EXPLICIT_CALL,
        )
        .cast();
        let arguments = usize::try_from((*expressions).length).unwrap_or(0);
        let count = arguments + more;
        let fcinfo = custom::new_call(function, count);
        (*fcinfo).nargs = i16::try_from(arguments).unwrap_or(i16::MAX);
        let values = std::ptr::slice_from_raw_parts_mut(custom::arguments(fcinfo), count);
        (Call::of_scan(fcinfo, memory), values)
    }
}

/// The value of an expression that is the same for all rows.
unsafe fn evaluate(
    node: *mut pg_sys::CustomScanState,
    expression: *mut pg_sys::Expr,
) -> NullableDatum {
    // SAFETY: the node is in execution, and the expression one of its plan.
    unsafe {
        let state = pg_sys::ExecInitExpr(expression, &raw mut (*node).ss.ps);
        custom::evaluate(state, (*node).ss.ps.ps_ExprContext)
    }
}
