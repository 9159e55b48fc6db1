//! How usage is obtained: which ways there are, in which order they are tried, what they cost.
//!
//! Every reader comes through [`read`], and `explain()` prints what it would do. A further way is
//! a module with `offer` and `obtain`, and a variant of [`Way`].

use tenant_metrics_core::CoreError;

use super::question::Question;
use super::reading::{Amounts, Obtained, Offer, Reading};
use super::statement::states;
use super::{aggregate, portable, stale, summaries, tally};
use crate::error::Error;
use crate::guc;
use crate::pg::query::Expected;
use crate::pg::{plans, varlena};

/// A way to obtain usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Summaries,
    Aggregate,
    Portable,
}

impl Way {
    /// All ways, in the order in which they are tried.
    const ALL: [Self; 3] = [Self::Summaries, Self::Aggregate, Self::Portable];

    /// Its name in `explain()` and in the setting `tenant_metrics.engine`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Summaries => "summaries",
            Self::Aggregate => "aggregate",
            Self::Portable => "portable",
        }
    }

    fn offer(self, question: &Question<'_>) -> Result<Offer, Error> {
        match self {
            Self::Summaries => summaries::offer(question, || Ok(price_of_events(question)?.cost)),
            Self::Aggregate => Ok(aggregate::offer(question)),
            Self::Portable => Ok(portable::offer()),
        }
    }

    fn obtain<'a, R: Reading>(
        self,
        question: &Question<'a>,
        reading: &R,
    ) -> Result<Obtained<'a, R::State>, Error> {
        match self {
            Self::Summaries => summaries::obtain(question, reading),
            Self::Aggregate => aggregate::obtain(question, reading),
            Self::Portable => portable::obtain(question, reading),
        }
    }
}

/// About how much the way reads for a question; unknown to a caller who may not read it.
pub(crate) fn amounts(way: Way, question: &Question<'_>) -> Result<Amounts, Error> {
    match way {
        Way::Summaries => Ok(Amounts { events: Some(0.0), ..summaries::amounts(question)? }),
        Way::Aggregate | Way::Portable => {
            Ok(Amounts { events: states::events(question)?.estimate()?, ..Amounts::default() })
        }
    }
}

/// What each way offers to a question, in the order in which they are tried.
pub(crate) fn offers<'a>(
    question: &'a Question<'_>,
) -> impl Iterator<Item = Result<(Way, Offer), Error>> + 'a {
    Way::ALL.into_iter().map(|way| Ok((way, way.offer(question)?)))
}

/// What `reading` makes of the events that the question is about, obtained in the first way that is
/// open and keeps to the memory limit.
pub(crate) fn read<R: Reading>(question: &Question<'_>, reading: R) -> Result<R::Answer, Error> {
    let mut fell_back = false;
    for offered in offers(question) {
        let way = match offered? {
            (way, Offer::Open(_)) => way,
            (_, Offer::Stale(fault)) => {
                stale::tell(question.source, fault)?;
                continue;
            }
            (_, Offer::Closed(_) | Offer::Absent) => continue,
        };
        let answer = match way.obtain(question, &reading)? {
            Obtained::State(question, state) => reading.of_state(&question, state)?,
            Obtained::Groups(groups) => reading.of_groups(&groups)?,
            Obtained::PastLimit => {
                fell_back = true;
                continue;
            }
            Obtained::Unfit => continue,
        };
        tally::read(way.name(), fell_back, question.is_lookup);
        return Ok(answer);
    }
    // A state is a value too, whatever the setting says.
    let limit = guc::memory_limit().min(varlena::MOST_BYTES);
    Err(CoreError::MemoryLimit { limit }.into())
}

/// The question with the price of its events, for which the planner is then not asked again.
pub(crate) fn priced<'a>(question: &Question<'a>) -> Result<Question<'a>, Error> {
    Ok(Question { expected: Some(price_of_events(question)?), ..*question })
}

/// What the question's events are expected to cost in the cheapest way, and how many they are.
pub(crate) fn price(question: &Question<'_>) -> Result<Expected, Error> {
    let events = price_of_events(question)?;
    match summaries::price(question)? {
        Some(cost) if cost < events.cost => Ok(Expected { cost, ..events }),
        _ => Ok(events),
    }
}

/// What the planner expects reading the question's events to cost, and how many it expects, by a
/// plan that is kept. This is the price of all ways that read events: what they do beyond reading is
/// small beside it.
fn price_of_events(question: &Question<'_>) -> Result<Expected, Error> {
    if let Some(expected) = question.expected {
        return Ok(expected);
    }
    let statement = states::events(question)?;
    let expected = plans::expected(&statement.sql, &statement.params)?;
    // A generic plan does not know how many tenants an array will have.
    let tenants = question.among.map_or(1, <[_]>::len);
    let arrays = if tenants < 2 { 1.0 } else { tenants as f64 / plans::EXPECTED_ELEMENTS };
    Ok(Expected { cost: expected.cost * arrays, rows: expected.rows * arrays })
}
