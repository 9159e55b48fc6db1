//! The scope of a call: a set of tenants, and which of them it lists.

use std::ops::Range;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::{cycle, duplicates};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;

/// Up to so many tenants a statement names the ones whose events it wants.
pub(super) const NAMED_TENANTS: usize = 10_000;

/// A set of tenants; empty where a call names a tenant that does not exist.
#[derive(Debug)]
pub(crate) struct Members {
    /// Positions in the tree: subtrees or parts of them, in order, none within another.
    tree: Vec<Range<usize>>,
    /// Indices of those on or below a cycle, ascending.
    cyclic: Vec<usize>,
    /// Whether the call names no tenant, or one that exists.
    exist: bool,
}

impl Members {
    /// The tenant `root` and all that child links reach from it; all tenants where it is missing.
    pub(crate) fn below(forest: &Forest, root: Option<&OwnedId>) -> Result<Self, Error> {
        let Some(root) = root else {
            duplicates::refuse_any(forest)?;
            return Self::new(0..forest.len(), memory::collect(0..forest.cyclic_len())?);
        };
        let place = forest.find(root.borrow());
        duplicates::refuse_above(forest, place)?;
        duplicates::refuse_below(forest, place)?;
        match place {
            None => Ok(Self { tree: Vec::new(), cyclic: Vec::new(), exist: false }),
            Some(Place::Tree(position)) => Self::new(forest.subtree(position), Vec::new()),
            Some(Place::Cycle(index)) => Self::new(0..0, forest.reachable(index, &interrupt)?),
        }
    }

    /// Those of these tenants that exist, and the descendants of those that have a subtree.
    pub(crate) fn with_subtrees(forest: &Forest, ids: &[OwnedId]) -> Result<Self, Error> {
        let (mut tree, mut cyclic) = (Vec::new(), Vec::new());
        let places = || ids.iter().filter_map(|id| forest.find(id.borrow()));
        duplicates::refuse_above(forest, places())?;
        // Nothing is told of what is below a tenant that is on or below a cycle.
        let tops = places().filter(|place| matches!(place, Place::Tree(_)));
        duplicates::refuse_below(forest, tops)?;
        for place in places() {
            match place {
                Place::Tree(position) => memory::push(&mut tree, forest.subtree(position))?,
                Place::Cycle(index) => memory::push(&mut cyclic, index)?,
            }
        }
        // Of two subtrees one is within the other, or they have no tenant in common.
        tree.sort_unstable_by_key(|subtree| subtree.start);
        let mut end = 0;
        tree.retain(|subtree| {
            let is_apart = subtree.start >= end;
            end = end.max(subtree.end);
            is_apart
        });
        cyclic.sort_unstable();
        cyclic.dedup();
        let exist = !tree.is_empty() || !cyclic.is_empty();
        Ok(Self { tree, cyclic, exist })
    }

    /// Tenants that exist.
    fn new(tree: Range<usize>, cyclic: Vec<usize>) -> Result<Self, Error> {
        Ok(Self { tree: memory::filled(1, tree)?, cyclic, exist: true })
    }

    /// The tenant `id` alone, or with its descendants, which it must be outside of cycles to have;
    /// all tenants where it is missing.
    pub(crate) fn of(forest: &Forest, id: Option<&OwnedId>, scope: Scope) -> Result<Self, Error> {
        let place = id.and_then(|id| forest.find(id.borrow()).map(|place| (id, place)));
        Ok(match (place, scope) {
            (Some((id, place @ Place::Cycle(index))), Scope::Subtree) => {
                duplicates::refuse_above(forest, [place])?;
                return Err(cycle::cycle_error(forest, index, id)?);
            }
            (Some((_, Place::Tree(position))), Scope::Own) => {
                Self::new(position..position + 1, Vec::new())?
            }
            (Some((_, Place::Cycle(index))), Scope::Own) => {
                Self::new(0..0, memory::filled(1, index)?)?
            }
            _ => Self::below(forest, id)?,
        })
    }

    /// Number of tenants.
    pub(crate) fn len(&self) -> usize {
        self.tree.iter().map(Range::len).sum::<usize>() + self.cyclic.len()
    }

    /// Whether the call names no tenant, or one that exists.
    pub(crate) fn exist(&self) -> bool {
        self.exist
    }

    /// Whether the tenant in this place is one of them.
    pub(crate) fn contain(&self, place: Place) -> bool {
        match place {
            Place::Tree(position) => {
                let next = self.tree.partition_point(|part| part.end <= position);
                self.tree.get(next).is_some_and(|part| part.contains(&position))
            }
            Place::Cycle(index) => self.cyclic.binary_search(&index).is_ok(),
        }
    }

    /// Where the tenant `id` is, if it is one of them.
    pub(crate) fn find(&self, forest: &Forest, id: Id<'_>) -> Option<Place> {
        forest.find(id).filter(|&place| self.contain(place))
    }

    /// Their ids.
    pub(crate) fn ids(&self, forest: &Forest) -> Result<Vec<OwnedId>, Error> {
        copies(self.listed(forest, None).map(|place| forest.id(place)))
    }

    /// The tenants in the order of `tenant_dashboard`, down to `max_depth` levels below the first of
    /// each subtree.
    pub(crate) fn listed(
        &self,
        forest: &Forest,
        max_depth: Option<u32>,
    ) -> impl Iterator<Item = Place> {
        let shown = move |part: &Range<usize>| {
            let top = if part.is_empty() { 0 } else { forest.depth(part.start) };
            let is_near = move |position: &usize| {
                max_depth.is_none_or(|levels| forest.depth(*position) - top <= levels)
            };
            part.clone().filter(is_near)
        };
        let tree = self.tree.iter().flat_map(shown).map(Place::Tree);
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
