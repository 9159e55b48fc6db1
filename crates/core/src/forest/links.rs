//! Parent links as they come, and children grouped by parent.

use crate::ids::{Id, IdKind, IdTable, NO_SLOT};
use crate::memory::{copied, filled, push, with_capacity};
use crate::{CoreError, Interrupt, poll};

/// The rows of a tenants table, as they come.
#[derive(Debug)]
pub struct Links {
    pub(super) ids: IdTable,
    /// For each slot, the slot of its parent, or `NO_SLOT`.
    pub(super) parents: Vec<u32>,
    /// For each slot, whether it is a tenant or was only named as a parent.
    pub(super) exists: Vec<bool>,
    /// The further rows of tenants that have several: the slot, and that of the row's parent.
    pub(super) further: Vec<(u32, u32)>,
}

impl Links {
    /// No tenants yet, with ids of `kind`.
    #[must_use]
    pub fn new(kind: IdKind) -> Self {
        let ids = IdTable::new(kind);
        Self { ids, parents: Vec::new(), exists: Vec::new(), further: Vec::new() }
    }

    /// Adds a row. Of several rows with one id, that with the smallest parent says where the tenant
    /// is, one without a parent before all others, in whatever order they come.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(&mut self, id: Id<'_>, parent: Option<Id<'_>>) -> Result<(), CoreError> {
        let slot = self.slot(id)?;
        let parent = parent.map_or(Ok(NO_SLOT), |parent| self.slot(parent))?;
        if !std::mem::replace(&mut self.exists[slot as usize], true) {
            self.parents[slot as usize] = parent;
            return Ok(());
        }
        let stored = self.parents[slot as usize];
        let by_parent = |&slot: &u32| (slot != NO_SLOT).then(|| self.ids.id(slot));
        let first = std::cmp::min_by_key(stored, parent, by_parent);
        let other = if first == stored { parent } else { stored };
        self.parents[slot as usize] = first;
        push(&mut self.further, (slot, other))
    }

    /// Whether the tenant was added.
    #[must_use]
    pub fn contain(&self, id: Id<'_>) -> bool {
        self.ids.get(id).is_some_and(|slot| self.exists[slot as usize])
    }

    fn slot(&mut self, id: Id<'_>) -> Result<u32, CoreError> {
        let slot = self.ids.intern(id)?;
        if slot as usize == self.exists.len() {
            push(&mut self.exists, false)?;
            push(&mut self.parents, NO_SLOT)?;
        }
        Ok(slot)
    }
}

impl Links {
    /// Whether nothing is above the tenant.
    pub(super) fn is_root(&self, slot: u32) -> bool {
        let parent = self.parents[slot as usize];
        parent == NO_SLOT || !self.exists[parent as usize]
    }
}

impl Links {
    /// The slots of tenants, by id.
    pub(super) fn sorted_by_id(&self) -> Result<Vec<u32>, CoreError> {
        let mut slots = with_capacity(self.exists.len())?;
        for (slot, _) in (0..).zip(&self.exists).filter(|&(_, &exists)| exists) {
            push(&mut slots, slot)?;
        }
        slots.sort_unstable_by(|&a, &b| self.ids.id(a).cmp(&self.ids.id(b)));
        Ok(slots)
    }
}

/// Children of each slot, in one vector.
pub(super) struct Children {
    starts: Vec<u32>,
    slots: Vec<u32>,
}

impl Children {
    /// Groups `slots` by their parent, keeping their order within each group.
    pub(super) fn new(
        links: &Links,
        slots: &[u32],
        interrupt: Interrupt<'_>,
    ) -> Result<Self, CoreError> {
        let parent = |slot: u32| links.parents[slot as usize];
        let mut starts = filled(links.exists.len() + 1, 0)?;
        for &slot in slots.iter().filter(|&&slot| parent(slot) != NO_SLOT) {
            starts[parent(slot) as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = copied(&starts)?;
        let mut grouped = filled(slots.len(), NO_SLOT)?;
        for (i, &slot) in slots.iter().enumerate() {
            poll(i, interrupt);
            if parent(slot) != NO_SLOT {
                let at = &mut next[parent(slot) as usize];
                grouped[*at as usize] = slot;
                *at += 1;
            }
        }
        Ok(Self { starts, slots: grouped })
    }

    /// The children of a slot.
    pub(super) fn of(&self, slot: u32) -> &[u32] {
        let slot = slot as usize;
        &self.slots[self.starts[slot] as usize..self.starts[slot + 1] as usize]
    }
}
