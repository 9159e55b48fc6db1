//! The way of the summaries: totals that are kept, or the compressed copy of the events.
//!
//! All-time questions are answered by totals by tenant and name, and by the events that are not in
//! them yet. All others count the events of the copy, as an aggregate counts those of the table.

mod plan;
mod totals;

use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::summaries::replay::Replay;

use self::plan::{FoundPlan, SummaryPlan};
use super::question::{Question, Window};
use super::reading::{Amounts, Obtained, Offer, Reading};
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::summaries::{LiveRows, RowsRead};
use crate::pg::{session, snapshot};

/// What the way offers; `others` is the price of the cheapest other one.
pub(super) fn offer(
    question: &Question<'_>,
    others: impl FnOnce() -> Result<f64, Error>,
) -> Result<Offer, Error> {
    let plan = match plan::find(question)? {
        FoundPlan::Plan(plan) => plan,
        FoundPlan::Closed(why) => return Ok(Offer::Closed(why)),
        FoundPlan::Stale(fault) => return Ok(Offer::Stale(fault)),
        FoundPlan::Nothing => return Ok(Offer::Absent),
    };
    Ok(match guc::engine() {
        EngineSetting::Auto if plan.price()? >= others()? => {
            Offer::Closed("reading the events is expected to cost less")
        }
        _ if question.window == Window::ALWAYS => Offer::Open("of which totals are kept"),
        _ => Offer::Open("of which a compressed copy is kept"),
    })
}

/// What the question costs, in the planner's units; `None` where the way is closed to it.
pub(super) fn price(question: &Question<'_>) -> Result<Option<f64>, Error> {
    match plan::find(question)? {
        FoundPlan::Plan(plan) => plan.price().map(Some),
        FoundPlan::Closed(_) | FoundPlan::Stale(_) | FoundPlan::Nothing => Ok(None),
    }
}

/// How much is read for the question.
pub(super) fn amounts(question: &Question<'_>) -> Result<Amounts, Error> {
    match plan::find(question)? {
        FoundPlan::Plan(plan) => plan.amounts(),
        FoundPlan::Closed(_) | FoundPlan::Stale(_) | FoundPlan::Nothing => Ok(Amounts::default()),
    }
}

pub(super) fn obtain<'a, R: Reading>(
    question: &Question<'a>,
    reading: &R,
) -> Result<Obtained<'a, R::State>, Error> {
    let question = Question { needs: question.needs.and(reading.extra()), ..*question };
    let FoundPlan::Plan(plan) = plan::find(&question)? else { return Ok(Obtained::Unfit) };
    let mut state = reading.empty(plan.stored.ids(), guc::memory_limit());
    let counted = match reading.total_counting() {
        Some(count) if question.window == Window::ALWAYS => {
            totals::count(&plan, reading, count, &mut state)
        }
        _ if question.is_lookup => Ok(false),
        _ => replay(&plan, reading, &mut state).map(|()| true),
    };
    match counted.and_then(|could| Ok(state.settle().map(|()| could)?)) {
        Err(Error::Core(CoreError::MemoryLimit { .. })) => Ok(Obtained::PastLimit),
        Err(error) => Err(error),
        Ok(false) => Ok(Obtained::Unfit),
        Ok(true) => Ok(Obtained::State(question, state)),
    }
}

/// Counts the events of the copy.
fn replay<R: Reading>(
    plan: &SummaryPlan<'_>,
    reading: &R,
    state: &mut R::State,
) -> Result<(), Error> {
    let stored = &plan.stored;
    let window = plan.window();
    let mut numbering = stored.numbering()?;
    let rows = stored.live(&mut numbering, plan.columns(plan.names()), window)?;
    let mut counting = reading.counting()?;
    let mut replay = Replay::new(&mut counting, plan.meanings(Some(&numbering)), window);
    match reading.frame() {
        Some(frame) if are_worth_workers(&rows) => {
            let read = RowsRead { dimension: plan.names(), values: plan.values(), window };
            if let Some(counted) = stored.series(read, frame)? {
                state.merge(&counted)?;
            }
            rows.finish(|block| Ok(replay.count(block, state)?))
        }
        _ => rows.each(|block| Ok(replay.count(block, state)?)),
    }
}

/// Whether parallel workers save more than it takes to start them, which events of several times
/// that price do. Each worker would look for what was taken away of the events, and a serializable
/// transaction would notice more than it reads.
fn are_worth_workers(rows: &LiveRows) -> bool {
    let price = rows.in_rows() * plan::COST_PER_EVENT;
    rows.has_all() && price >= 10.0 * session::parallel_setup_cost() && !snapshot::is_watched()
}
