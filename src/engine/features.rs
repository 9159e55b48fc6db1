//! What usage says of features: their totals, their use by tenant, their adoption.

use std::rc::Rc;

use tenant_metrics_core::by_feature::{
    Adopted, Adoption, Breakdown, Counted, FeatureTotals, Matrix, OrderedBy, TenantsByFeatures,
    Whole,
};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::account::Account;
use super::adoption::Adopters;
use super::grove::Grove;
use super::members::Members;
use super::question::{Needs, Question};
use super::{catalogue, feature_cells, lookup, route};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;
use crate::source::dimension::Dimension;
use crate::source::measure::Measure;

/// The features of a scope.
pub(crate) struct FeatureList<T> {
    /// In their order.
    pub(crate) features: Vec<T>,
    /// What all the scope's events have together.
    pub(crate) whole: Whole,
    /// What was read of them.
    pub(crate) needs: Needs,
    /// Number of tenants in the scope, or of those that take part.
    pub(crate) tenants: u64,
    pub(crate) catalogue: Catalogue,
}

/// The tenants that a matrix shows, and its rows.
pub(crate) struct TenantMatrix {
    pub(crate) forest: Rc<Forest>,
    pub(crate) tenants: Vec<Place>,
    pub(crate) matrix: TenantsByFeatures,
    /// What was read of usage.
    pub(crate) needs: Needs,
}

/// What of these needs there is. Features are there: the reader has demanded them, or been given
/// what takes their place.
fn what_is_there(account: &Account, needs: Needs) -> Needs {
    Needs { features: true, ..needs.in_source(&account.source) }
}

/// The catalogue of the features; that of a dimension is not known.
fn catalogue_of(
    account: &Account,
    needs: Needs,
    dimension: Option<&Dimension>,
) -> Result<Catalogue, Error> {
    match dimension {
        Some(_) => Ok(Catalogue::Size(0)),
        None => catalogue::of(&account.source, needs),
    }
}

/// Totals of each feature, or value of the dimension, in the scope of `id`.
pub(crate) fn breakdown(
    account: &Account,
    id: Option<&OwnedId>,
    scope: Scope,
    dimension: Option<&Dimension>,
    measure: Measure,
) -> Result<FeatureList<FeatureTotals>, Error> {
    let grove = Grove::around_one(account, id, scope)?;
    let forest = &grove.forest;
    let members = Members::of(forest, id, scope)?;
    let needs = what_is_there(account, Needs::ALL).and(Needs::of_further(measure));
    let catalogue = catalogue_of(account, needs, dimension)?;
    let mut breakdown = Breakdown::default();
    let among = grove.named(&members)?;
    let question = lookup::question(&account.source, account.window, needs, among.as_deref())?;
    let question = Question { dimension, ..question };
    feature_cells::read(&question, (forest, &members), |_, feature, cell, sum| {
        Ok(breakdown.add(feature, cell, sum)?)
    })?;
    let by = if measure == Measure::Cost { OrderedBy::Cost } else { OrderedBy::Sum };
    let (mut features, whole) = breakdown.finish(&catalogue, by)?;
    if !members.exist() {
        features.clear();
    }
    Ok(FeatureList { features, whole, needs, tenants: members.len() as u64, catalogue })
}

/// Totals of each listed tenant and feature, or value of the dimension.
pub(crate) fn matrix(
    account: &Account,
    root: Option<&OwnedId>,
    max_depth: Option<u32>,
    scope: Scope,
    dimension: Option<&Dimension>,
    measure: Measure,
) -> Result<TenantMatrix, Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let forest = &grove.forest;
    let members = Members::below(forest, root)?;
    let tenants = memory::collect(members.listed(forest, max_depth))?;
    let mut matrix = Matrix::new(forest, scope, &tenants)?;
    let among = grove.named(&members)?;
    let needs = what_is_there(account, Needs::COST).and(Needs::of_further(measure));
    let question = lookup::question(&account.source, account.window, needs, among.as_deref())?;
    let question = Question { dimension, ..question };
    feature_cells::read(&question, (forest, &members), |place, feature, cell, sum| {
        Ok(matrix.add(place, feature, cell, sum, &interrupt)?)
    })?;
    let matrix = matrix.finish(&interrupt)?;
    Ok(TenantMatrix { forest: grove.forest, tenants, matrix, needs })
}

/// Who adopted each feature, or value of the dimension; and whether there is a period before to
/// compare with.
pub(crate) fn adoption(
    account: &Account,
    root: Option<&OwnedId>,
    counted: Counted,
    dimension: Option<&Dimension>,
) -> Result<(FeatureList<Adopted>, bool), Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let forest = &grove.forest;
    let members = Members::below(forest, root)?;
    let needs = what_is_there(account, Needs::TIME);
    let catalogue = catalogue_of(account, needs, dimension)?;
    let (window, split) = account.window.with_period_before();
    let among = grove.named(&members)?;
    let question = lookup::question(&account.source, window, needs, among.as_deref())?;
    let question = Question { dimension, ..question };
    let adoption = Adoption::new(forest, &catalogue, counted, members.listed(forest, None))?;
    let reading = Adopters { forest, members: &members, split, adoption };
    let (mut features, tenants) = route::read(&question, reading)?.finish(&interrupt)?;
    if !members.exist() {
        features.clear();
    }
    let whole = Whole::default();
    Ok((FeatureList { features, whole, needs, tenants, catalogue }, split.is_some()))
}
