//! What usage says of features: their totals, their use by tenant, their adoption.

use std::rc::Rc;

use tenant_metrics_core::by_feature::{
    Adopted, Adoption, Breakdown, FeatureTotals, Matrix, TenantsByFeatures,
};
use tenant_metrics_core::feature_usage::FeatureCell;
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;

use super::account::Account;
use super::adoption::Adopters;
use super::feature_cells::FeatureCells;
use super::grove::Grove;
use super::members::Members;
use super::question::Needs;
use super::{catalogue, lookup, route};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;

/// The features of a scope.
pub(crate) struct FeatureList<T> {
    /// In their order.
    pub(crate) features: Vec<T>,
    /// Cost of all the scope's events; missing where the source has none.
    pub(crate) cost: Option<Money>,
    /// Number of tenants in the scope.
    pub(crate) tenants: usize,
    pub(crate) catalogue: Catalogue,
}

/// The tenants that a matrix shows, and its rows.
pub(crate) struct TenantMatrix {
    pub(crate) forest: Rc<Forest>,
    pub(crate) tenants: Vec<Place>,
    pub(crate) matrix: TenantsByFeatures,
    /// Whether the source has costs.
    pub(crate) has_cost: bool,
}

/// Totals of each feature in the scope of `id`.
pub(crate) fn breakdown(
    account: &Account,
    id: Option<&OwnedId>,
    scope: Scope,
) -> Result<FeatureList<FeatureTotals>, Error> {
    let grove = Grove::around_one(account, id, scope)?;
    let forest = &grove.forest;
    let members = Members::of(forest, id, scope)?;
    let needs = Needs::ALL.in_source(&account.source);
    let catalogue = catalogue::of(&account.source, needs)?;
    let mut breakdown = Breakdown::default();
    let among = grove.named(&members)?;
    let question = lookup::question(&account.source, account.window, needs, among.as_deref())?;
    let on_cell = |_, feature: Option<&[u8]>, cell: &FeatureCell| Ok(breakdown.add(feature, cell)?);
    route::read(&question, FeatureCells { forest, members: &members, on_cell })?;
    let (mut features, cost) = breakdown.finish(&catalogue)?;
    if !members.exist() {
        features.clear();
    }
    let cost = needs.cost.then_some(cost);
    Ok(FeatureList { features, cost, tenants: members.len(), catalogue })
}

/// Totals of each listed tenant and feature.
pub(crate) fn matrix(
    account: &Account,
    root: Option<&OwnedId>,
    max_depth: Option<u32>,
    scope: Scope,
) -> Result<TenantMatrix, Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let forest = &grove.forest;
    let members = Members::below(forest, root)?;
    let tenants = memory::collect(members.listed(forest, max_depth))?;
    let mut matrix = Matrix::new(forest, scope, &tenants)?;
    let among = grove.named(&members)?;
    let needs = Needs::FEATURES.and(Needs::COST).in_source(&account.source);
    let question = lookup::question(&account.source, account.window, needs, among.as_deref())?;
    let on_cell = |place, feature: Option<&[u8]>, cell: &FeatureCell| {
        Ok(matrix.add(place, feature, cell, &interrupt)?)
    };
    route::read(&question, FeatureCells { forest, members: &members, on_cell })?;
    let matrix = matrix.finish(&interrupt)?;
    Ok(TenantMatrix { forest: grove.forest, tenants, matrix, has_cost: needs.cost })
}

/// Who adopted each feature; and whether there is a period before to compare with.
pub(crate) fn adoption(
    account: &Account,
    root: Option<&OwnedId>,
) -> Result<(FeatureList<Adopted>, bool), Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let forest = &grove.forest;
    let members = Members::below(forest, root)?;
    let needs = Needs::FEATURES.and(Needs::TIME).in_source(&account.source);
    let catalogue = catalogue::of(&account.source, needs)?;
    let (window, split) = account.window.with_period_before();
    let among = grove.named(&members)?;
    let question = lookup::question(&account.source, window, needs, among.as_deref())?;
    let adoption = Adoption::new(forest, &catalogue)?;
    let reading = Adopters { forest, members: &members, split, adoption };
    let mut features = route::read(&question, reading)?.finish()?;
    if !members.exist() {
        features.clear();
    }
    let (cost, tenants) = (None, members.len());
    Ok((FeatureList { features, cost, tenants, catalogue }, split.is_some()))
}
