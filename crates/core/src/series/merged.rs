//! Counts of several processes.

use super::counts::{SeriesCounts, elements};
use crate::accumulator::Accumulator;
use crate::state::StateKind;
use crate::{CoreError, memory};

impl Accumulator for SeriesCounts {
    const KIND: StateKind = StateKind::Series;

    fn settle(&mut self) -> Result<(), CoreError> {
        self.sums.settle();
        self.check_limit()
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        let (ours, theirs) = (self.sums.width(), other.sums.width());
        if (self.groups, self.words, ours) != (other.groups, other.words, theirs) {
            return Err(CoreError::MalformedState);
        }
        self.read.add(other.read.count())?;
        let mut renumbered = memory::with_capacity(other.features.len())?;
        for number in (0..).take(other.features.len()) {
            memory::push(&mut renumbered, self.feature(other.features.name(number))?)?;
        }
        for (from, &start) in other.starts.iter().enumerate() {
            let into = self.bucket(start)? as usize;
            let tenants = &mut self.tenants[into * self.words..][..self.words];
            for (set, more) in tenants.iter_mut().zip(other.tenants_in(from)) {
                *set |= more;
            }
            for group in 0..self.groups {
                let (into, from) = (into * self.groups + group, from * self.groups + group);
                self.merge_cell(into, other, from, &renumbered)?;
            }
        }
        for time in other.ends.into_iter().flat_map(|(first, last)| [first, last]) {
            self.note(time);
        }
        self.check_limit()
    }
}

impl SeriesCounts {
    fn merge_cell(
        &mut self,
        into: usize,
        other: &Self,
        from: usize,
        renumbered: &[u32],
    ) -> Result<(), CoreError> {
        let theirs = &other.cells[from];
        let sum_bytes = self.sums.bytes();
        self.sums.add(into, other.sums.row(from));
        if self.sums.bytes() > sum_bytes {
            self.check_limit()?;
        }
        let cell = &mut self.cells[into];
        cell.events += theirs.events;
        cell.unpriced += theirs.unpriced;
        let before = cell.cost.bytes();
        cell.cost.add(&theirs.cost);
        let grown = cell.cost.bytes().saturating_sub(before);
        if grown > 0 {
            self.money_bytes += grown;
            self.check_limit()?;
        }
        let words = std::iter::once(theirs.features).chain(other.wide.row(from).iter().copied());
        for feature in elements(words) {
            self.mark(into, renumbered[feature])?;
        }
        Ok(())
    }
}
