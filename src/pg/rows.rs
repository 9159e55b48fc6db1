//! Results of set-returning functions, collected in a tuplestore that spills to disk.

use pgrx::pg_sys::{self, Datum, Oid};
use pgrx::tupdesc::PgTupleDesc;

use super::call::{Answer, Call};
use super::catalog;
use super::ids::Flavor;
use super::interrupt::interrupt;
use crate::error::Error;
use crate::guc;

/// The type of a result column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// The reader's own id type.
    Id,
    Bool,
    Int4,
    Int8,
    Float8,
    Numeric,
    Text,
    TextArray,
    Regclass,
    Timestamptz,
    Timestamp,
    Date,
    Interval,
}

/// A result column: its name and type.
pub(crate) type ResultColumn = (&'static str, ColumnType);

/// Rows between resets of the memory that their values take.
const RESET_INTERVAL: usize = 64;

/// A result under construction, of rows of `N` columns.
pub(crate) struct Rows<const N: usize> {
    store: *mut pg_sys::Tuplestorestate,
    descriptor: pg_sys::TupleDesc,
    values: pg_sys::MemoryContext,
    count: usize,
}

impl<const N: usize> Rows<N> {
    /// An empty result for `call`, whose rows are `columns`.
    ///
    /// Fails if the function is declared with another row type than the one compiled here: a
    /// library of one version under the SQL of another.
    pub(crate) fn new(
        call: &Call,
        columns: &[ResultColumn; N],
        flavor: Flavor,
    ) -> Result<Self, Error> {
        let info = result_info(call)?;
        // SAFETY: `result_info` checked the node; the contexts of a running call are valid, and the
        // tuplestore is made in the one that lives until the query ends.
        unsafe {
            let query = (*(*info).econtext).ecxt_per_query_memory;
            let caller = pg_sys::MemoryContextSwitchTo(query);
            let mut descriptor = std::ptr::null_mut();
            let class =
                pg_sys::get_call_result_type(call.raw(), std::ptr::null_mut(), &mut descriptor);
            if class != pg_sys::TypeFuncClass::TYPEFUNC_COMPOSITE {
                pg_sys::MemoryContextSwitchTo(caller);
                return Err(Error::NoSetExpected);
            }
            let shape = check_shape(call, descriptor, columns, flavor);
            let random = (*info).allowedModes
                & pg_sys::SetFunctionReturnMode::SFRM_Materialize_Random.cast_signed()
                != 0;
            let store = pg_sys::tuplestore_begin_heap(random, false, memory_kb());
            (*info).returnMode = pg_sys::SetFunctionReturnMode::SFRM_Materialize;
            (*info).setResult = store;
            (*info).setDesc = descriptor;
            let values = pg_sys::AllocSetContextCreateInternal(
                query,
                c"tenant_metrics row".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            pg_sys::MemoryContextSwitchTo(caller);
            shape?;
            Ok(Self { store, descriptor, values, count: 0 })
        }
    }

    /// Appends the row that `make` gives; its values are copied.
    pub(crate) fn put(
        &mut self,
        make: impl FnOnce() -> Result<[Option<Datum>; N], Error>,
    ) -> Result<(), Error> {
        // SAFETY: the values live in our context until it is reset, after they were copied; the row
        // has as many values as the descriptor has columns, because `new` compared them.
        unsafe {
            let caller = pg_sys::MemoryContextSwitchTo(self.values);
            let row = make();
            pg_sys::MemoryContextSwitchTo(caller);
            let row = row?;
            let values = row.map(|value| value.unwrap_or(Datum::null()));
            let nulls = row.map(|value| value.is_none());
            pg_sys::tuplestore_putvalues(
                self.store,
                self.descriptor,
                values.as_ptr().cast_mut(),
                nulls.as_ptr().cast_mut(),
            );
            self.count += 1;
            if self.count.is_multiple_of(RESET_INTERVAL) {
                pg_sys::MemoryContextReset(self.values);
                interrupt();
            }
        }
        Ok(())
    }

    /// Ends the result. The server takes the rows from where `new` announced them.
    pub(crate) fn finish(self) -> Answer {
        // SAFETY: nothing refers to the context any more.
        unsafe { pg_sys::MemoryContextDelete(self.values) };
        Ok(None)
    }
}

/// Memory for the rows before they go to disk: what the accumulator may use, which is free by
/// then, but no less than any other result.
fn memory_kb() -> i32 {
    // SAFETY: reads a setting of the server.
    let work_mem = unsafe { pg_sys::work_mem };
    i32::try_from(guc::memory_limit() / 1024).unwrap_or(i32::MAX).max(work_mem)
}

fn result_info(call: &Call) -> Result<*mut pg_sys::ReturnSetInfo, Error> {
    // SAFETY: `resultinfo` is null or a node, whose tag says of which kind.
    unsafe {
        let info = (*call.raw()).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        let accepts = !info.is_null()
            && (*info).type_ == pg_sys::NodeTag::T_ReturnSetInfo
            && (*info).allowedModes & pg_sys::SetFunctionReturnMode::SFRM_Materialize.cast_signed()
                != 0;
        if accepts { Ok(info) } else { Err(Error::NoSetExpected) }
    }
}

/// # Safety
/// `descriptor` must be valid.
unsafe fn check_shape(
    call: &Call,
    descriptor: pg_sys::TupleDesc,
    columns: &[ResultColumn],
    flavor: Flavor,
) -> Result<(), Error> {
    // SAFETY: the caller vouches for the descriptor, which is only read.
    let declared = unsafe { PgTupleDesc::from_pg_copy(descriptor) };
    let expected = columns.iter().map(|&(name, kind)| (name, kind.oid(flavor)));
    let same = declared.len() == columns.len()
        && declared
            .iter()
            .zip(expected)
            .all(|(attribute, (name, oid))| attribute.name() == name && attribute.atttypid == oid);
    if same {
        return Ok(());
    }
    let detail = format!(
        "The library of version {} gives {} columns, the first being {}.",
        env!("CARGO_PKG_VERSION"),
        columns.len(),
        columns.first().map_or("none", |column| column.0),
    );
    Err(Error::RowShape { function: catalog::function_name(call.function())?, detail })
}

impl ColumnType {
    fn oid(self, flavor: Flavor) -> Oid {
        match self {
            Self::Id => flavor.oid(),
            Self::Bool => pg_sys::BOOLOID,
            Self::Int4 => pg_sys::INT4OID,
            Self::Int8 => pg_sys::INT8OID,
            Self::Float8 => pg_sys::FLOAT8OID,
            Self::Numeric => pg_sys::NUMERICOID,
            Self::Text => pg_sys::TEXTOID,
            Self::TextArray => pg_sys::TEXTARRAYOID,
            Self::Regclass => pg_sys::REGCLASSOID,
            Self::Timestamptz => pg_sys::TIMESTAMPTZOID,
            Self::Timestamp => pg_sys::TIMESTAMPOID,
            Self::Date => pg_sys::DATEOID,
            Self::Interval => pg_sys::INTERVALOID,
        }
    }
}
