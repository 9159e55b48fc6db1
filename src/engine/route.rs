//! How usage is obtained: which ways there are, in which order they are tried, what they cost.
//!
//! Every reader comes through [`read`], and `explain()` prints what it would do. A further way is
//! a module with `offer` and `obtain`, and a variant of [`Way`].

use tenant_metrics_core::CoreError;

use super::question::Question;
use super::reading::{Obtained, Offer, Reading};
use super::statement::states;
use super::{aggregate, portable, tally};
use crate::error::Error;
use crate::guc;
use crate::pg::query::Expected;
use crate::pg::{plans, varlena};

/// A way to obtain usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Aggregate,
    Portable,
}

impl Way {
    /// All ways, the cheapest first.
    const ALL: [Self; 2] = [Self::Aggregate, Self::Portable];

    /// Its name in `explain()` and in the setting `tenant_metrics.engine`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::Portable => "portable",
        }
    }

    fn offer(self, question: &Question<'_>) -> Offer {
        match self {
            Self::Aggregate => aggregate::offer(question),
            Self::Portable => portable::offer(),
        }
    }

    fn obtain<'a, R: Reading>(
        self,
        question: &Question<'a>,
        reading: &R,
    ) -> Result<Obtained<'a, R::State>, Error> {
        match self {
            Self::Aggregate => aggregate::obtain(question, reading),
            Self::Portable => portable::obtain(question, reading),
        }
    }
}

/// What each way offers to a question, the cheapest first.
pub(crate) fn offers(question: &Question<'_>) -> impl Iterator<Item = (Way, Offer)> {
    Way::ALL.into_iter().map(|way| (way, way.offer(question)))
}

/// What `reading` makes of the events that the question is about, obtained in the cheapest way
/// that is open and keeps to the memory limit.
pub(crate) fn read<R: Reading>(question: &Question<'_>, reading: R) -> Result<R::Answer, Error> {
    let mut fell_back = false;
    for (way, offer) in offers(question) {
        if let Offer::Closed(_) = offer {
            continue;
        }
        let answer = match way.obtain(question, &reading)? {
            Obtained::State(question, state) => reading.of_state(&question, state)?,
            Obtained::Groups(groups) => reading.of_groups(&groups)?,
            Obtained::PastLimit => {
                fell_back = true;
                continue;
            }
        };
        tally::read(way.name(), fell_back, question.is_lookup);
        return Ok(answer);
    }
    // A state is a value too, whatever the setting says.
    let limit = guc::memory_limit().min(varlena::MOST_BYTES);
    Err(CoreError::MemoryLimit { limit }.into())
}

/// What the planner expects the question's events to cost, and how many it expects, by a plan that
/// is kept. This is the price of every way: what they do beyond reading is small beside it.
pub(crate) fn price(question: &Question<'_>) -> Result<Expected, Error> {
    let statement = states::events(question)?;
    let expected = plans::expected(&statement.sql, &statement.params)?;
    // A generic plan does not know how many tenants an array will have.
    let tenants = question.among.map_or(1, <[_]>::len);
    let arrays = if tenants < 2 { 1.0 } else { tenants as f64 / plans::EXPECTED_ELEMENTS };
    Ok(Expected { cost: expected.cost * arrays, rows: expected.rows * arrays })
}
