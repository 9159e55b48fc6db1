//! What usage says of features: their totals, their use by tenant, their adoption.

use std::rc::Rc;

use tenant_metrics_core::by_feature::{
    Adopted, Adoption, Breakdown, FeatureTotals, Matrix, TenantsByFeatures,
};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::money::Money;
use tenant_metrics_core::rollup::Scope;

use super::account::Account;
use super::members::Members;
use super::periods::{Group, Periods, each_group};
use super::{Needs, Question, tally};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;

/// The features of a scope.
pub(crate) struct FeatureList<T> {
    /// In their order.
    pub(crate) features: Vec<T>,
    /// Cost of all the scope's events.
    pub(crate) cost: Money,
    /// Number of tenants in the scope.
    pub(crate) tenants: usize,
    pub(crate) catalogue: Catalogue,
}

/// The tenants that a matrix shows, and its rows.
pub(crate) struct TenantMatrix {
    pub(crate) forest: Rc<Forest>,
    pub(crate) tenants: Vec<Place>,
    pub(crate) matrix: TenantsByFeatures,
}

/// Totals of each feature in the scope of `id`.
pub(crate) fn breakdown(
    account: &Account,
    id: Option<&OwnedId>,
    scope: Scope,
) -> Result<FeatureList<FeatureTotals>, Error> {
    let forest = account.forest()?;
    let members = Members::of(&forest, id, scope)?;
    let catalogue = super::catalogue(&account.source, Needs::ALL)?;
    let mut breakdown = Breakdown::default();
    let periods = Periods::only(account.window);
    read(account, periods, Needs::ALL, (&forest, &members), |group| {
        breakdown.add(group.feature, group.cell);
        Ok(())
    })?;
    let (mut features, cost) = breakdown.finish(&catalogue);
    if !members.exist() {
        features.clear();
    }
    Ok(FeatureList { features, cost, tenants: members.len(), catalogue })
}

/// Totals of each listed tenant and feature.
pub(crate) fn matrix(
    account: &Account,
    root: Option<&OwnedId>,
    max_depth: Option<u32>,
    scope: Scope,
) -> Result<TenantMatrix, Error> {
    let forest = account.forest()?;
    let members = Members::below(&forest, root)?;
    let tenants = members.listed(&forest, max_depth);
    let mut matrix = Matrix::new(&forest, scope, &tenants)?;
    let periods = Periods::only(account.window);
    let needs = Needs::FEATURES.and(Needs::COST);
    read(account, periods, needs, (&forest, &members), |group| {
        Ok(matrix.add(group.place, group.feature, group.cell, &interrupt)?)
    })?;
    let matrix = matrix.finish(&interrupt)?;
    Ok(TenantMatrix { forest, tenants, matrix })
}

/// Who adopted each feature; and whether there is a period before to compare with.
pub(crate) fn adoption(
    account: &Account,
    root: Option<&OwnedId>,
) -> Result<(FeatureList<Adopted>, bool), Error> {
    let forest = account.forest()?;
    let members = Members::below(&forest, root)?;
    let needs = Needs::FEATURES.and(Needs::TIME);
    let catalogue = super::catalogue(&account.source, needs)?;
    let periods = Periods::around(account.window);
    let mut adoption = Adoption::new(&forest, &catalogue)?;
    read(account, periods, needs, (&forest, &members), |group| {
        let delay = match (group.is_before, group.cell.first_finite(), group.start) {
            (false, Some(first), Some(start)) => Some(first.saturating_sub(start)),
            _ => None,
        };
        Ok(adoption.add(group.place, group.feature, group.is_before, delay)?)
    })?;
    let mut features = adoption.finish();
    if !members.exist() {
        features.clear();
    }
    let (cost, tenants) = (Money::default(), members.len());
    Ok((FeatureList { features, cost, tenants, catalogue }, periods.split.is_some()))
}

/// Reads the groups of the members' events.
fn read(
    account: &Account,
    periods: Periods,
    needs: Needs,
    (forest, members): (&Forest, &Members),
    on_group: impl FnMut(&Group<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let among = members.named(forest);
    let question = Question {
        source: &account.source,
        window: periods.whole,
        needs,
        among: among.as_deref(),
        kept_plan: false,
        alone: false,
    };
    each_group(&question, periods, (forest, members), on_group)?;
    tally::pass();
    Ok(())
}
