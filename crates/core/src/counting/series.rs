//! Usage by bucket of time.

use std::borrow::Borrow;

use super::{Counting, UsageEvent, UsageEvents};
use crate::CoreError;
use crate::feature_usage::{EARLIEST, LATEST};
use crate::ids::IdKind;
use crate::series::calendar::{Clock, Unit};
use crate::series::counts::{GroupingKey, SeriesCounts};
use crate::series::groups::Groups;
use crate::series::timeline::Timeline;
use crate::usage::NEVER;

/// Counts the events of groups of tenants by bucket of time.
#[derive(Debug)]
pub struct SeriesCounting<G, C> {
    groups: G,
    clock: C,
    timeline: Timeline,
    /// Bytes of the timeline that the counts know of.
    charged: usize,
    /// The time as which events are counted that always were; without one they are left out.
    always: Option<i64>,
}

impl<G: Borrow<Groups>, C: Clock> SeriesCounting<G, C> {
    /// Of these groups, by the buckets of a clock. Events that always were are counted as of the
    /// time `always`, or left out.
    pub fn new(groups: G, unit: Unit, clock: C, always: Option<i64>) -> Self {
        Self { groups, clock, timeline: Timeline::new(unit), charged: 0, always }
    }

    /// The kind of the ids of those that are counted.
    pub fn id_kind(&self) -> IdKind {
        self.groups.borrow().id_kind()
    }

    /// No counts yet, of so many measures, that may use `limit` bytes.
    pub fn empty(&self, measures: usize, limit: usize) -> SeriesCounts {
        let groups = self.groups.borrow();
        let counts = SeriesCounts::new(groups.len(), groups.above().len(), limit);
        counts.with_measures(measures)
    }

    /// Tells the counts what the timeline takes.
    #[inline]
    fn charge(&mut self, counts: &mut SeriesCounts) -> Result<(), CoreError> {
        if self.timeline.bytes() == self.charged {
            return Ok(());
        }
        self.charged = self.timeline.bytes();
        counts.charge(self.groups.borrow().bytes() + self.charged)
    }

    /// The time by which an event is put into a bucket: none for infinite ones, but for what always
    /// was.
    #[inline]
    fn placed(&self, time: i64) -> Option<i64> {
        match time {
            NEVER | LATEST => None,
            EARLIEST => self.always,
            time => Some(time),
        }
    }
}

impl<G: Borrow<Groups>, C: Clock> Counting for SeriesCounting<G, C> {
    type Accumulator = SeriesCounts;
    /// The number of the tenant and of its group, if it is one that is counted.
    type Place = Option<(u32, u32)>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        _: &mut SeriesCounts,
    ) -> Result<Self::Place, CoreError> {
        Ok(event.tenant().and_then(|id| self.groups.borrow().find(id)))
    }

    #[inline]
    fn record<'e>(
        &mut self,
        place: Self::Place,
        event: impl UsageEvent<'e>,
        counts: &mut SeriesCounts,
    ) -> Result<(), CoreError> {
        let Some((tenant, group)) = place else { return Ok(()) };
        let Some(time) = self.placed(event.time()) else { return Ok(()) };
        let bucket = self.timeline.find(time, &self.clock, |start| counts.bucket(start))?;
        self.charge(counts)?;
        counts.note(time);
        let key = GroupingKey { bucket, tenant, group };
        counts.record(key, event.feature(), event.cost())?;
        counts.record_values(key, event.values(), |place| event.value(place))
    }

    fn counts_together(&self) -> bool {
        self.groups.borrow().above().len() == 1
    }

    /// Those that are all counted in one bucket of the only group.
    fn record_together(
        &mut self,
        places: &[Self::Place],
        events: &impl UsageEvents,
        counts: &mut SeriesCounts,
    ) -> Result<bool, CoreError> {
        let (first, last) = events.times();
        let is_placed = |time| self.placed(time) == Some(time);
        if !self.counts_together()
            || !is_placed(first)
            || !is_placed(last)
            || places.contains(&None)
        {
            return Ok(false);
        }
        let number = |start| counts.bucket(start);
        let Some(bucket) = self.timeline.find_all((first, last), &self.clock, number)? else {
            return Ok(false);
        };
        self.charge(counts)?;
        counts.note(first);
        counts.note(last);
        counts.add_together(bucket, places.iter().flatten().map(|&(tenant, _)| tenant), events)?;
        Ok(true)
    }
}
