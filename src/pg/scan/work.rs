//! What is done with each row: the conditions, and a call of the transition function.

use pgrx::is_a;
use pgrx::pg_sys::{self, Datum, NodeTag, NullableDatum};

use super::layout::Layout;
use super::{integer, nodes};
use crate::error::Error;
use crate::pg::aggregate::Direct;
use crate::pg::call::Call;

/// An aggregation under way.
pub(super) struct Work {
    aggregate: &'static Direct,
    /// The call of the transition function; its first argument is the state.
    call: Call,
    arguments: *mut NullableDatum,
    /// Which arguments are columns: the argument, and the place of the column in `row`.
    columns: Vec<(usize, usize)>,
    layout: Layout,
    row: Vec<NullableDatum>,
    bounds: Vec<Bound>,
}

/// A condition on a time.
struct Bound {
    /// The place of the time in the row.
    place: usize,
    is_lower: bool,
    /// Nothing for NULL, which no time fulfils.
    bound: Option<i64>,
}

impl Work {
    /// The work of a node, with the aggregate's state in `memory`.
    ///
    /// # Safety
    /// `node` must be in execution, with a plan of `path::plan`; `memory` must outlive the work.
    pub(super) unsafe fn new(
        node: *mut pg_sys::CustomScanState,
        memory: pg_sys::MemoryContext,
    ) -> Result<Self, Error> {
        // SAFETY: the plan holds what `path` has put there.
        unsafe {
            let plan = (*node).ss.ps.plan.cast::<pg_sys::CustomScan>();
            let private = (*plan).custom_private;
            let number = integer(pg_sys::list_nth(private, 1).cast());
            let aggregate = Direct::numbered(number).ok_or(Error::NotAnAggregate)?;
            let aggref = super::node::aggref(node);
            let (call, arguments) = prepare(aggref, memory);

            let mut needed = Vec::new();
            let mut place_of = |column: i16| match needed.iter().position(|each| *each == column) {
                Some(place) => place,
                None => {
                    needed.push(column);
                    needed.len() - 1
                }
            };
            let mut columns = Vec::new();
            for (i, entry) in nodes::<pg_sys::TargetEntry>((*aggref).args).enumerate() {
                let expression = (*entry).expr;
                if is_a(expression.cast(), NodeTag::T_Var) {
                    let column = (*expression.cast::<pg_sys::Var>()).varattno;
                    columns.push((i + 1, place_of(column)));
                } else {
                    *arguments.add(i + 1) = evaluate(node, expression);
                }
            }
            let pairs = pg_sys::list_nth(private, 0).cast::<pg_sys::List>();
            let mut bounds = Vec::new();
            for (i, expression) in nodes((*plan).custom_exprs).enumerate() {
                let i = i32::try_from(i).unwrap_or(i32::MAX);
                let column = pg_sys::list_nth_int(pairs, 2 * i);
                let bound = evaluate(node, expression);
                bounds.push(Bound {
                    place: place_of(i16::try_from(column).unwrap_or(0)),
                    is_lower: pg_sys::list_nth_int(pairs, 2 * i + 1) != 0,
                    bound: (!bound.isnull).then(|| time(bound.value)),
                });
            }
            let layout = Layout::new((*(*node).ss.ss_currentRelation).rd_att, &needed);
            let row = vec![NullableDatum { value: Datum::null(), isnull: true }; needed.len()];
            Ok(Self { aggregate, call, arguments, columns, layout, row, bounds })
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
        // SAFETY: the caller vouches for the row; `prepare` made room for the arguments.
        unsafe {
            self.layout.read(row, &mut self.row);
            if !self.bounds.iter().all(|bound| bound.holds(&self.row)) {
                return Ok(());
            }
            for &(argument, place) in &self.columns {
                *self.arguments.add(argument) = self.row[place];
            }
            if let Some(state) = (self.aggregate.transition)(&self.call)? {
                *self.arguments = NullableDatum { value: state, isnull: false };
            }
            Ok(())
        }
    }

    /// The state of all rows so far, as bytes; nothing if there were none.
    pub(super) fn value(&self) -> Result<Option<Datum>, Error> {
        (self.aggregate.value)(&self.call)
    }
}

impl Bound {
    #[inline]
    fn holds(&self, row: &[NullableDatum]) -> bool {
        let value = &row[self.place];
        match self.bound {
            Some(bound) if !value.isnull => (time(value.value) >= bound) == self.is_lower,
            _ => false,
        }
    }
}

/// The time that a datum carries.
#[inline]
fn time(datum: Datum) -> i64 {
    datum.value().cast_signed() as i64
}

/// The call of the transition function, all its arguments NULL, and where they are.
unsafe fn prepare(
    aggref: *mut pg_sys::Aggref,
    memory: pg_sys::MemoryContext,
) -> (Call, *mut NullableDatum) {
    // SAFETY: everything is allocated in the query's memory, and is as large as the number of
    // arguments asks for. The expression is there for the types of the arguments.
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
        let size =
            size_of::<pg_sys::FunctionCallInfoBaseData>() + count * size_of::<NullableDatum>();
        let fcinfo = pg_sys::palloc0(size).cast::<pg_sys::FunctionCallInfoBaseData>();
        (*fcinfo).flinfo = function;
        (*fcinfo).nargs = i16::try_from(count).unwrap_or(i16::MAX);
        let arguments = (*fcinfo).args.as_mut_ptr();
        for i in 0..count {
            (*arguments.add(i)).isnull = true;
        }
        (Call::of_scan(fcinfo, memory), arguments)
    }
}

/// The value of an expression that is the same for all rows.
#[expect(ffi_unwind_calls, reason = "the guard turns an error of the server into a panic")]
unsafe fn evaluate(
    node: *mut pg_sys::CustomScanState,
    expression: *mut pg_sys::Expr,
) -> NullableDatum {
    // SAFETY: the node is in execution, and the expression one of its plan.
    unsafe {
        let state = pg_sys::ExecInitExpr(expression, &raw mut (*node).ss.ps);
        let context = (*node).ss.ps.ps_ExprContext;
        let mut value = NullableDatum { value: Datum::null(), isnull: true };
        if let Some(evaluate) = (*state).evalfunc {
            value.value =
                pg_sys::ffi::pg_guard_ffi_boundary(|| evaluate(state, context, &mut value.isnull));
        }
        value
    }
}
