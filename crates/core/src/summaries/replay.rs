//! Stored events as events that are counted.

use super::event_block::EventBlock;
use super::names::NameTable;
use crate::counting::{Counting, UsageEvent};
use crate::ids::{Id, IdKind};
use crate::usage::{Cost, NEVER};
use crate::{CoreError, memory};

/// What the numbers in rows stand for, and which columns were read.
#[derive(Debug, Clone, Copy)]
pub struct Meanings<'a> {
    /// The kind of the tenants' ids.
    pub ids: IdKind,
    /// The ids of the tenants' numbers, where ids are no integers.
    pub tenants: &'a NameTable,
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
        let has_tenants = self.ids == IdKind::Int || are_within(block.tenants(), 1, self.tenants);
        let has_names = self.names.is_none_or(|names| are_within(block.dimension(0), 0, names));
        if has_tenants && has_names { Ok(()) } else { Err(CoreError::MalformedRow) }
    }

    /// The tenant of an event.
    #[inline]
    fn tenant(&self, number: i64) -> Option<Id<'a>> {
        if self.ids == IdKind::Int {
            return Some(Id::Int(number));
        }
        let id = self.tenants.name(u32::try_from(number).ok()?)?;
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
        let first = usize::from(self.meanings.has_cost);
        first..first + self.meanings.measures
    }

    #[inline(always)]
    fn value(self, rank: usize) -> Cost<'a> {
        self.block.values(rank).cost(self.at)
    }
}

/// Counts the events of rows.
#[derive(Debug)]
pub struct Replay<'a, C: Counting> {
    counting: C,
    meanings: Meanings<'a>,
    bounds: ReplayWindow,
    places: Vec<C::Place>,
}

impl<'a, C: Counting> Replay<'a, C> {
    /// Counts the events inside of these bounds.
    pub fn new(counting: C, meanings: Meanings<'a>, bounds: ReplayWindow) -> Self {
        Self { counting, meanings, bounds, places: Vec::new() }
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
        let Self { counting, meanings, bounds, places } = self;
        let event = |at| ReplayedEvent { block, at, meanings };
        let counted = || {
            let weights = block.weights().iter().zip(block.times()).enumerate();
            weights.filter(|(_, (weight, time))| **weight > 0 && bounds.contain(**time))
        };
        places.clear();
        for (at, _) in counted() {
            memory::push(places, counting.place(event(at), into)?)?;
        }
        for ((at, (&weight, _)), &place) in counted().zip(places.iter()) {
            for _ in 0..weight {
                counting.record(place, event(at), into)?;
            }
        }
        Ok(())
    }
}
