//! Where Rust ends: errors and panics become errors of the server.
//!
//! Texts go to the server in the database's encoding. pgrx carries the server's own errors through
//! Rust as strings, which loses what is not UTF-8; so in databases of another encoding the error is
//! kept beside them, and is what the server sees again.

use std::any::Any;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pgrx::pg_sys::errcodes::PgSqlErrorCode;
use pgrx::pg_sys::panic::{CaughtError, ErrorReport, pgrx_extern_c_guard};
use pgrx::pg_sys::{self, ErrorData, MemoryContext};
use pgrx::prelude::PgLogLevel;

use super::{reserve, text};
use crate::error::Error;

unsafe extern "C-unwind" {
    /// The server's function, without pgrx's guard, which would make a panic of the error again.
    fn ThrowErrorData(error: *mut ErrorData) -> !;
}

thread_local! {
    /// The last error of the server that passed a guard, in a memory context of its own.
    static KEPT: Cell<*mut ErrorData> = const { Cell::new(std::ptr::null_mut()) };
    static KEPT_CONTEXT: Cell<MemoryContext> = const { Cell::new(std::ptr::null_mut()) };
}

/// Runs the body of a function that the server calls. An error or a panic of it, and an error of the
/// server in it, ends the function as an error of the server.
///
/// # Safety
/// Nothing on the stack between the server and this call may need dropping.
pub(super) unsafe fn guarded<T>(body: impl FnOnce() -> Result<T, Error>) -> T {
    // SAFETY: the callback is in the server's list while it lives. When the error is thrown, all of
    // Rust's values are dropped, but for plain data.
    unsafe {
        let above = pg_sys::error_context_stack;
        let mut callback = pg_sys::ErrorContextCallback {
            previous: above,
            callback: Some(keep),
            arg: std::ptr::null_mut(),
        };
        if !text::database_is_utf8() {
            pg_sys::error_context_stack = &raw mut callback;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| body().map_err(error_data)));
        pg_sys::error_context_stack = above;
        match outcome {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => throw(error),
            Err(panic) => match kept(&*panic) {
                Some(error) => {
                    drop(panic);
                    throw(error)
                }
                None => pgrx_extern_c_guard(|| resume_unwind(panic)),
            },
        }
    }
}

/// # Safety
/// As for [`guarded`]; the error must be valid.
#[allow(ffi_unwind_calls, reason = "the server jumps over frames that need no dropping")]
unsafe fn throw(error: *mut ErrorData) -> ! {
    // SAFETY: the caller vouches for it.
    unsafe { ThrowErrorData(error) }
}

/// Ends the call with an error, from where none can be returned.
#[cold]
pub(super) fn raise(error: Error) {
    reserve::give_back();
    ErrorReport::new(error.code(), error.to_string(), "tenant_metrics").report(PgLogLevel::ERROR);
}

/// Tells the client something that is no error.
pub(crate) fn notice(message: &str, detail: Option<&str>, hint: Option<&str>) {
    let (level, code) = (pg_sys::NOTICE, PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION);
    // SAFETY: the report is valid; one of this level returns.
    unsafe { pg_sys::ThrowErrorData(report(level, code, message, detail, hint)) }
}

/// Warns the client.
pub(super) fn warning(message: &str, hint: &str) {
    let (level, code) = (pg_sys::WARNING, PgSqlErrorCode::ERRCODE_WARNING);
    // SAFETY: as above.
    unsafe { pg_sys::ThrowErrorData(report(level, code, message, None, Some(hint))) }
}

/// What the server is to report, in the current memory context.
#[cold]
fn error_data(error: Error) -> *mut ErrorData {
    // The report takes memory.
    reserve::give_back();
    let (detail, hint) = (error.detail(), error.hint());
    report(pg_sys::PGERROR, error.code(), &error.to_string(), detail.as_deref(), hint.as_deref())
}

/// A report of the server, in the current memory context.
fn report(
    level: u32,
    code: PgSqlErrorCode,
    message: &str,
    detail: Option<&str>,
    hint: Option<&str>,
) -> *mut ErrorData {
    let text = |text: &str| match text::to_server(text) {
        // SAFETY: the string is NUL-terminated.
        Ok(text) => unsafe { pg_sys::pstrdup(text.as_ptr()) },
        Err(_) => std::ptr::null_mut(),
    };
    // SAFETY: palloc0 gives room for the struct, of which zero is a valid state.
    unsafe {
        let data = &mut *pg_sys::palloc0(size_of::<ErrorData>()).cast::<ErrorData>();
        data.elevel = level.cast_signed();
        data.sqlerrcode = code as i32;
        data.message = text(message);
        data.detail = detail.map_or(std::ptr::null_mut(), text);
        data.hint = hint.map_or(std::ptr::null_mut(), text);
        data
    }
}

/// The error of the server that this panic stands for, if it was kept.
fn kept(panic: &(dyn Any + Send)) -> Option<*mut ErrorData> {
    let error = KEPT.replace(std::ptr::null_mut());
    let Some(CaughtError::PostgresError(report)) = panic.downcast_ref() else { return None };
    // SAFETY: what was kept is valid until another error is, and has a message or null.
    let same = !error.is_null() && unsafe { lossy((*error).message) } == report.message();
    same.then_some(error)
}

/// A string of the server as pgrx makes one of it.
///
/// # Safety
/// The pointer must be null or of a NUL-terminated string.
unsafe fn lossy(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller vouches for it.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Keeps the error that the server is about to raise.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn keep(_arg: *mut c_void) {
    // SAFETY: the server calls this while an error is complete but for the context above, in the
    // context of errors, which the copy must not be in.
    unsafe {
        let context = own_context();
        pg_sys::MemoryContextReset(context);
        KEPT.set(std::ptr::null_mut());
        let caller = pg_sys::MemoryContextSwitchTo(context);
        let error = pg_sys::CopyErrorData();
        pg_sys::MemoryContextSwitchTo(caller);
        if (*error).elevel == pg_sys::PGERROR.cast_signed() {
            // These may not be the copy's own.
            (*error).filename = std::ptr::null();
            (*error).funcname = std::ptr::null();
            (*error).domain = std::ptr::null();
            (*error).context_domain = std::ptr::null();
            (*error).message_id = std::ptr::null();
            KEPT.set(error);
        }
    }
}

/// The memory of the error that is kept; it lives as long as the process.
fn own_context() -> MemoryContext {
    if KEPT_CONTEXT.get().is_null() {
        // SAFETY: the name is static and NUL-terminated.
        KEPT_CONTEXT.set(unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::TopMemoryContext,
                c"tenant_metrics error".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
            )
        });
    }
    KEPT_CONTEXT.get()
}
