//! Tenants in groups: all of a scope in one, or each tenant of a list in one of its own.

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::{CoreError, memory};

use crate::engine::grove::Grove;
use crate::engine::members::{Members, copies};
use crate::engine::{cycle, duplicates};
use crate::error::Error;
use crate::pg::ids::OwnedId;

/// The members in one group.
pub(crate) fn one_group(forest: &Forest, members: &Members) -> Result<Groups, Error> {
    let places = members.listed(forest, None);
    let tenants = memory::collect(places.map(|place| (forest.id(place), 0)))?;
    Ok(Groups::new(forest.id_kind(), tenants, memory::filled(1, None)?)?)
}

/// The known tenants of a list, each once.
pub(crate) struct Listed {
    /// In the order of the list, each with the number of its group.
    places: Vec<(Place, usize)>,
    /// In the order of the tree, the positions of the groups.
    positions: Vec<usize>,
    scope: Scope,
}

impl Listed {
    /// The tenants in these places; with their descendants they must be outside of cycles.
    pub(crate) fn new(forest: &Forest, places: &[Place], scope: Scope) -> Result<Self, Error> {
        if scope == Scope::Subtree {
            duplicates::refuse_above(forest, places.iter().copied())?;
            if let Some(&place @ Place::Cycle(index)) =
                places.iter().find(|place| matches!(place, Place::Cycle(_)))
            {
                return Err(cycle::cycle_error(forest, index, &OwnedId::new(forest.id(place))?)?);
            }
            duplicates::refuse_below(forest, places.iter().copied())?;
        }
        let key = |place: Place| match place {
            Place::Tree(position) => position,
            Place::Cycle(index) => forest.len() + index,
        };
        let mut positions = memory::collect(places.iter().map(|&place| key(place)))?;
        positions.sort_unstable();
        positions.dedup();
        let mut listed = memory::filled(positions.len(), false)?;
        let group = |&place: &Place| {
            let group = positions.binary_search(&key(place)).ok()?;
            (!std::mem::replace(&mut listed[group], true)).then_some((place, group))
        };
        let places = memory::collect(places.iter().filter_map(group))?;
        Ok(Self { places, positions, scope })
    }

    /// The tenants in the order of the list, and the numbers of their groups.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (Place, usize)> {
        self.places.iter().copied()
    }

    /// A group for each tenant: with their descendants, each of which is in the group of the
    /// nearest one above it.
    pub(crate) fn groups(&self, forest: &Forest) -> Result<Groups, Error> {
        let number = |group: usize| u32::try_from(group).map_err(|_| CoreError::TooManyValues);
        let mut tenants: Vec<(Id<'_>, u32)> = Vec::new();
        let mut above = memory::filled(self.positions.len(), None)?;
        if self.scope == Scope::Own {
            for &(place, group) in &self.places {
                memory::push(&mut tenants, (forest.id(place), number(group)?))?;
            }
            return Ok(Groups::new(forest.id_kind(), tenants, above)?);
        }
        // The groups that the walk is in, the smallest last, and where they end.
        let mut open: Vec<(u32, usize)> = Vec::new();
        let mut listed = self.positions.iter().copied().zip(0..).peekable();
        let mut position = 0;
        while position < forest.len() {
            while open.pop_if(|(_, end)| *end <= position).is_some() {}
            if let Some((_, group)) = listed.next_if(|&(top, _)| top == position) {
                above[group as usize] = open.last().map(|&(group, _)| group);
                memory::push(&mut open, (group, forest.subtree(position).end))?;
            }
            match (open.last(), listed.peek()) {
                (Some(&(group, _)), _) => {
                    memory::push(&mut tenants, (forest.id(Place::Tree(position)), group))?;
                    position += 1;
                }
                (None, Some(&(top, _))) => position = top,
                (None, None) => break,
            }
        }
        Ok(Groups::new(forest.id_kind(), tenants, above)?)
    }
}

/// The ids of the tenants of groups, if they are few enough for a statement to name them.
pub(crate) fn named(groups: &Groups, grove: &Grove) -> Result<Option<Vec<OwnedId>>, Error> {
    let few = grove.has_few(groups.len()) || groups.is_empty();
    few.then(|| copies(groups.ids())).transpose()
}
