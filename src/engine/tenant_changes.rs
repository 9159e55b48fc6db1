//! What changed for each tenant from the period before a window to the window.

use tenant_metrics_core::forest::Place;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::usage::TenantCell;

use super::account::Account;
use super::comparison::{Comparison, PeriodTotals};
use super::grove::Grove;
use super::members::Members;
use super::question::Needs;
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::source::measure::Measure;

/// The tenants of a scope, compared.
pub(crate) struct TenantChanges {
    comparison: Comparison,
    places: Vec<Place>,
    /// What the source has columns for.
    has: Needs,
    measure: Measure,
}

/// One tenant's totals in the window and in the period before.
pub(crate) struct TenantChange<'a> {
    comparison: &'a Comparison,
    before: &'a PeriodTotals,
    place: Place,
    has: Needs,
    measure: Measure,
}

/// The tenants from the root, all where it is missing, down so many levels. The account's window
/// has both bounds.
pub(crate) fn read(
    account: &Account,
    root: Option<&OwnedId>,
    levels: Option<u32>,
    measure: Measure,
) -> Result<TenantChanges, Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let members = Members::below(&grove.forest, root)?;
    let has = Needs::FEATURES.and(Needs::COST).in_source(&account.source);
    let asked = (has.and(Needs::of_further(measure)), Scope::Subtree);
    let comparison = Comparison::new(account, &grove, &members, asked, has.features)?;
    let places = memory::collect(members.listed(&grove.forest, levels))?;
    Ok(TenantChanges { comparison, places, has, measure })
}

impl TenantChanges {
    /// A row for each tenant, in the order of the tree.
    pub(crate) fn rows(&self) -> impl Iterator<Item = TenantChange<'_>> {
        let comparison = &self.comparison;
        self.places.iter().filter_map(move |&place| {
            let before = comparison.before.as_ref()?;
            Some(TenantChange { comparison, before, place, has: self.has, measure: self.measure })
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
        let (now, _) = self.comparison.now.subtree(self.place)?;
        let (before, _) = self.before.subtree(self.place)?;
        self.has.cost.then_some((&now.cost, &before.cost))
    }

    /// The tenant's sum of the measure, and that before; missing where that is a cost that the
    /// source has not.
    pub(crate) fn value(&self) -> Option<(&'a Money, &'a Money)> {
        let sum = |period| self.comparison.own_sum(period, self.place, self.measure).total;
        self.has_value().then(|| (sum(&self.comparison.now), sum(self.before)))
    }

    /// The sum of its subtree, and that before; missing on and below cycles too.
    pub(crate) fn subtree_value(&self) -> Option<(&'a Money, &'a Money)> {
        let now = Comparison::subtree_sum(&self.comparison.now, self.place, self.measure)?;
        let before = Comparison::subtree_sum(self.before, self.place, self.measure)?;
        self.has_value().then_some((now.total, before.total))
    }

    fn has_value(&self) -> bool {
        self.has.cost || self.measure != Measure::Cost
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
        let (now, _) = self.comparison.now.own(self.place);
        let (before, _) = self.before.own(self.place);
        (now, before)
    }
}
