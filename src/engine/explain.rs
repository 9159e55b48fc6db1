//! How a call would be answered, without answering it.

use super::account::Account;
use super::members::Members;
use super::{Engine, Needs, Question, pick, statement, tally};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::query;
use crate::source::advice;

/// What is known of a call of `tenant_dashboard` before it is made.
pub(crate) struct Explanation {
    pub(crate) engine: &'static str,
    pub(crate) reason: &'static str,
    /// Events that the planner expects the call to read; unknown to a caller who may not read them.
    pub(crate) events: Option<f64>,
    /// How the scalars of the last statement were answered.
    pub(crate) tally: tally::Tally,
    pub(crate) missing_indexes: Option<String>,
}

/// The call with this root. What it says of events is what EXPLAIN would say to the caller.
pub(crate) fn explain(account: &Account, root: Option<&OwnedId>) -> Result<Explanation, Error> {
    let source = &account.source;
    let among = match root {
        Some(_) => {
            let forest = account.forest()?;
            Members::below(&forest, root)?.named(&forest)?
        }
        None => None,
    };
    let question = Question::once(source, account.window, Needs::ALL, among.as_deref());
    let (sql, params) = statement::events(&question)?;
    let events = query::estimate(&sql, &params)?;
    let (engine, reason) = match pick(source) {
        Engine::Aggregate => ("aggregate", "one pass over the events"),
        Engine::Portable { reason } => ("portable", reason),
    };
    Ok(Explanation {
        engine,
        reason,
        events,
        tally: tally::last(),
        missing_indexes: advice::missing_indexes(source)?,
    })
}
