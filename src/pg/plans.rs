//! Plans that are kept for the session, for statements that answer one tenant at a time.
//!
//! They are generic: made once for any id, from statistics, and made anew by the server when
//! something that they depend on changes.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use pgrx::pg_sys;
use tenant_metrics_core::memory;

use super::query::{self, Expected, Param, Row};
use crate::error::Error;

/// Maximum number of plans kept; sources and windows rarely make more than ten.
const CAPACITY: usize = 64;

/// The number of elements that a generic plan expects in an array parameter.
pub(crate) const EXPECTED_ELEMENTS: f64 = 10.0;

type PlanKey = (String, Vec<pg_sys::Oid>);

thread_local! {
    static PLANS: RefCell<HashMap<PlanKey, pg_sys::SPIPlanPtr>> = RefCell::default();
    /// Statements that are running, which must not lose their plan.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// Counts a running statement, also when an error unwinds through it.
struct Running;

impl Running {
    fn new() -> Self {
        RUNNING.set(RUNNING.get() + 1);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.set(RUNNING.get() - 1);
    }
}

/// Like [`query::read`], with a plan that is kept.
pub(crate) fn read(
    sql: &str,
    params: &[Param],
    on_row: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    let _running = Running::new();
    query::read_with(|| Ok(plan(sql, params)?.0), params, on_row)
}

/// What the planner expects of the statement's kept plan.
pub(crate) fn expected(sql: &str, params: &[Param]) -> Result<Expected, Error> {
    let _running = Running::new();
    query::generic_plan(|| plan(sql, params))
}

/// The planner's cost of the statement's kept plan.
pub(crate) fn cost(sql: &str, params: &[Param]) -> Result<f64, Error> {
    expected(sql, params).map(|expected| expected.cost)
}

/// The statement's plan, made if there was none, and whether it is kept. Runs within a connection
/// to SPI.
fn plan(sql: &str, params: &[Param]) -> Result<(pg_sys::SPIPlanPtr, bool), Error> {
    let key = (memory::text(sql)?, memory::collect(params.iter().map(Param::type_oid))?);
    if let Some(plan) = PLANS.with_borrow(|plans| plans.get(&key).copied()) {
        return Ok((plan, true));
    }
    let plan = query::prepare(sql, params, query::PARALLEL | pg_sys::CURSOR_OPT_GENERIC_PLAN)?;
    if PLANS.with_borrow(HashMap::len) >= CAPACITY {
        if RUNNING.get() > 1 {
            return Ok((plan, false));
        }
        for (_, plan) in PLANS.take() {
            // SAFETY: a kept plan that nothing runs, because this is the only statement.
            unsafe { pg_sys::SPI_freeplan(plan) };
        }
    }
    // SAFETY: the plan was just made.
    query::check(unsafe { pg_sys::SPI_keepplan(plan) })?;
    #[expect(clippy::disallowed_methods, reason = "there are few")]
    PLANS.with_borrow_mut(|plans| plans.insert(key, plan));
    Ok((plan, true))
}
