//! Stored events as events that are counted.

use std::ops::Range;

use super::column::ends;
use super::event_block::EventBlock;
use super::names::NameTable;
use crate::counting::{Counting, UsageEvent, UsageEvents};
use crate::ids::{Id, IdKind};
use crate::measures::MeasureSum;
use crate::usage::{Cost, NEVER};
use crate::{CoreError, memory};

/// What the numbers in rows stand for, and which columns were read.
#[derive(Debug, Clone, Copy)]
pub struct Meanings<'a> {
    /// The kind of the tenants' ids.
    pub ids: IdKind,
    /// The ids of the tenants' numbers; not needed where ids are integers.
    pub tenants: Option<&'a NameTable>,
    /// The names of the dimension that was read, if one was.
    pub names: Option<&'a NameTable>,
    /// Whether the first of the values that were read is the cost; further measures follow.
    pub has_cost: bool,
    /// Number of the further measures that were read.
    pub measures: usize,
}

/// A half-open window of time; a missing bound is no bound, and with a bound events without a time
/// are outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayWindow {
    /// The first time inside.
    pub since: Option<i64>,
    /// The first time that is no longer inside.
    pub until: Option<i64>,
}

impl ReplayWindow {
    /// The first and the last time inside; `None` without bounds.
    #[must_use]
    pub fn ends(self) -> Option<(i64, i64)> {
        let is_bounded = self.since.is_some() || self.until.is_some();
        let first = self.since.unwrap_or(NEVER + 1);
        let last = self.until.map_or(i64::MAX, |until| until.saturating_sub(1));
        is_bounded.then_some((first, last))
    }

    /// Whether a time is inside.
    #[inline]
    #[must_use]
    pub fn contain(self, time: i64) -> bool {
        let is_bounded = self.since.is_some() || self.until.is_some();
        self.since.is_none_or(|since| time >= since)
            && self.until.is_none_or(|until| time < until)
            && !(is_bounded && time == NEVER)
    }
}

impl<'a> Meanings<'a> {
    /// Fails unless all numbers of a row stand for something.
    fn demand(&self, block: &EventBlock) -> Result<(), CoreError> {
        let are_within = |numbers: &[i64], least: i64, names: &NameTable| {
            numbers.iter().all(|number| (least..=names.len().into()).contains(number))
        };
        let has_tenants = self.ids == IdKind::Int
            || self.tenants.is_some_and(|tenants| are_within(block.tenants(), 1, tenants));
        let has_names = self.names.is_none_or(|names| are_within(block.dimension(0), 0, names));
        if has_tenants && has_names { Ok(()) } else { Err(CoreError::MalformedRow) }
    }

    /// Where the further measures are among the values that were read.
    fn measure_ranks(&self) -> Range<usize> {
        let first = usize::from(self.has_cost);
        first..first + self.measures
    }

    /// The tenant of an event.
    #[inline]
    pub(super) fn tenant(&self, number: i64) -> Option<Id<'a>> {
        if self.ids == IdKind::Int {
            return Some(Id::Int(number));
        }
        let id = self.tenants?.name(u32::try_from(number).ok()?)?;
        match self.ids {
            IdKind::Uuid => id.try_into().ok().map(|id| Id::Uuid(u128::from_be_bytes(id))),
            _ => Some(Id::Text(id)),
        }
    }
}

/// An event of a row.
#[derive(Debug, Clone, Copy)]
struct ReplayedEvent<'a> {
    block: &'a EventBlock,
    at: usize,
    meanings: &'a Meanings<'a>,
}

impl<'a> UsageEvent<'a> for ReplayedEvent<'a> {
    /// The place of the measure among those that were read.
    type Value = usize;

    #[inline(always)]
    fn tenant(self) -> Option<Id<'a>> {
        self.meanings.tenant(self.block.tenants()[self.at])
    }

    #[inline(always)]
    fn feature(self) -> Option<&'a [u8]> {
        self.meanings.names?.name(self.block.name(0, self.at))
    }

    #[inline(always)]
    fn cost(self) -> Cost<'a> {
        if self.meanings.has_cost { self.value(0) } else { Cost::Unpriced }
    }

    #[inline(always)]
    fn time(self) -> i64 {
        self.block.times()[self.at]
    }

    #[inline(always)]
    fn values(self) -> impl Iterator<Item = usize> {
        self.meanings.measure_ranks()
    }

    #[inline(always)]
    fn value(self, rank: usize) -> Cost<'a> {
        self.block.values(rank).cost(self.at)
    }
}

/// So few events are counted one by one where they do not belong together.
const FEW: usize = 32;

/// Some events of a row, each of which is there once.
struct ReplayedEvents<'a> {
    block: &'a EventBlock,
    range: Range<usize>,
    times: (i64, i64),
    meanings: &'a Meanings<'a>,
}

impl UsageEvents for ReplayedEvents<'_> {
    fn events(&self) -> u64 {
        self.range.len() as u64
    }

    fn times(&self) -> (i64, i64) {
        self.times
    }

    fn features(&self) -> Result<Vec<&[u8]>, CoreError> {
        let Some(names) = self.meanings.names else { return Ok(Vec::new()) };
        let mut are_met = memory::filled(names.len() as usize + 1, false)?;
        for at in self.range.clone() {
            are_met[self.block.name(0, at) as usize] = true;
        }
        let met = (0..).zip(are_met).filter(|(_, is_met)| *is_met);
        memory::collect(met.filter_map(|(number, _)| names.name(number)))
    }

    fn cost(&self) -> MeasureSum {
        match self.meanings.has_cost {
            true => self.block.values(0).sum(self.range.clone()),
            false => MeasureSum { missing: self.events(), ..MeasureSum::default() },
        }
    }

    fn sums(&self) -> impl Iterator<Item = MeasureSum> {
        self.meanings.measure_ranks().map(|rank| self.block.values(rank).sum(self.range.clone()))
    }
}

/// Counts the events of rows.
#[derive(Debug)]
pub struct Replay<'a, C: Counting> {
    counting: &'a mut C,
    meanings: Meanings<'a>,
    bounds: ReplayWindow,
    places: Vec<C::Place>,
}

impl<'a, C: Counting> Replay<'a, C> {
    /// Counts the events inside of these bounds.
    pub fn new(counting: &'a mut C, meanings: Meanings<'a>, bounds: ReplayWindow) -> Self {
        Self { counting, meanings, bounds, places: Vec::new() }
    }

    /// The same with memory that another one has used.
    #[must_use]
    pub fn reusing(self, places: Vec<C::Place>) -> Self {
        Self { places, ..self }
    }

    /// The memory that another one can use.
    #[must_use]
    pub fn into_memory(self) -> Vec<C::Place> {
        self.places
    }

    /// Counts the events of a row that are left of it.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] for numbers that stand for nothing; those of the accumulator, which
    /// is useless after that.
    pub fn count(
        &mut self,
        block: &EventBlock,
        into: &mut C::Accumulator,
    ) -> Result<(), CoreError> {
        self.meanings.demand(block)?;
        let range = 0..block.len();
        match self.counting.counts_together() && block.weight() == Some(1) {
            true => self.count_together(block, range, into),
            false => self.count_each(block, range, into),
        }
    }

    /// Counts events together if they belong together, or else each half of them.
    fn count_together(
        &mut self,
        block: &EventBlock,
        range: Range<usize>,
        into: &mut C::Accumulator,
    ) -> Result<(), CoreError> {
        let (first, last) = ends(block.times()[range.clone()].iter().copied());
        if self.bounds.contain(first) && self.bounds.contain(last) {
            let Self { counting, meanings, places, .. } = self;
            places.clear();
            for at in range.clone() {
                let event = ReplayedEvent { block, at, meanings };
                memory::push(places, counting.place(event, into)?)?;
            }
            let times = (first, last);
            let all = ReplayedEvents { block, range: range.clone(), times, meanings };
            if counting.record_together(places, &all, into)? {
                return Ok(());
            }
        }
        if range.len() <= FEW {
            return self.count_each(block, range, into);
        }
        let middle = range.start.midpoint(range.end);
        self.count_together(block, range.start..middle, into)?;
        self.count_together(block, middle..range.end, into)
    }

    /// Counts those events that are left and inside of the bounds, one by one.
    fn count_each(
        &mut self,
        block: &EventBlock,
        range: Range<usize>,
        into: &mut C::Accumulator,
    ) -> Result<(), CoreError> {
        let Self { counting, meanings, bounds, places } = self;
        let event = |at| ReplayedEvent { block, at, meanings };
        let counted = || {
            let events = block.weights()[range.clone()].iter().zip(&block.times()[range.clone()]);
            let inside = events.zip(range.clone());
            inside.filter(|((weight, time), _)| **weight > 0 && bounds.contain(**time))
        };
        places.clear();
        for (_, at) in counted() {
            memory::push(places, counting.place(event(at), into)?)?;
        }
        for (((&weight, _), at), &place) in counted().zip(places.iter()) {
            for _ in 0..weight {
                counting.record(place, event(at), into)?;
            }
        }
        Ok(())
    }
}
