//! Which tenants take part where tenants are counted.

use crate::forest::{Forest, Place};
use crate::subtree::Scope;
use crate::{CoreError, Interrupt, memory, poll};

/// Which of the tenants take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligible {
    /// All of them.
    All,
    /// Those without children.
    Leaves,
    /// Those with events in the period.
    Active,
}

/// How tenants are counted: which of them, and whose events are theirs.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// Whether events of descendants are a tenant's too. Tenants on and below cycles have no
    /// descendants that could be told, and take no part then.
    pub scope: Scope,
    /// Which tenants take part.
    pub eligible: Eligible,
    /// The only depth whose tenants take part, if it is given.
    pub depth: Option<u32>,
}

impl Counted {
    /// Whether the tree lets the tenant in this place take part; events are not looked at.
    fn admits(&self, forest: &Forest, place: Place) -> bool {
        match place {
            Place::Tree(position) => {
                self.depth.is_none_or(|depth| forest.depth(position) == depth)
                    && (self.eligible != Eligible::Leaves || forest.height(position) == 0)
            }
            Place::Cycle(_) => {
                self.scope == Scope::Own
                    && self.depth.is_none()
                    && self.eligible != Eligible::Leaves
            }
        }
    }

    /// For each place of the forest, by its index, whether it is one of these that takes part as
    /// far as the tree says.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn admitted(
        &self,
        forest: &Forest,
        members: impl Iterator<Item = Place>,
    ) -> Result<Vec<bool>, CoreError> {
        let mut admitted = memory::filled(forest.count(), false)?;
        for place in members {
            admitted[forest.index(place)] = self.admits(forest, place);
        }
        Ok(admitted)
    }
}

/// Gives each tenant of the trees what `unite` makes of its own and its children's values; those
/// on and below cycles keep theirs. `values` has one for each place, by its index.
pub fn united<T: Copy>(
    forest: &Forest,
    values: &mut [T],
    interrupt: Interrupt<'_>,
    unite: impl Fn(T, T) -> T,
) {
    // Children come after their parents.
    for position in (0..forest.len()).rev() {
        poll(position, interrupt);
        if let Some(parent) = forest.parent(position) {
            values[parent] = unite(values[parent], values[position]);
        }
    }
}
