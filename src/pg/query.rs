//! The one door to SPI.
//!
//! [`read`] runs a statement read-only, in the snapshot that is active when the function is
//! called, allowing parallel plans, and streams its rows: nothing is materialised, no transaction
//! id is assigned, and all statements of one call see the same data. pgrx's own SPI client
//! promises none of these, so nothing else uses SPI.

mod row;

use pgrx::pg_sys::{self, Datum, Oid};

use tenant_metrics_core::memory;

use super::{compat, report, text, varlena};
use crate::error::Error;

pub(crate) use row::Row;
pub(super) use row::{int4_of, int8_of, oid_of};

/// A parameter of a statement, `$1` being the first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    type_oid: Oid,
    value: Option<Datum>,
    /// Whether the planner may put the value into the plan.
    plain: bool,
}

impl Param {
    /// A value of any type.
    pub(crate) fn new(type_oid: Oid, value: Option<Datum>) -> Self {
        Self { type_oid, value, plain: true }
    }

    /// The same value, which the planner does not see.
    pub(crate) fn unplanned(self) -> Self {
        Self { plain: false, ..self }
    }

    /// A `bytea`. The planner does not see a large one: a plan is written out for each worker, byte
    /// for byte in decimal digits.
    pub(crate) fn bytea(value: &[u8]) -> Self {
        let plain = value.len() < PLANNED_BYTES;
        Self { type_oid: pg_sys::BYTEAOID, value: Some(varlena::datum(value)), plain }
    }

    /// The type.
    pub(super) fn type_oid(&self) -> Oid {
        self.type_oid
    }

    /// A text.
    pub(crate) fn text(value: &str) -> Result<Self, Error> {
        Ok(Self::new(pg_sys::TEXTOID, Some(text::datum(value)?)))
    }

    /// An OID.
    pub(crate) fn oid(value: Oid) -> Self {
        Self::new(pg_sys::OIDOID, Some(Datum::from(value)))
    }

    /// A boolean.
    pub(crate) fn bool(value: bool) -> Self {
        Self::new(pg_sys::BOOLOID, Some(Datum::from(value)))
    }
}

/// A constant of this size takes a worker about as long as some hundred thousand events that look
/// at a parameter instead.
const PLANNED_BYTES: usize = 1 << 17;

/// A receiver of rows; the server sees its first field.
#[repr(C)]
struct Receiver<'a> {
    receiver: pg_sys::DestReceiver,
    on_row: &'a mut dyn FnMut(&Row) -> Result<(), Error>,
    failed: Option<Error>,
}

/// Runs a SELECT and calls `on_row` for each row.
///
/// An error of `on_row` ends the statement and is returned.
pub(crate) fn read(
    sql: &str,
    params: &[Param],
    on_row: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    read_with(|| prepare(sql, params, PARALLEL), params, on_row)
}

/// [`read`] without parallel workers.
pub(crate) fn read_alone(
    sql: &str,
    params: &[Param],
    on_row: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    read_with(|| prepare(sql, params, 0), params, on_row)
}

/// [`read`] with a plan that `plan` gives within the connection to SPI.
pub(super) fn read_with(
    plan: impl FnOnce() -> Result<pg_sys::SPIPlanPtr, Error>,
    params: &[Param],
    mut on_row: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut receiver = Receiver {
        receiver: pg_sys::DestReceiver {
            receiveSlot: Some(receive),
            rStartup: Some(start),
            rShutdown: Some(finish),
            rDestroy: Some(finish),
            // Any kind that is not SPI's own makes SPI hand the rows over.
            mydest: pg_sys::CommandDest::DestTuplestore,
        },
        on_row: &mut on_row,
        failed: None,
    };
    connected(|| {
        let plan = plan()?;
        let options = pg_sys::SPIExecuteOptions {
            params: parameter_list(params),
            read_only: true,
            dest: (&raw mut receiver).cast(),
            ..Default::default()
        };
        // SAFETY: the plan is valid until SPI_finish, and so are the parameters; the receiver
        // outlives the call.
        check(unsafe { pg_sys::SPI_execute_plan_extended(plan, &options) })
    })?;
    receiver.failed.map_or(Ok(()), Err)
}

/// Whether a SELECT that gives one boolean gives true.
pub(crate) fn holds(sql: &str, params: &[Param]) -> Result<bool, Error> {
    let mut answer = false;
    read(sql, params, |row| {
        answer = row.bool(0);
        Ok(())
    })?;
    Ok(answer)
}

/// Calls `look` with the tree of a SELECT after the server has put its views and policies in.
pub(super) fn rewritten<T>(
    sql: &str,
    params: &[Param],
    look: impl FnOnce(*mut pg_sys::Query) -> Result<T, Error>,
) -> Result<T, Error> {
    connected(|| {
        let plan = prepare(sql, params, 0)?;
        // SAFETY: the plan is valid, and the tables that it names are locked, because it was just
        // made.
        look(unsafe { only_query(only_source(plan)) })
    })
}

/// The source of a plan that was made for one SELECT.
///
/// # Safety
/// The plan must be valid.
unsafe fn only_source(plan: pg_sys::SPIPlanPtr) -> *mut pg_sys::CachedPlanSource {
    // SAFETY: the caller vouches for the plan, which has a source for each statement.
    unsafe { pg_sys::list_nth(pg_sys::SPI_plan_get_plan_sources(plan), 0).cast() }
}

/// The query of a source that was made for one SELECT, after rewriting.
///
/// # Safety
/// The source must be valid.
unsafe fn only_query(source: *mut pg_sys::CachedPlanSource) -> *mut pg_sys::Query {
    // SAFETY: the caller vouches for the source; a SELECT is rewritten to one query.
    unsafe { pg_sys::list_nth((*source).query_list, 0).cast() }
}

/// Whether the plan was made for one role, because row-level security takes part.
pub(super) fn has_policies(plan: pg_sys::SPIPlanPtr) -> bool {
    // SAFETY: called with a plan that is kept or was just made.
    unsafe { (*only_source(plan)).dependsOnRLS }
}

/// How many rows the planner expects a SELECT to give with these parameters; `None` if the caller
/// may not run it.
///
/// SPI's own plans are generic unless they are executed, so this asks the planner itself.
pub(crate) fn estimate(sql: &str, params: &[Param]) -> Result<Option<f64>, Error> {
    connected(|| {
        let plan = prepare(sql, params, 0)?;
        // SAFETY: the plan is valid, and the tables that it names are locked, because it was just
        // made; the planner gets its own copy of the query.
        unsafe {
            let source = only_source(plan);
            let statement = pg_sys::pg_plan_query(
                pg_sys::copyObjectImpl(only_query(source).cast()).cast(),
                (*source).query_string,
                pg_sys::CURSOR_OPT_PARALLEL_OK.cast_signed(),
                parameter_list(params),
            );
            Ok(compat::exec_check_permissions(statement)
                .then(|| (*(*statement).planTree).plan_rows))
        }
    })
}

/// What the planner expects of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    /// What the whole costs, in its units.
    pub(crate) cost: f64,
    /// Rows that it gives.
    pub(crate) rows: f64,
}

/// What the planner expects of the generic plan that `plan` gives within the connection to SPI,
/// with a word whether it is kept.
pub(super) fn generic_plan(
    plan: impl FnOnce() -> Result<(pg_sys::SPIPlanPtr, bool), Error>,
) -> Result<Expected, Error> {
    connected(|| {
        let (plan, kept) = plan()?;
        // SAFETY: the plan is valid; a SELECT has one planned statement, which lives until the
        // cached plan is released, by the owner that SPI gave it to.
        unsafe {
            let cached = pg_sys::SPI_plan_get_cached_plan(plan);
            if cached.is_null() {
                return Ok(Expected { cost: f64::INFINITY, rows: f64::INFINITY });
            }
            let statement = pg_sys::list_nth((*cached).stmt_list, 0).cast::<pg_sys::PlannedStmt>();
            let top = (*statement).planTree;
            let expected = Expected { cost: (*top).total_cost, rows: (*top).plan_rows };
            let owner = match kept {
                true => pg_sys::CurrentResourceOwner,
                false => std::ptr::null_mut(),
            };
            pg_sys::ReleaseCachedPlan(cached, owner);
            Ok(expected)
        }
    })
}

/// [`read`] from the extension's own tables, as the role that owns them.
pub(super) fn read_as(
    owner: Oid,
    sql: &str,
    params: &[Param],
    on_row: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    as_user(owner, || read(sql, params, on_row))
}

/// Runs a statement that changes the extension's own tables, as the role that owns them.
///
/// The callers are operations, never readers.
pub(super) fn write_as(owner: Oid, sql: &str, params: &[Param]) -> Result<u64, Error> {
    as_user(owner, || {
        connected(|| {
            let plan = prepare(sql, params, 0)?;
            let options =
                pg_sys::SPIExecuteOptions { params: parameter_list(params), ..Default::default() };
            // SAFETY: as in `read`.
            unsafe {
                check(pg_sys::SPI_execute_plan_extended(plan, &options))?;
                Ok(pg_sys::SPI_processed)
            }
        })
    })
}

/// Does `work` as another role, which can do nothing that lasts longer than this.
fn as_user<T>(owner: Oid, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let (mut user, mut context) = (Oid::INVALID, 0);
    // SAFETY: the out parameters are ours. An error between the two switches ends the transaction
    // or subtransaction, which restores the user.
    unsafe {
        pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
        let restricted =
            pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_RESTRICTED_OPERATION;
        pg_sys::SetUserIdAndSecContext(owner, context | restricted.cast_signed());
    }
    let result = work();
    // SAFETY: restores what was read above.
    unsafe { pg_sys::SetUserIdAndSecContext(user, context) };
    result
}

/// Runs `body` between `SPI_connect` and `SPI_finish`; a server error cleans up by itself.
fn connected<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // SAFETY: every connect has its finish, unless an error unwinds to the server.
    unsafe {
        check(pg_sys::SPI_connect())?;
        let result = body();
        check(pg_sys::SPI_finish())?;
        result
    }
}

/// Ends the transaction that a procedure was called in, and begins the next. No snapshot is active
/// after that.
pub(crate) fn commit() -> Result<(), Error> {
    // SAFETY: whoever asks may do so; the connection is ended at once.
    unsafe {
        check(pg_sys::SPI_connect_ext(pg_sys::SPI_OPT_NONATOMIC.cast_signed()))?;
        pg_sys::SPI_commit();
        check(pg_sys::SPI_finish())?;
    }
    Ok(())
}

/// The planner may use parallel workers.
pub(super) const PARALLEL: u32 = pg_sys::CURSOR_OPT_PARALLEL_OK;

/// Prepares a statement, with options of the planner.
pub(super) fn prepare(
    sql: &str,
    params: &[Param],
    options: u32,
) -> Result<pg_sys::SPIPlanPtr, Error> {
    let sql = text::to_server(sql)?;
    let mut types = memory::collect(params.iter().map(|param| param.type_oid))?;
    // SAFETY: the strings and arrays live through the call, which copies them.
    let plan = unsafe {
        pg_sys::SPI_prepare_cursor(
            sql.as_ptr(),
            i32::try_from(types.len()).unwrap_or(i32::MAX),
            types.as_mut_ptr(),
            options.cast_signed(),
        )
    };
    // SAFETY: reads the code that SPI left.
    if plan.is_null() { Err(Error::Spi { code: unsafe { pg_sys::SPI_result } }) } else { Ok(plan) }
}

/// The parameters as the server takes them: null for none, as SPI's own callers pass it. Other
/// extensions follow the pointer that the server's copy of an empty list is.
fn parameter_list(params: &[Param]) -> pg_sys::ParamListInfo {
    if params.is_empty() {
        return std::ptr::null_mut();
    }
    let constant = u16::try_from(pg_sys::PARAM_FLAG_CONST).unwrap_or(0);
    // SAFETY: the list has room for as many parameters as it is made for.
    unsafe {
        let list = pg_sys::makeParamList(i32::try_from(params.len()).unwrap_or(i32::MAX));
        if !list.is_null() {
            let slots = (*list).params.as_mut_ptr();
            for (i, param) in params.iter().enumerate() {
                *slots.add(i) = pg_sys::ParamExternData {
                    value: param.value.unwrap_or(Datum::null()),
                    isnull: param.value.is_none(),
                    pflags: if param.plain { constant } else { 0 },
                    ptype: param.type_oid,
                };
            }
        }
        list
    }
}

pub(super) fn check(code: i32) -> Result<(), Error> {
    if code < 0 { Err(Error::Spi { code }) } else { Ok(()) }
}

unsafe extern "C-unwind" fn receive(
    slot: *mut pg_sys::TupleTableSlot,
    this: *mut pg_sys::DestReceiver,
) -> bool {
    // SAFETY: the server calls this with the receiver of `read` and a slot of the result.
    unsafe {
        report::guarded(|| {
            let this = &mut *this.cast::<Receiver<'_>>();
            let columns = (*(*slot).tts_tupleDescriptor).natts;
            if i32::from((*slot).tts_nvalid) < columns {
                pg_sys::slot_getsomeattrs_int(slot, columns);
            }
            let row = Row::new(slot);
            match (this.on_row)(&row).and_then(|()| row.check()) {
                Ok(()) => Ok(true),
                Err(error) => {
                    this.failed = Some(error);
                    Ok(false)
                }
            }
        })
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn start(
    _this: *mut pg_sys::DestReceiver,
    _operation: i32,
    _columns: pg_sys::TupleDesc,
) {
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn finish(_this: *mut pg_sys::DestReceiver) {}
