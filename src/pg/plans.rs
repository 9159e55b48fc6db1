//! Plans that are kept for the session, for statements that answer one tenant at a time.
//!
//! They are generic: made once for any id, from statistics, and made anew by the server when
//! something that they depend on changes. Those with policies in them are made for each role.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use pgrx::pg_sys;
use tenant_metrics_core::memory;

use super::query::{self, Expected, Param, Row};
use super::{identity, session};
use crate::error::Error;

/// Maximum number of plans kept; sources and windows rarely make more than ten, for each role where
/// there are policies.
const CAPACITY: usize = 128;

/// The number of elements that a generic plan expects in an array parameter.
pub(crate) const EXPECTED_ELEMENTS: f64 = 10.0;

/// Reading the rows of more ids than these is worth a plan of its own: making it takes no time beside
/// that, and in such a plan a scan finds the id of a row among them by its hash.
pub(crate) const WORTH_PLANNING: usize = 100;

/// A statement with the types of its parameters, and whom its plan is for: where policies are in a
/// plan, the server makes it anew each time that another role runs it.
#[derive(PartialEq, Eq, Hash)]
struct PlanKey {
    sql: String,
    types: Vec<pg_sys::Oid>,
    user: Option<PlanUser>,
}

/// Whose policies a plan has, and whether they filter rows or end the statement. Who is a member of
/// which role decides about policies too, and makes no version of the server make a plan anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PlanUser {
    user: pg_sys::Oid,
    row_security: bool,
    role_invalidations: u64,
}

impl PlanKey {
    /// That of a plan for everybody.
    fn for_all(sql: &str, params: &[Param]) -> Result<Self, Error> {
        let types = memory::collect(params.iter().map(Param::type_oid))?;
        Ok(Self { sql: memory::text(sql)?, types, user: None })
    }
}

impl PlanUser {
    /// The caller.
    pub(crate) fn now() -> Self {
        Self {
            // SAFETY: reads the state of the session.
            user: unsafe { pg_sys::GetUserId() },
            row_security: session::row_security(),
            role_invalidations: identity::role_invalidations(),
        }
    }
}

thread_local! {
    static PLANS: RefCell<HashMap<PlanKey, pg_sys::SPIPlanPtr>> = RefCell::default();
    /// What was expected of the plans, and the invalidations seen by then: only after one does the
    /// server make a plan for other rows.
    static EXPECTED: RefCell<HashMap<PlanKey, (u64, Expected)>> = RefCell::default();
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
    let key = PlanKey { user: Some(PlanUser::now()), ..PlanKey::for_all(sql, params)? };
    let now = identity::invalidations();
    let known = EXPECTED.with_borrow(|expected| expected.get(&key).copied());
    if let Some((_, expected)) = known.filter(|(seen, _)| *seen == now) {
        return Ok(expected);
    }
    let _running = Running::new();
    let expected = query::generic_plan(|| plan(sql, params))?;
    EXPECTED.with_borrow_mut(|known| {
        if known.len() >= CAPACITY {
            known.clear();
        }
        #[expect(clippy::disallowed_methods, reason = "there are few")]
        known.insert(key, (now, expected));
    });
    Ok(expected)
}

/// The planner's cost of the statement's kept plan.
pub(crate) fn cost(sql: &str, params: &[Param]) -> Result<f64, Error> {
    expected(sql, params).map(|expected| expected.cost)
}

/// The statement's plan, made if there was none, and whether it is kept. Runs within a connection
/// to SPI.
fn plan(sql: &str, params: &[Param]) -> Result<(pg_sys::SPIPlanPtr, bool), Error> {
    let mut key = PlanKey::for_all(sql, params)?;
    let known = |key: &PlanKey| PLANS.with_borrow(|plans| plans.get(key).copied());
    let for_all = known(&key);
    // Policies may have come after the plan was made.
    if let Some(plan) = for_all.filter(|&plan| !query::has_policies(plan)) {
        return Ok((plan, true));
    }
    key.user = Some(PlanUser::now());
    if let Some(plan) = known(&key) {
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
    if for_all.is_none() && !query::has_policies(plan) {
        key.user = None;
    }
    // SAFETY: the plan was just made.
    query::check(unsafe { pg_sys::SPI_keepplan(plan) })?;
    #[expect(clippy::disallowed_methods, reason = "there are few")]
    PLANS.with_borrow_mut(|plans| plans.insert(key, plan));
    Ok((plan, true))
}
