//! What `EXPLAIN ANALYZE` says of a statement's calls.
//!
//! A call of a scalar is one of many in a plan, and only all of them together tell how they were
//! answered. So the answers are counted while the statement runs, and shown behind its plan.

use std::cell::Cell;
use std::ffi::{CString, c_char};

use pgrx::pg_sys;

use super::compat;

/// How the calls of a statement were answered.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Answers {
    /// When the statement began.
    pub(crate) statement: i64,
    /// By statements of their own.
    pub(crate) single: u64,
    /// By passes.
    pub(crate) passes: u64,
    /// By what was there.
    pub(crate) cached: u64,
}

impl Answers {
    fn exist(self) -> bool {
        self.single + self.passes + self.cached > 0
    }

    /// Those that were counted after `before`.
    fn since(self, before: Self) -> Self {
        let before = match before.statement == self.statement {
            true => before,
            false => Self::default(),
        };
        Self {
            statement: self.statement,
            single: self.single - before.single,
            passes: self.passes - before.passes,
            cached: self.cached - before.cached,
        }
    }
}

thread_local! {
    /// The hook that was there before.
    static PREVIOUS: Cell<pg_sys::ExplainOneQuery_hook_type> = const { Cell::new(None) };
    static COUNTED: Cell<fn() -> Answers> = const { Cell::new(Answers::default) };
}

/// Starts to show how calls are answered; `counted` gives the answers of the last statement that
/// had some.
pub(crate) fn watch(counted: fn() -> Answers) {
    COUNTED.set(counted);
    // SAFETY: called once, from _PG_init, in the only thread.
    unsafe {
        PREVIOUS.set(pg_sys::ExplainOneQuery_hook);
        pg_sys::ExplainOneQuery_hook = Some(explain);
    }
}

/// Explains a query. An error of the server jumps over this frame, which has nothing to drop.
#[expect(ffi_unwind_calls, reason = "pgrx's guard would take fields from the errors of statements")]
unsafe extern "C-unwind" fn explain(
    query: *mut pg_sys::Query,
    options: i32,
    into: *mut pg_sys::IntoClause,
    output: *mut pg_sys::ExplainState,
    text: *const c_char,
    params: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
) {
    // SAFETY: the server calls this with a query, and vouches for the rest.
    unsafe {
        let before = COUNTED.get()();
        let explain = PREVIOUS.get().unwrap_or(compat::explain_one_query);
        explain(query, options, into, output, text, params, environment);
        let answers = COUNTED.get()().since(before);
        if (*output).analyze && answers.exist() {
            show(answers, output);
        }
    }
}

/// Shows them as something beside the plans.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn show(answers: Answers, output: *mut pg_sys::ExplainState) {
    let Answers { single, passes, cached, .. } = answers;
    let label = c"Tenant Metrics".as_ptr();
    // SAFETY: the caller vouches for the output; labels and text are NUL-terminated.
    unsafe {
        if (*output).format == pg_sys::ExplainFormat::EXPLAIN_FORMAT_TEXT {
            let line = format!("single={single} passes={passes} cached={cached}");
            let line = CString::new(line).unwrap_or_default();
            pg_sys::ExplainPropertyText(label, line.as_ptr(), output);
            return;
        }
        pg_sys::ExplainOpenGroup(c"Query".as_ptr(), std::ptr::null(), true, output);
        pg_sys::ExplainOpenGroup(label, label, true, output);
        for (name, count) in
            [(c"Single Answers", single), (c"Passes", passes), (c"Cached Answers", cached)]
        {
            pg_sys::ExplainPropertyUInteger(name.as_ptr(), std::ptr::null(), count, output);
        }
        pg_sys::ExplainCloseGroup(label, label, true, output);
        pg_sys::ExplainCloseGroup(c"Query".as_ptr(), std::ptr::null(), true, output);
    }
}
