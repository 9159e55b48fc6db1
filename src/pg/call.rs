//! The calling convention of SQL functions: arguments in, a result or an error out.

use pgrx::pg_sys::{self, Datum, NullableDatum, Oid};

use super::identity::CallSite;
use super::ids::is_text;
use super::query::{int8_of, oid_of};
use super::{catalog, report, reserve, text, varlena};
use crate::error::Error;

/// What the body of a SQL function gives: a value, NULL, or an error.
pub(crate) type Answer = Result<Option<Datum>, Error>;

/// Declares the C symbol `$name` and lets `$body`, a `fn(&Call) -> Answer`, answer it; the second
/// form has the symbol as a string, and says by which function of this module the body is run.
///
/// The row types of set-returning functions are frozen for each symbol: a new shape needs a new one.
macro_rules! sql_function {
    ($name:ident, $body:expr) => {
        $crate::pg::call::sql_function!(stringify!($name) => $name, $body, run);
    };
    ($symbol:expr => $name:ident, $body:expr, $run:ident) => {
        #[allow(unsafe_code, reason = "exported symbols are unsafe to declare")]
        const _: () = {
            #[unsafe(export_name = concat!("pg_finfo_", $symbol))]
            extern "C" fn finfo() -> &'static pgrx::pg_sys::Pg_finfo_record {
                const V1: pgrx::pg_sys::Pg_finfo_record =
                    pgrx::pg_sys::Pg_finfo_record { api_version: 1 };
                &V1
            }
        };

        #[allow(unsafe_code, reason = "exported symbols are unsafe to declare")]
        #[unsafe(export_name = $symbol)]
        unsafe extern "C-unwind" fn $name(
            fcinfo: pgrx::pg_sys::FunctionCallInfo,
        ) -> pgrx::pg_sys::Datum {
            // SAFETY: only the server calls this, with a valid call.
            unsafe { $crate::pg::call::$run(fcinfo, $body) }
        }
    };
}
pub(crate) use sql_function;

/// One call of a SQL function.
pub(crate) struct Call {
    fcinfo: pg_sys::FunctionCallInfo,
    /// The memory of the aggregate that a scan of the library runs; null in calls of the server,
    /// which knows its own.
    aggregate: pg_sys::MemoryContext,
}

/// Runs `body` and hands its answer to the server.
///
/// # Safety
/// `fcinfo` must come from the server.
#[inline]
pub(crate) unsafe fn run(
    fcinfo: pg_sys::FunctionCallInfo,
    body: impl FnOnce(&Call) -> Answer,
) -> Datum {
    // SAFETY: the caller vouches for `fcinfo`.
    unsafe { run_bare(fcinfo, |call| reserve::with(|| body(call))) }
}

/// [`run`] for what is called for each event, and asks the server for memory at the first only.
///
/// # Safety
/// As for [`run`].
#[inline]
pub(crate) unsafe fn run_bare(
    fcinfo: pg_sys::FunctionCallInfo,
    body: impl FnOnce(&Call) -> Answer,
) -> Datum {
    // SAFETY: the server calls the function, whose only frame this is; the caller vouches for `fcinfo`.
    unsafe {
        report::guarded(|| match body(&Call { fcinfo, aggregate: std::ptr::null_mut() })? {
            Some(datum) => Ok(datum),
            None => {
                (*fcinfo).isnull = true;
                Ok(Datum::null())
            }
        })
    }
}

impl Call {
    /// A call of a support function of an aggregate, whose state is to live in this memory.
    ///
    /// # Safety
    /// `fcinfo` must hold what the server would pass, for as long as the call is used.
    pub(super) unsafe fn of_scan(
        fcinfo: pg_sys::FunctionCallInfo,
        aggregate: pg_sys::MemoryContext,
    ) -> Self {
        Self { fcinfo, aggregate }
    }

    /// The argument in this place, counted from 0; `None` if it is NULL, or if the function is
    /// declared without it.
    #[inline]
    pub(crate) fn argument(&self, index: usize) -> Option<Datum> {
        let argument = self.arguments().get(index)?;
        (!argument.isnull).then_some(argument.value)
    }

    /// All arguments.
    #[inline(always)]
    pub(super) fn arguments(&self) -> &[NullableDatum] {
        // SAFETY: the server passes this many arguments.
        unsafe {
            let count = usize::from((*self.fcinfo).nargs.cast_unsigned());
            std::slice::from_raw_parts((*self.fcinfo).args.as_ptr(), count)
        }
    }

    /// What the server passes to triggers, if it calls the function as one.
    pub(super) fn trigger(&self) -> Option<&pg_sys::TriggerData> {
        // SAFETY: the context of a call is null or a node, whose tag says which.
        unsafe {
            let context = (*self.fcinfo).context;
            let is_trigger =
                !context.is_null() && (*context).type_ == pg_sys::NodeTag::T_TriggerData;
            is_trigger.then(|| &*context.cast())
        }
    }

    /// What the server passes to event triggers, if it calls the function as one.
    pub(super) fn event_trigger(&self) -> Option<&pg_sys::EventTriggerData> {
        // SAFETY: as above.
        unsafe {
            let context = (*self.fcinfo).context;
            let is_one =
                !context.is_null() && (*context).type_ == pg_sys::NodeTag::T_EventTriggerData;
            is_one.then(|| &*context.cast())
        }
    }

    /// Whether the function is a procedure that may end the transaction that it is called in.
    pub(crate) fn may_commit(&self) -> bool {
        // SAFETY: as above.
        unsafe {
            let context = (*self.fcinfo).context;
            let is_call = !context.is_null() && (*context).type_ == pg_sys::NodeTag::T_CallContext;
            is_call
                && !(*context.cast::<pg_sys::CallContext>()).atomic
                && !pg_sys::IsSubTransaction()
        }
    }

    /// A text argument.
    pub(crate) fn text(&self, index: usize) -> Result<Option<String>, Error> {
        self.bytes(index)?.map(text::decode).transpose()
    }

    /// A text argument's bytes, in the database's encoding.
    #[inline]
    pub(crate) fn bytes(&self, index: usize) -> Result<Option<&[u8]>, Error> {
        // SAFETY: the value is a text, and lives as long as the call.
        Ok(self.of_type(index, is_text)?.map(|datum| unsafe { varlena::bytes(datum) }))
    }

    /// A `name` argument.
    pub(crate) fn name(&self, index: usize) -> Result<Option<String>, Error> {
        // SAFETY: the value is a name, and lives as long as the call.
        let name = |datum| unsafe { text::name(datum) };
        self.of_type(index, |oid| oid == pg_sys::NAMEOID)?.map(name).transpose()
    }

    /// An argument of one of the types that `accepts` takes. Any other is an error: then the
    /// function is declared for another version of the library.
    #[inline]
    fn of_type(&self, index: usize, accepts: fn(Oid) -> bool) -> Result<Option<Datum>, Error> {
        let Some(datum) = self.argument(index) else { return Ok(None) };
        if accepts(self.actual_type(index)) || accepts(self.declared_type(index)) {
            return Ok(Some(datum));
        }
        let function = catalog::function_name(self.function())?;
        Err(Error::ArgumentShape { function, position: index + 1 })
    }

    /// A number below 2^16 that was found out in an earlier call through the same place of a
    /// query, or is found out now.
    #[inline]
    pub(crate) fn remembered(&self, find: impl FnOnce() -> u16) -> u16 {
        // SAFETY: `fn_extra` is the function's own, null at first. The number is kept in the
        // pointer itself, which nobody follows.
        unsafe {
            let place = &raw mut (*(*self.fcinfo).flinfo).fn_extra;
            if (*place).is_null() {
                *place = std::ptr::without_provenance_mut(usize::from(find()) + 1);
            }
            u16::try_from((*place).addr() - 1).unwrap_or(0)
        }
    }

    /// A `timestamptz` or `bigint` argument.
    pub(crate) fn int8(&self, index: usize) -> Option<i64> {
        self.argument(index).map(int8_of)
    }

    /// A `boolean` argument.
    pub(crate) fn bool(&self, index: usize) -> Option<bool> {
        self.argument(index).map(|datum| datum.value() & 0xff != 0)
    }

    /// An `integer` argument.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a datum carries an integer in its low half"
    )]
    pub(crate) fn int4(&self, index: usize) -> Option<i32> {
        self.argument(index).map(|datum| datum.value() as i32)
    }

    /// A `regclass` or other OID argument.
    pub(crate) fn oid(&self, index: usize) -> Option<Oid> {
        self.argument(index).map(oid_of)
    }

    /// Where the call is made from.
    pub(crate) fn site(&self) -> CallSite {
        // SAFETY: calls from the server carry their look-up information.
        CallSite::new(unsafe { (*(*self.fcinfo).flinfo).fn_mcxt })
    }

    /// The OID of the function.
    pub(crate) fn function(&self) -> Oid {
        // SAFETY: calls from the server carry their look-up information.
        unsafe { (*(*self.fcinfo).flinfo).fn_oid }
    }

    /// The type that the function's argument is declared with.
    pub(crate) fn declared_type(&self, index: usize) -> Oid {
        let mut types = std::ptr::null_mut();
        let mut count = 0;
        // SAFETY: the function exists, because it is being called; the out parameters are ours.
        unsafe {
            pg_sys::get_func_signature(self.function(), &mut types, &mut count);
            if index < usize::try_from(count).unwrap_or(0) {
                *types.add(index)
            } else {
                Oid::INVALID
            }
        }
    }

    /// The type that the argument has in this call, for arguments declared as `"any"`.
    pub(crate) fn actual_type(&self, index: usize) -> Oid {
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        // SAFETY: calls from the server carry their look-up information.
        unsafe { pg_sys::get_fn_expr_argtype((*self.fcinfo).flinfo, index) }
    }

    /// The context of the aggregate that this is a support function of.
    pub(crate) fn aggregate_context(&self) -> Result<pg_sys::MemoryContext, Error> {
        if !self.aggregate.is_null() {
            return Ok(self.aggregate);
        }
        let mut context = std::ptr::null_mut();
        // SAFETY: `fcinfo` is valid and the out parameter is ours.
        match unsafe { pg_sys::AggCheckCallContext(self.fcinfo, &mut context) } {
            0 => Err(Error::NotAnAggregate),
            _ => Ok(context),
        }
    }

    /// The raw call, for the set-returning protocol.
    pub(super) fn raw(&self) -> pg_sys::FunctionCallInfo {
        self.fcinfo
    }
}
