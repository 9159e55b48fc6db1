//! What is done with the rows of a page: those whose time is within bounds are handed to the
//! aggregate together.

#![expect(clippy::disallowed_methods, reason = "a table has at most 1,600 columns")]

use pgrx::is_a;
use pgrx::pg_sys::{self, Datum, NodeTag, NullableDatum};
use tenant_metrics_core::memory;

use super::conditions::{TimeBounds, evaluate};
use super::layout::TupleLayout;
use super::pages::HeapRow;
use super::plan::{self, ScannedTable};
use crate::error::Error;
use crate::pg::aggregate::{ArgumentRows, Direct};
use crate::pg::call::Call;
use crate::pg::custom;
use crate::pg::nodes::nodes;

/// An aggregation under way, over one table after the other.
pub(super) struct Work {
    aggregate: &'static Direct,
    /// The call of the transition function.
    call: Call,
    /// The first argument of the call, which is the state.
    state: *mut NullableDatum,
    /// The arguments of the rows of a page, and behind them columns that only bounds look at.
    rows: ArgumentRows,
    /// How many values of a row are arguments.
    arguments: usize,
    /// Whether the result is to be merged with others.
    is_partial: bool,
    table: TableWork,
}

/// What is done with the rows of a table.
struct TableWork {
    layout: TupleLayout,
    /// Arguments that are the same column as another one: from where, and to where.
    copies: Vec<(usize, usize)>,
    bounds: TimeBounds,
}

impl Work {
    /// The work of a node, with the aggregate's state in `memory`, before the first table.
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
            let more = plan::tables(plan).map(|table| table.columns.len()).max().unwrap_or(0);
            let (call, values) = prepare(aggref, memory);
            for (place, entry) in (1..).zip(nodes::<pg_sys::TargetEntry>((*aggref).args)) {
                if !is_a((*entry).expr.cast(), NodeTag::T_Var) {
                    (&mut *values)[place] = evaluate(node, (*entry).expr);
                }
            }
            let (arguments, state) = (values.len(), values.cast());
            let mut row = memory::copied(&*values)?;
            row.resize(arguments + more, NULL);
            let is_partial = (*aggref).aggsplit != pg_sys::AggSplit::AGGSPLIT_SIMPLE;
            let (rows, table) = (ArgumentRows::new(row), TableWork::NONE);
            Ok(Self { aggregate, call, state, rows, arguments, is_partial, table })
        }
    }

    /// Goes on to a table. The rows that follow may be those of a filter.
    ///
    /// # Safety
    /// The table must be one of the node's, and open.
    pub(super) unsafe fn turn_to(
        &mut self,
        node: *mut pg_sys::CustomScanState,
        table: &ScannedTable,
        relation: pg_sys::Relation,
        is_filtered: bool,
    ) {
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
        for (argument, &column) in (1..).zip(&table.arguments).filter(|(_, column)| **column > 0) {
            let place = place_of(column, argument);
            if place != argument {
                copies.push((place, argument));
            }
        }
        let mut free = self.arguments;
        // SAFETY: the caller vouches for the table and the node.
        unsafe {
            let bounds = if is_filtered {
                TimeBounds::NONE
            } else {
                TimeBounds::new(node, table, |column| {
                    let place = place_of(column, free);
                    free += usize::from(place == free);
                    place
                })
            };
            let layout = TupleLayout::new((*relation).rd_att, &needed);
            self.table = TableWork { layout, copies, bounds };
        }
    }

    /// Whether no time is within the bounds.
    pub(super) fn is_never(&self) -> bool {
        self.table.bounds.is_never()
    }

    /// Hands those of some rows to the aggregate whose time is within the bounds; gives the number of
    /// the others. The current memory is for what is made for one row.
    ///
    /// # Safety
    /// The rows must be of the node's table, on a page that stays pinned.
    pub(super) unsafe fn count(&mut self, rows: &[HeapRow]) -> Result<usize, Error> {
        let Self { rows: found, table, .. } = self;
        found.clear();
        let mut removed = 0;
        for &row in rows {
            found.push_if(|values| {
                // SAFETY: the caller vouches for the row; it has all places of the layout.
                unsafe { table.layout.read(row, values) };
                let holds = table.bounds.hold(values);
                removed += usize::from(!holds);
                for &(from, to) in &table.copies {
                    values[to] = values[from];
                }
                holds
            })?;
        }
        if found.len() > 0
            && let Some(value) = (self.aggregate.count)(&self.call, found)?
        {
            // SAFETY: nobody else borrows the argument now.
            unsafe { *self.state = NullableDatum { value, isnull: false } };
        }
        Ok(removed)
    }

    /// The state of all rows so far, as bytes; `None` if there were none.
    pub(super) fn value(&self) -> Result<Option<Datum>, Error> {
        let value = if self.is_partial { self.aggregate.partial } else { self.aggregate.value };
        value(&self.call)
    }
}

impl TableWork {
    const NONE: Self =
        Self { layout: TupleLayout::NONE, copies: Vec::new(), bounds: TimeBounds::NONE };
}

/// A value that is not there.
const NULL: NullableDatum = NullableDatum { value: Datum::null(), isnull: true };

/// The call of the transition function, and its arguments, all NULL.
unsafe fn prepare(
    aggref: *mut pg_sys::Aggref,
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
        let count = usize::try_from((*expressions).length).unwrap_or(0);
        let fcinfo = custom::new_call(function, count);
        let values = std::ptr::slice_from_raw_parts_mut(custom::arguments(fcinfo), count);
        (Call::of_scan(fcinfo, memory), values)
    }
}
