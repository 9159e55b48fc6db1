//! Sums of measures, own and of subtrees, over the positions of a forest.

use super::{MeasureSum, MeasureTable, MeasuredUsage};
use crate::forest::{Forest, Place};
use crate::ids::Id;
use crate::subtree::Scope;
use crate::{CoreError, Interrupt, poll};

/// Sums of measures of every tenant of a forest.
#[derive(Debug, Default)]
pub struct MeasureTotals {
    /// By the index of the place.
    own: MeasureTable,
    /// By position; empty when only own sums were asked for.
    subtree: MeasureTable,
}

impl MeasureTotals {
    /// Lays the sums of `measured` over `forest`.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(
        forest: &Forest,
        measured: &MeasuredUsage,
        scope: Scope,
        interrupt: Interrupt<'_>,
    ) -> Result<Self, CoreError> {
        let (usage, sums) = (measured.usage(), measured.sums());
        let mut own = MeasureTable::new(sums.width());
        own.lengthen(forest.count())?;
        for (i, place) in forest.all_places().enumerate() {
            poll(i, interrupt);
            if let Some(slot) = usage.index_of(forest.id(place)) {
                own.add(i, sums.row(slot));
            }
        }
        Self::summed(forest, own, scope, interrupt)
    }

    /// The sums of the tenant itself.
    #[must_use]
    pub fn own(&self, forest: &Forest, place: Place) -> &[MeasureSum] {
        self.own.row(forest.index(place))
    }

    /// The sums of the tenant's subtree; `None` on and below cycles.
    #[must_use]
    pub fn subtree(&self, place: Place) -> Option<&[MeasureSum]> {
        match place {
            Place::Tree(position) => Some(self.subtree.row(position)),
            Place::Cycle(_) => None,
        }
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.own.bytes() + self.subtree.bytes()
    }

    /// Adds every subtree to its parent, children before parents.
    fn summed(
        forest: &Forest,
        own: MeasureTable,
        scope: Scope,
        interrupt: Interrupt<'_>,
    ) -> Result<Self, CoreError> {
        let mut subtree = MeasureTable::new(own.width());
        if scope == Scope::Subtree {
            subtree.lengthen(forest.len())?;
            for position in (0..forest.len()).rev() {
                poll(position, interrupt);
                subtree.add(position, own.row(position));
                if let Some(parent) = forest.parent(position) {
                    subtree.add_within(parent, position);
                }
            }
        }
        Ok(Self { own, subtree })
    }
}

/// Builds [`MeasureTotals`] from groups of events.
#[derive(Debug)]
pub struct GroupedMeasures<'a> {
    forest: &'a Forest,
    scope: Scope,
    own: MeasureTable,
}

impl<'a> GroupedMeasures<'a> {
    /// No events of the tenants of `forest` yet, of so many measures.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(forest: &'a Forest, measures: usize, scope: Scope) -> Result<Self, CoreError> {
        let mut own = MeasureTable::new(measures);
        own.lengthen(forest.count())?;
        Ok(Self { forest, scope, own })
    }

    /// Adds the sums of some events of a tenant.
    pub fn add(&mut self, id: Id<'_>, sums: &[MeasureSum]) {
        if let Some(place) = self.forest.find(id) {
            self.own.add(self.forest.index(place), sums);
        }
    }

    /// Sums up the tree.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(self, interrupt: Interrupt<'_>) -> Result<MeasureTotals, CoreError> {
        MeasureTotals::summed(self.forest, self.own, self.scope, interrupt)
    }
}
