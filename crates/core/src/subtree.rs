//! Own totals to subtree totals, over the positions of a forest.

use crate::features::{Catalogue, WideSets};
use crate::forest::{Forest, Place};
use crate::ids::Id;
use crate::memory::{collect, copied, filled, lengthen, push, with_capacity};
use crate::usage::{TenantCell, Usage};
use crate::{CoreError, Interrupt, poll};

/// Totals of every tenant of a forest.
#[derive(Debug, Default)]
pub struct ForestTotals {
    /// Own totals by position.
    pub own: Vec<TenantCell>,
    /// Subtree totals by position; empty when only own totals were asked for.
    pub subtree: Vec<TenantCell>,
    /// Features used by the tenant itself, by position.
    pub own_features: Vec<u32>,
    /// Features used in the subtree, by position; may be empty like `subtree`.
    pub subtree_features: Vec<u32>,
    /// Own totals of the tenants on or below a cycle, by index.
    pub cyclic: Vec<TenantCell>,
    /// Features used by the tenants on or below a cycle, by index.
    pub cyclic_features: Vec<u32>,
}

/// Whether subtree totals are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Own totals only.
    Own,
    /// Own and subtree totals.
    Subtree,
}

impl ForestTotals {
    /// Lays `usage` over `forest`; events of ids that are no tenants are left out.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(
        forest: &Forest,
        usage: &Usage,
        catalogue: &Catalogue,
        scope: Scope,
        interrupt: Interrupt<'_>,
    ) -> Result<Self, CoreError> {
        let counted = CountedFeatures::new(usage, catalogue)?;
        let mut totals = Self {
            own: with_capacity(forest.len())?,
            own_features: with_capacity(forest.len())?,
            cyclic: with_capacity(forest.cyclic_len())?,
            cyclic_features: with_capacity(forest.cyclic_len())?,
            ..Self::default()
        };
        let mut wide = WideSets::default();
        // From the tenant to its events: what is far apart in memory is then only read, and the
        // processor fetches several at a time.
        for position in 0..forest.len() {
            poll(position, interrupt);
            let (cell, features, row) = counted.totals(usage, forest.id(Place::Tree(position)));
            push(&mut totals.own, cell)?;
            push(&mut totals.own_features, features)?;
            wide.union(position, row)?;
        }
        for index in 0..forest.cyclic_len() {
            poll(index, interrupt);
            let (cell, features, _) = counted.totals(usage, forest.id(Place::Cycle(index)));
            push(&mut totals.cyclic, cell)?;
            push(&mut totals.cyclic_features, features)?;
        }
        if scope == Scope::Subtree {
            totals.sum_up(forest, interrupt)?;
            wide.fill(forest.len())?;
            totals.subtree_features = filled(forest.len(), 0)?;
            for position in (0..forest.len()).rev() {
                poll(position, interrupt);
                totals.subtree_features[position] =
                    counted.count(&totals.subtree[position], wide.row(position));
                if let Some(parent) = forest.parent(position) {
                    wide.union_within(parent, position);
                }
            }
        }
        Ok(totals)
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let cells = [&self.own, &self.subtree, &self.cyclic];
        let features = [&self.own_features, &self.subtree_features, &self.cyclic_features];
        let wide: usize =
            cells.iter().flat_map(|cells| cells.iter()).map(|cell| cell.cost.bytes()).sum();
        wide + cells.iter().map(|cells| cells.capacity() * size_of::<TenantCell>()).sum::<usize>()
            + features.iter().map(|counts| counts.capacity() * size_of::<u32>()).sum::<usize>()
    }

    /// Events of all tenants.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.own.iter().chain(&self.cyclic).map(|cell| cell.events).sum()
    }

    fn empty(forest: &Forest) -> Result<Self, CoreError> {
        let mut totals = Self {
            own_features: filled(forest.len(), 0)?,
            cyclic_features: filled(forest.cyclic_len(), 0)?,
            ..Self::default()
        };
        lengthen(&mut totals.own, forest.len(), TenantCell::default)?;
        lengthen(&mut totals.cyclic, forest.cyclic_len(), TenantCell::default)?;
        Ok(totals)
    }

    /// Adds every subtree to its parent, children before parents.
    fn sum_up(&mut self, forest: &Forest, interrupt: Interrupt<'_>) -> Result<(), CoreError> {
        self.subtree = collect(self.own.iter().cloned())?;
        for position in (0..forest.len()).rev() {
            poll(position, interrupt);
            if let Some(parent) = forest.parent(position) {
                let (before, from) = self.subtree.split_at_mut(position);
                before[parent].add(&from[0]);
            }
        }
        Ok(())
    }
}

/// Which of the features that usage names count: the catalogue's.
struct CountedFeatures {
    cell: u64,
    wide: Vec<u64>,
}

impl CountedFeatures {
    fn new(usage: &Usage, catalogue: &Catalogue) -> Result<Self, CoreError> {
        let mut words = usage.features().counted(catalogue)?;
        Ok(Self { cell: words.remove(0), wide: words })
    }

    /// The totals of a tenant, how many of its features count, and those from number 64 on.
    fn totals<'a>(&self, usage: &'a Usage, id: Id<'_>) -> (TenantCell, u32, &'a [u64]) {
        let Some(index) = usage.index_of(id) else { return (TenantCell::default(), 0, &[]) };
        let (cell, row) = (usage.cell(index), usage.wide_row(index));
        (cell.clone(), self.count(cell, row), row)
    }

    fn count(&self, cell: &TenantCell, wide: &[u64]) -> u32 {
        let beyond: u32 =
            wide.iter().zip(&self.wide).map(|(set, mask)| (set & mask).count_ones()).sum();
        (cell.features() & self.cell).count_ones() + beyond
    }
}

/// Builds a [`ForestTotals`] from groups of events, one for each tenant and feature, that come ordered
/// by feature: what a server's own `GROUP BY` gives when the accumulator has no room.
///
/// Sets of features are never held. Each group marks its tenant and the ancestors that this
/// feature has not reached yet, so memory follows the number of tenants alone.
#[derive(Debug)]
pub struct GroupedTotals<'a> {
    forest: &'a Forest,
    catalogue: &'a Catalogue,
    scope: Scope,
    totals: ForestTotals,
    /// For each position, the number of the last feature that was counted in its subtree.
    marks: Vec<u32>,
    feature: Option<Vec<u8>>,
    counts: bool,
    number: u32,
}

impl<'a> GroupedTotals<'a> {
    /// No events of the tenants of `forest` yet.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(
        forest: &'a Forest,
        catalogue: &'a Catalogue,
        scope: Scope,
    ) -> Result<Self, CoreError> {
        let mut totals = ForestTotals::empty(forest)?;
        let mut marks = Vec::new();
        if scope == Scope::Subtree {
            marks = filled(forest.len(), 0)?;
            totals.subtree_features = filled(forest.len(), 0)?;
        }
        Ok(Self {
            forest,
            catalogue,
            scope,
            totals,
            marks,
            feature: None,
            counts: false,
            number: 0,
        })
    }

    /// Adds the totals of the events of one tenant and feature.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(
        &mut self,
        id: Id<'_>,
        feature: Option<&[u8]>,
        cell: &TenantCell,
        interrupt: Interrupt<'_>,
    ) -> Result<(), CoreError> {
        if self.number == 0 || self.feature.as_deref() != feature {
            self.feature = feature.map(copied).transpose()?;
            self.counts = feature.is_some_and(|name| self.catalogue.counts(name));
            self.number += 1;
        }
        match self.forest.find(id) {
            Some(Place::Tree(position)) => {
                self.totals.own[position].add(cell);
                if self.counts {
                    self.totals.own_features[position] += 1;
                    self.mark(position, interrupt);
                }
            }
            Some(Place::Cycle(index)) => {
                self.totals.cyclic[index].add(cell);
                self.totals.cyclic_features[index] += u32::from(self.counts);
            }
            None => {}
        }
        Ok(())
    }

    /// Sums up the tree.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(mut self, interrupt: Interrupt<'_>) -> Result<ForestTotals, CoreError> {
        if self.scope == Scope::Subtree {
            self.totals.sum_up(self.forest, interrupt)?;
        }
        Ok(self.totals)
    }

    fn mark(&mut self, position: usize, interrupt: Interrupt<'_>) {
        if self.scope == Scope::Own {
            return;
        }
        let mut next = Some(position);
        let mut i = 0;
        while let Some(position) = next.filter(|&position| self.marks[position] != self.number) {
            self.marks[position] = self.number;
            self.totals.subtree_features[position] += 1;
            next = self.forest.parent(position);
            i += 1;
            poll(i, interrupt);
        }
    }
}

#[cfg(test)]
mod tests;
