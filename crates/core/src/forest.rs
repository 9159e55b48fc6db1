//! Parent links in, a forest in depth-first order out.
//!
//! [`Links`] collects `(id, parent)` pairs in any order; [`Forest`] numbers the tenants by their
//! *position* in depth-first order, siblings by id, so that a subtree is a range of positions and
//! a parent stands before its children. Nothing recurses, so depth has no limit.
//! Tenants on or below a cycle have no place in that order and are listed apart.
//!
//! Where several rows have one id, one of them says where the tenant is, and the forest knows which
//! tenants have such an id above or below them, so that nothing need be told of these.

mod duplicates;
mod links;

use std::ops::Range;

use crate::ids::{Id, IdKind, NO_SLOT};
use crate::memory::{self, filled, push, with_capacity};
use crate::{CoreError, Interrupt, poll};
use duplicates::Duplicates;
use links::Children;
pub use links::Links;

/// How a tenant is attached to the forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeStatus {
    /// A root, or a tenant whose parent exists.
    Ok,
    /// Its parent is missing, so it is a root.
    Orphan,
    /// On a cycle or below one.
    Cycle,
}

/// Where a tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At this position of the depth-first order.
    Tree(usize),
    /// At this index of the tenants on or below a cycle.
    Cycle(usize),
}

/// A validated forest.
#[derive(Debug)]
pub struct Forest {
    links: Links,
    /// Slots in depth-first order.
    order: Vec<u32>,
    /// For each slot, its position, or its index among `cyclic`, or `NO_SLOT`.
    places: Vec<u32>,
    /// For each position, where its subtree ends.
    ends: Vec<u32>,
    depths: Vec<u32>,
    heights: Vec<u32>,
    /// Slots on or below a cycle, by id.
    cyclic: Vec<u32>,
    /// Missing where each id has one row.
    duplicates: Option<Duplicates>,
}

impl Forest {
    /// Orders the tenants of `links`.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(links: Links, interrupt: Interrupt<'_>) -> Result<Self, CoreError> {
        let by_id = links.sorted_by_id()?;
        let children = Children::new(&links, &by_id, interrupt)?;
        let mut forest = Self {
            order: with_capacity(by_id.len())?,
            places: filled(links.exists.len(), NO_SLOT)?,
            ends: Vec::new(),
            depths: with_capacity(by_id.len())?,
            heights: Vec::new(),
            cyclic: Vec::new(),
            duplicates: Duplicates::new(&links, interrupt)?,
            links,
        };
        for &slot in &by_id {
            if forest.links.is_root(slot) {
                forest.walk(slot, &children, interrupt)?;
            }
        }
        forest.close(interrupt)?;
        forest.cyclic = with_capacity(by_id.len() - forest.order.len())?;
        for &slot in &by_id {
            if forest.places[slot as usize] == NO_SLOT {
                forest.places[slot as usize] = index32(forest.cyclic.len());
                push(&mut forest.cyclic, slot)?;
            }
        }
        Ok(forest)
    }

    /// Number of tenants outside of cycles: positions run up to here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no tenant outside of cycles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Number of tenants on or below a cycle.
    #[must_use]
    pub fn cyclic_len(&self) -> usize {
        self.cyclic.len()
    }

    /// Number of all tenants.
    #[must_use]
    pub fn count(&self) -> usize {
        self.order.len() + self.cyclic.len()
    }

    /// The places of all tenants, by [`Forest::index`].
    pub fn all_places(&self) -> impl Iterator<Item = Place> {
        (0..self.len()).map(Place::Tree).chain((0..self.cyclic_len()).map(Place::Cycle))
    }

    /// A number below [`Forest::count`] for each tenant: its position, those on and below cycles
    /// after all others.
    #[must_use]
    pub fn index(&self, place: Place) -> usize {
        match place {
            Place::Tree(position) => position,
            Place::Cycle(index) => self.order.len() + index,
        }
    }

    /// Where the tenants `ids` are, in their order; `None` for those that are none.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn places<'a>(
        &self,
        ids: impl ExactSizeIterator<Item = Id<'a>>,
    ) -> Result<Vec<Option<Place>>, CoreError> {
        memory::collect(ids.map(|id| self.find(id)))
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let numbers = [&self.order, &self.places, &self.ends, &self.depths, &self.heights];
        let numbers: usize = numbers.iter().map(|numbers| numbers.capacity()).sum();
        self.duplicates.as_ref().map_or(0, Duplicates::bytes)
            + self.links.further.capacity() * size_of::<(u32, u32)>()
            + self.links.ids.bytes()
            + self.links.exists.capacity()
            + (numbers + self.links.parents.capacity() + self.cyclic.capacity()) * size_of::<u32>()
    }

    /// The kind of the ids.
    #[must_use]
    pub fn id_kind(&self) -> IdKind {
        self.links.ids.kind()
    }

    /// Where the tenant `id` is, if there is one.
    #[must_use]
    pub fn find(&self, id: Id<'_>) -> Option<Place> {
        let slot = self.links.ids.get(id)? as usize;
        if !self.links.exists[slot] {
            return None;
        }
        let place = self.places[slot] as usize;
        let in_tree = self.order.get(place).is_some_and(|&at| at as usize == slot);
        Some(if in_tree { Place::Tree(place) } else { Place::Cycle(place) })
    }

    /// The ids that several rows have, and how many, by id.
    pub fn duplicates(&self) -> impl Iterator<Item = (Id<'_>, u64)> {
        let slots = self.duplicates.iter().flat_map(|duplicates| &duplicates.slots);
        slots.map(|&(slot, rows)| (self.links.ids.id(slot), rows))
    }

    /// The first id on the way up from the tenant that several rows have, its own first.
    #[must_use]
    pub fn duplicate_above(&self, place: Place) -> Option<Id<'_>> {
        let above = self.duplicates.as_ref()?.above[self.slot(place) as usize];
        (above != NO_SLOT).then(|| self.links.ids.id(above))
    }

    /// The smallest id that several rows have of the tenant and all that child links reach from it,
    /// those of all rows.
    #[must_use]
    pub fn duplicate_below(&self, place: Place) -> Option<Id<'_>> {
        let below = self.duplicates.as_ref()?.below[self.slot(place) as usize];
        (below != NO_SLOT).then(|| self.links.ids.id(below))
    }

    /// The tenant's id.
    #[must_use]
    pub fn id(&self, place: Place) -> Id<'_> {
        self.links.ids.id(self.slot(place))
    }

    /// The tenant's parent as stored, whether or not that exists.
    #[must_use]
    pub fn parent_id(&self, place: Place) -> Option<Id<'_>> {
        let parent = self.links.parents[self.slot(place) as usize];
        (parent != NO_SLOT).then(|| self.links.ids.id(parent))
    }

    /// How the tenant is attached.
    #[must_use]
    pub fn status(&self, place: Place) -> TreeStatus {
        match place {
            Place::Cycle(_) => TreeStatus::Cycle,
            Place::Tree(position) if self.depths[position] > 0 => TreeStatus::Ok,
            Place::Tree(_) if self.parent_id(place).is_some() => TreeStatus::Orphan,
            Place::Tree(_) => TreeStatus::Ok,
        }
    }

    /// The position of the parent.
    #[must_use]
    pub fn parent(&self, position: usize) -> Option<usize> {
        if self.depths[position] == 0 {
            return None;
        }
        let parent = self.links.parents[self.order[position] as usize];
        Some(self.places[parent as usize] as usize)
    }

    /// Links up to the root.
    #[must_use]
    pub fn depth(&self, position: usize) -> u32 {
        self.depths[position]
    }

    /// Links down to the farthest leaf.
    #[must_use]
    pub fn height(&self, position: usize) -> u32 {
        self.heights[position]
    }

    /// The positions of a tenant and all its descendants.
    #[must_use]
    pub fn subtree(&self, position: usize) -> Range<usize> {
        position..self.ends[position] as usize
    }

    /// The tenant's ancestors, its parent first.
    pub fn ancestors(&self, position: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(position), |&position| self.parent(position))
    }

    /// The cycle that a tenant on or below one leads to, in the direction of the parent links,
    /// starting with its smallest id.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn cycle_of(
        &self,
        index: usize,
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<Id<'_>>, CoreError> {
        let parent = |slot: u32| self.links.parents[slot as usize];
        // As many steps as there are such tenants end on the cycle, wherever they began.
        let mut slot = self.cyclic[index];
        for i in 0..self.cyclic.len() {
            poll(i, interrupt);
            slot = parent(slot);
        }
        let mut cycle = Vec::new();
        let first = slot;
        loop {
            poll(cycle.len(), interrupt);
            push(&mut cycle, self.links.ids.id(slot))?;
            slot = parent(slot);
            if slot == first {
                break;
            }
        }
        let smallest = (0..cycle.len()).min_by_key(|&i| cycle[i]).unwrap_or(0);
        cycle.rotate_left(smallest);
        Ok(cycle)
    }

    /// The tenants that child links reach from a tenant on or below a cycle, itself included,
    /// as indices by id.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn reachable(
        &self,
        index: usize,
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<usize>, CoreError> {
        let children = Children::new(&self.links, &self.cyclic, interrupt)?;
        let mut seen = filled(self.cyclic.len(), false)?;
        let mut pending = with_capacity(self.cyclic.len())?;
        seen[index] = true;
        push(&mut pending, self.cyclic[index])?;
        let mut i = 0;
        while let Some(slot) = pending.pop() {
            poll(i, interrupt);
            i += 1;
            for &child in children.of(slot) {
                let place = self.places[child as usize] as usize;
                if !std::mem::replace(&mut seen[place], true) {
                    push(&mut pending, child)?;
                }
            }
        }
        memory::collect((0..seen.len()).filter(|&index| seen[index]))
    }

    fn slot(&self, place: Place) -> u32 {
        match place {
            Place::Tree(position) => self.order[position],
            Place::Cycle(index) => self.cyclic[index],
        }
    }

    /// Appends the subtree of `root` in depth-first order.
    fn walk(
        &mut self,
        root: u32,
        children: &Children,
        interrupt: Interrupt<'_>,
    ) -> Result<(), CoreError> {
        let mut pending = Vec::new();
        push(&mut pending, (root, 0))?;
        while let Some((slot, depth)) = pending.pop() {
            poll(self.order.len(), interrupt);
            self.places[slot as usize] = index32(self.order.len());
            push(&mut self.order, slot)?;
            push(&mut self.depths, depth)?;
            for &child in children.of(slot).iter().rev() {
                push(&mut pending, (child, depth + 1))?;
            }
        }
        Ok(())
    }

    /// Fills in subtree ends and heights, children before parents.
    fn close(&mut self, interrupt: Interrupt<'_>) -> Result<(), CoreError> {
        self.heights = filled(self.order.len(), 0)?;
        self.ends = memory::collect((1..).take(self.order.len()))?;
        for position in (0..self.order.len()).rev() {
            poll(position, interrupt);
            if let Some(parent) = self.parent(position) {
                self.ends[parent] = self.ends[parent].max(self.ends[position]);
                self.heights[parent] = self.heights[parent].max(self.heights[position] + 1);
            }
        }
        Ok(())
    }
}

/// Slots and positions are below `NO_SLOT`, because [`IdTable`] hands out no more.
fn index32(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NO_SLOT)
}

#[cfg(test)]
mod tests;
