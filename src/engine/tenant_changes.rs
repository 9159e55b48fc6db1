//! What changed for each tenant from the period before a window to the window.

use tenant_metrics_core::forest::Place;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::{ForestTotals, Scope};
use tenant_metrics_core::usage::TenantCell;

use super::account::Account;
use super::comparison::Comparison;
use super::grove::Grove;
use super::members::Members;
use super::question::Needs;
use crate::error::Error;
use crate::pg::ids::OwnedId;

/// The tenants of a scope, compared.
pub(crate) struct TenantChanges {
    comparison: Comparison,
    places: Vec<Place>,
    /// What the source has columns for.
    has: Needs,
}

/// One tenant's totals in the window and in the period before.
pub(crate) struct TenantChange<'a> {
    comparison: &'a Comparison,
    before: &'a ForestTotals,
    place: Place,
    has: Needs,
}

/// The tenants from the root, all where it is missing, down so many levels. The account's window
/// has both bounds.
pub(crate) fn read(
    account: &Account,
    root: Option<&OwnedId>,
    levels: Option<u32>,
) -> Result<TenantChanges, Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let members = Members::below(&grove.forest, root)?;
    let has = Needs::FEATURES.and(Needs::COST).in_source(&account.source);
    let asked = (has, Scope::Subtree);
    let comparison = Comparison::new(account, &grove, &members, asked, has.features)?;
    let places = memory::collect(members.listed(&grove.forest, levels))?;
    Ok(TenantChanges { comparison, places, has })
}

impl TenantChanges {
    /// A row for each tenant, in the order of the tree.
    pub(crate) fn rows(&self) -> impl Iterator<Item = TenantChange<'_>> {
        let comparison = &self.comparison;
        self.places.iter().filter_map(move |&place| {
            let before = comparison.before.as_ref()?;
            Some(TenantChange { comparison, before, place, has: self.has })
        })
    }
}

impl<'a> TenantChange<'a> {
    pub(crate) fn id(&self) -> Id<'a> {
        self.comparison.forest.id(self.place)
    }

    /// The tenant's cost, and that before; missing where the source has none.
    pub(crate) fn cost(&self) -> Option<(&'a Money, &'a Money)> {
        let (now, before) = self.own();
        self.has.cost.then_some((&now.cost, &before.cost))
    }

    /// The tenant's events, and those before.
    pub(crate) fn events(&self) -> (u64, u64) {
        let (now, before) = self.own();
        (now.events, before.events)
    }

    /// The cost of its subtree, and that before; missing on and below cycles too.
    pub(crate) fn subtree_cost(&self) -> Option<(&'a Money, &'a Money)> {
        let (now, _) = Comparison::subtree(&self.comparison.now, self.place)?;
        let (before, _) = Comparison::subtree(self.before, self.place)?;
        self.has.cost.then_some((&now.cost, &before.cost))
    }

    /// The features that it uses and did not use before; missing where the source has none.
    pub(crate) fn gained(&self) -> Option<impl Iterator<Item = &'a [u8]>> {
        let comparison = self.comparison;
        let index = comparison.forest.index(self.place);
        self.has.features.then(|| comparison.changes.gained(index))
    }

    /// The features that it used before and does not use any more; missing likewise.
    pub(crate) fn lost(&self) -> Option<impl Iterator<Item = &'a [u8]>> {
        let comparison = self.comparison;
        let index = comparison.forest.index(self.place);
        self.has.features.then(|| comparison.changes.lost(index))
    }

    fn own(&self) -> (&'a TenantCell, &'a TenantCell) {
        let (now, _) = Comparison::own(&self.comparison.now, self.place);
        let (before, _) = Comparison::own(self.before, self.place);
        (now, before)
    }
}
