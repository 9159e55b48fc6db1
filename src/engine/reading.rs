//! What a reader makes of usage, in whatever way that is obtained.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::counting::{Counting, TenantTotal, UsageTotal};
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::series::frame::Frame;

use super::groups::UsageGroups;
use super::question::{Needs, Question};
use super::statement::Statement;
use super::statement::groups::Cut;
use crate::error::Error;
use crate::pg::summaries::Fault;

/// An answer that can be made of a state of one of the library's aggregates, and of groups.
pub(crate) trait Reading {
    /// What events are counted into.
    type State: Accumulator;

    /// What counts them where no aggregate does.
    type Counting<'c>: Counting<Accumulator = Self::State>
    where
        Self: 'c;

    type Answer;

    /// The statement whose value is the state; missing where it would be too large to be sent.
    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error>;

    /// What counts events into a state.
    fn counting(&self) -> Result<Self::Counting<'_>, Error>;

    /// What counts all events of a tenant with one feature at once, where a state has no more than
    /// their totals.
    fn total_counting(&self) -> Option<CountTotal<Self::State>> {
        None
    }

    /// What counts all events of a tenant at once, where a state has no more than their totals, and
    /// of features which there are.
    fn tenant_counting(&self) -> Option<CountTenant<Self::State>> {
        None
    }

    /// The state of no events, which may use `limit` bytes.
    fn empty(&self, ids: IdKind, limit: usize) -> Self::State;

    /// Needs beyond the question's that a state has room for: they take no more than reading
    /// their columns.
    fn extra(&self) -> Needs {
        Needs::NOTHING
    }

    /// Entries that the state of each worker would have and that would be merged one by one.
    fn entries(&self) -> usize;

    /// Who is counted and in which buckets, where that is all that the state tells events apart by:
    /// parallel workers can count stored events into it.
    fn frame(&self) -> Option<&Frame> {
        None
    }

    /// The answer from a state; `question` has the needs that it was read for.
    fn of_state(self, question: &Question<'_>, state: Self::State) -> Result<Self::Answer, Error>;

    /// What the groups are told apart by beside tenant and feature.
    fn cut(&self) -> Result<Cut, Error> {
        Ok(Cut::default())
    }

    /// The answer from groups.
    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Self::Answer, Error>;
}

/// Counts a total into a state.
pub(crate) type CountTotal<S> = fn(&mut S, &UsageTotal<'_>) -> Result<(), CoreError>;

/// Counts all events of a tenant into a state.
pub(crate) type CountTenant<S> = fn(&mut S, &TenantTotal<'_>) -> Result<(), CoreError>;

/// What a way gives.
pub(crate) enum Obtained<'a, S> {
    /// A state, and the question with all needs that it answers.
    State(Question<'a>, S),
    /// Groups, which are read when they are asked for.
    Groups(UsageGroups<'a>),
    /// Nothing: it would have taken more than the memory limit.
    PastLimit,
    /// Nothing: the way turned out to be closed.
    Unfit,
}

/// Whether a way is open to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Open; what becomes of the events.
    Open(&'static str),
    /// Closed; why.
    Closed(&'static str),
    /// Closed, because the summaries do not know of all events; why.
    Stale(Fault),
    /// The source does not have it.
    Absent,
}

/// About how much is read for a question, of each kind that is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Amounts {
    /// Events of the usage table.
    pub(crate) events: Option<f64>,
    /// Totals of summaries.
    pub(crate) totals: Option<f64>,
    /// Events of the copy that summaries have.
    pub(crate) copied: Option<f64>,
    /// Events that statements have appended since.
    pub(crate) pending: Option<f64>,
}
