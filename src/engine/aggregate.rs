//! The way of the aggregates: one statement over usage, whose value is an accumulator.

use super::question::Question;
use super::reading::{Obtained, Offer, Reading};
use super::statement::states;
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::aggregate::read_value;
use crate::pg::catalog;

/// With fewer events for each entry than this, each worker meets most entries, and merging what
/// the workers found costs more than their help saves: measured at 25 and 50 events on two cores.
const EVENTS_WORTH_WORKERS: f64 = 35.0;

pub(super) fn offer(question: &Question<'_>) -> Offer {
    match guc::engine() {
        EngineSetting::Portable => Offer::Closed("tenant_metrics.engine is portable"),
        EngineSetting::Auto | EngineSetting::Summaries
            if catalog::relation_kind(question.source.usage.oid) == b'f' =>
        {
            Offer::Closed("the usage table is foreign, and its server can group")
        }
        EngineSetting::Auto | EngineSetting::Summaries | EngineSetting::Aggregate => {
            Offer::Open("counted by an aggregate")
        }
    }
}

pub(super) fn obtain<'a, R: Reading>(
    question: &Question<'a>,
    reading: &R,
) -> Result<Obtained<'a, R::State>, Error> {
    let question = Question { needs: question.needs.and(reading.extra()), ..*question };
    let Some(statement) = reading.statement(&question)? else { return Ok(Obtained::PastLimit) };
    let workers = are_worth_it(&question, reading.entries())?;
    // Not NULL, which is the value over no events; and then whether the state kept to the limit.
    let mut value = None;
    statement.run(&question, workers, |row| {
        value = row.bytes(0).map(read_value).transpose()?;
        Ok(())
    })?;
    let empty = || Some(reading.empty(question.source.id_type.kind(), usize::MAX));
    Ok(match value.unwrap_or_else(empty) {
        Some(state) => Obtained::State(question, state),
        None => Obtained::PastLimit,
    })
}

/// Whether parallel workers save more than it costs to merge what each of them found. What is
/// looked up is in few entries.
fn are_worth_it(question: &Question<'_>, entries: usize) -> Result<bool, Error> {
    if entries == 0 || question.is_lookup {
        return Ok(true);
    }
    let events = states::events(question)?.estimate()?;
    Ok(events.is_none_or(|events| events >= EVENTS_WORTH_WORKERS * entries as f64))
}
