//! The scope of a call: a set of tenants, and which of them it lists.

use std::ops::Range;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::cycle;
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;

/// Up to so many tenants a statement names the ones whose events it wants.
const NAMED_TENANTS: usize = 10_000;

/// A set of tenants; empty where a call names a tenant that does not exist.
#[derive(Debug)]
pub(crate) struct Members {
    /// Positions in the tree.
    tree: Range<usize>,
    /// Indices of those on or below a cycle, ascending.
    cyclic: Vec<usize>,
    /// Whether the call names no tenant, or one that exists.
    exist: bool,
}

impl Members {
    /// The tenant `root` and all that child links reach from it; all tenants where it is missing.
    pub(crate) fn below(forest: &Forest, root: Option<&OwnedId>) -> Result<Self, Error> {
        let (tree, cyclic, exist) = match root.map(|root| forest.find(root.borrow())) {
            None => (0..forest.len(), memory::collect(0..forest.cyclic_len())?, true),
            Some(None) => (0..0, Vec::new(), false),
            Some(Some(Place::Tree(position))) => (forest.subtree(position), Vec::new(), true),
            Some(Some(Place::Cycle(index))) => (0..0, forest.reachable(index, &interrupt)?, true),
        };
        Ok(Self { tree, cyclic, exist })
    }

    /// The tenant `id` alone, or with its descendants, which it must be outside of cycles to have;
    /// all tenants where it is missing.
    pub(crate) fn of(forest: &Forest, id: Option<&OwnedId>, scope: Scope) -> Result<Self, Error> {
        let place = id.and_then(|id| forest.find(id.borrow()).map(|place| (id, place)));
        Ok(match (place, scope) {
            (Some((id, Place::Cycle(index))), Scope::Subtree) => {
                return Err(cycle::cycle_error(forest, index, id)?);
            }
            (Some((_, Place::Tree(position))), Scope::Own) => {
                Self { tree: position..position + 1, cyclic: Vec::new(), exist: true }
            }
            (Some((_, Place::Cycle(index))), Scope::Own) => {
                Self { tree: 0..0, cyclic: memory::filled(1, index)?, exist: true }
            }
            _ => Self::below(forest, id)?,
        })
    }

    /// Number of tenants.
    pub(crate) fn len(&self) -> usize {
        self.tree.len() + self.cyclic.len()
    }

    /// Whether the call names no tenant, or one that exists.
    pub(crate) fn exist(&self) -> bool {
        self.exist
    }

    /// Whether the tenant in this place is one of them.
    pub(crate) fn contain(&self, place: Place) -> bool {
        match place {
            Place::Tree(position) => self.tree.contains(&position),
            Place::Cycle(index) => self.cyclic.binary_search(&index).is_ok(),
        }
    }

    /// Where the tenant `id` is, if it is one of them.
    pub(crate) fn find(&self, forest: &Forest, id: Id<'_>) -> Option<Place> {
        forest.find(id).filter(|&place| self.contain(place))
    }

    /// Their ids, if they are few enough for a statement to name them.
    pub(crate) fn named(&self, forest: &Forest) -> Result<Option<Vec<OwnedId>>, Error> {
        let ids = || self.listed(forest, None).map(|place| forest.id(place));
        (are_few(self.len(), forest) || !self.exist).then(|| copies(ids())).transpose()
    }

    /// The tenants in the order of `tenant_dashboard`, down to `max_depth` levels below the first.
    pub(crate) fn listed(
        &self,
        forest: &Forest,
        max_depth: Option<u32>,
    ) -> impl Iterator<Item = Place> {
        let top = if self.tree.is_empty() { 0 } else { forest.depth(self.tree.start) };
        let shown = move |position: &usize| {
            max_depth.is_none_or(|levels| forest.depth(*position) - top <= levels)
        };
        let tree = self.tree.clone().filter(shown).map(Place::Tree);
        tree.chain(self.cyclic.iter().copied().map(Place::Cycle))
    }
}

/// Copies of ids.
pub(super) fn copies<'a>(ids: impl Iterator<Item = Id<'a>>) -> Result<Vec<OwnedId>, Error> {
    let mut copies = memory::with_capacity(ids.size_hint().0)?;
    for id in ids {
        memory::push(&mut copies, OwnedId::new(id)?)?;
    }
    Ok(copies)
}

/// Whether a statement had better name so many tenants of the forest than read the events of all.
pub(super) fn are_few(tenants: usize, forest: &Forest) -> bool {
    let all = forest.len() + forest.cyclic_len();
    tenants <= NAMED_TENANTS && tenants * 4 <= all && tenants < all
}
