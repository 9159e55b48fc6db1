//! What is counted of an event, wherever it comes from.
//!
//! A [`UsageEvent`] is an event as its source has it: a row that the server reads, or one of a
//! stored copy. A [`Counting`] takes such events into an accumulator. Neither knows the other, so
//! whatever events are read from, they are counted by the same code. Where totals of events are
//! stored, an accumulator that has no more than these takes in a [`UsageTotal`] or a [`TenantTotal`].

mod audit;
mod features;
mod periods;
mod series;
mod total;
mod totals;

use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::ids::Id;
use crate::measures::MeasureSum;
use crate::usage::{Cost, NEVER};
pub use audit::AuditCounting;
pub use features::{AdoptionCounting, FeatureCounting};
pub use periods::PeriodCounting;
pub use series::SeriesCounting;
pub use total::{TenantTotal, UsageTotal};
pub use totals::{MeasuredCounting, TotalsCounting};

/// An event. Each part of it is read when it is asked for.
pub trait UsageEvent<'e>: Copy {
    /// Where the value of a measure is.
    type Value: Copy;

    /// Whose it is.
    fn tenant(self) -> Option<Id<'e>>;

    /// The name of its feature.
    fn feature(self) -> Option<&'e [u8]>;

    /// Its cost.
    fn cost(self) -> Cost<'e>;

    /// Its time, or [`NEVER`].
    fn time(self) -> i64;

    /// Where its values of the measures are, in order.
    fn values(self) -> impl Iterator<Item = Self::Value>;

    /// A value of a measure.
    fn value(self, place: Self::Value) -> Cost<'e>;
}

/// Some events together.
pub trait UsageEvents {
    /// How many there are.
    fn events(&self) -> u64;

    /// The first and the last of their times, of which [`NEVER`] is the first.
    fn times(&self) -> (i64, i64);

    /// The names of their features, each once.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    fn features(&self) -> Result<Vec<&[u8]>, CoreError>;

    /// The sum of their costs.
    fn cost(&self) -> MeasureSum;

    /// The sums of the measures, in order.
    fn sums(&self) -> impl Iterator<Item = MeasureSum>;
}

/// What is made of events.
pub trait Counting {
    /// What they are counted into.
    type Accumulator: Accumulator;

    /// Where in it an event belongs.
    type Place: Copy;

    /// Finds out where an event belongs. For many events this is done before they are counted: the
    /// processor fetches what the next look-ups need while it waits for one.
    ///
    /// # Errors
    /// Those of the accumulator, which is useless after that.
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        into: &mut Self::Accumulator,
    ) -> Result<Self::Place, CoreError>;

    /// What counting an event in this place changes, for who wants it fetched before.
    #[inline(always)]
    fn lines<'a>(&self, _place: Self::Place, _of: &'a Self::Accumulator) -> &'a [i64] {
        &[]
    }

    /// Counts an event.
    ///
    /// # Errors
    /// Those of the accumulator, which is useless after that.
    fn record<'e>(
        &mut self,
        place: Self::Place,
        event: impl UsageEvent<'e>,
        into: &mut Self::Accumulator,
    ) -> Result<(), CoreError>;

    /// Whether some events can be counted together.
    fn counts_together(&self) -> bool {
        false
    }

    /// Counts some events, of which these are all the places, together; says whether it could.
    ///
    /// # Errors
    /// Those of the accumulator, which is useless after that.
    fn record_together(
        &mut self,
        _places: &[Self::Place],
        _events: &impl UsageEvents,
        _into: &mut Self::Accumulator,
    ) -> Result<bool, CoreError> {
        Ok(false)
    }
}

/// Whether a time is before another one; a missing one is neither.
#[inline]
fn is_before(time: i64, split: Option<i64>) -> bool {
    split.is_some_and(|split| time < split) && time != NEVER
}
