//! What usage says of features: their totals, their use by tenant, their adoption.

use std::rc::Rc;

use tenant_metrics_core::by_feature::{
    Adopted, Adoption, Breakdown, FeatureTotals, Matrix, TenantsByFeatures,
};
use tenant_metrics_core::feature_usage::{AdoptionCell, FeatureUsage};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;

use super::account::Account;
use super::members::Members;
use super::periods::{Periods, each_cell, each_group, each_row};
use super::{Engine, Needs, Question, aggregate, pick, statement, tally};
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
    let among = members.named(&forest)?;
    let question = Question::once(&account.source, account.window, Needs::ALL, among.as_deref());
    each_group(&question, (&forest, &members), |group| {
        Ok(breakdown.add(group.feature, group.cell)?)
    })?;
    tally::pass();
    let (mut features, cost) = breakdown.finish(&catalogue)?;
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
    let tenants = memory::collect(members.listed(&forest, max_depth))?;
    let mut matrix = Matrix::new(&forest, scope, &tenants)?;
    let among = members.named(&forest)?;
    let needs = Needs::FEATURES.and(Needs::COST);
    let question = Question::once(&account.source, account.window, needs, among.as_deref());
    each_group(&question, (&forest, &members), |group| {
        Ok(matrix.add(group.place, group.feature, group.cell, &interrupt)?)
    })?;
    tally::pass();
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
    let among = members.named(&forest)?;
    let question = Question::once(&account.source, periods.whole, needs, among.as_deref());
    let mut adoption = Adoption::new(&forest, &catalogue)?;
    adopt(&question, periods.split, (&forest, &members), &mut adoption)?;
    tally::pass();
    let mut features = adoption.finish()?;
    if !members.exist() {
        features.clear();
    }
    let (cost, tenants) = (Money::default(), members.len());
    Ok((FeatureList { features, cost, tenants, catalogue }, periods.split.is_some()))
}

/// Tells `adoption` who used which feature since `split` and before.
fn adopt(
    question: &Question<'_>,
    split: Option<i64>,
    (forest, members): (&Forest, &Members),
    adoption: &mut Adoption<'_>,
) -> Result<(), Error> {
    let delay = |first: Option<i64>, start: Option<i64>| {
        first.zip(start).map(|(first, start)| first.saturating_sub(start))
    };
    if pick(question.source) == Engine::Aggregate {
        let alone = super::has_few_events(question, forest)?;
        let question = &Question { alone, ..*question };
        let empty =
            || FeatureUsage::<AdoptionCell>::new(question.source.id_type.kind(), usize::MAX);
        let statement = statement::adoption_state(question, split)?;
        if let Some(usage) = aggregate::state(question, &statement, empty)? {
            let starts = starts(&usage)?;
            return each_cell(&usage, (forest, members), |place, feature, slot, cell| {
                if cell.is_now() {
                    let delay = delay(cell.first_finite(), starts[slot as usize]);
                    adoption.add(place, feature, false, delay)?;
                }
                if cell.is_before() {
                    adoption.add(place, feature, true, None)?;
                }
                Ok(())
            });
        }
    }
    each_row(question, split, true, |row| {
        if let Some(place) = forest.find(row.id).filter(|&place| members.contain(place)) {
            let delay = delay(row.cell.first_finite().filter(|_| !row.is_before), row.start);
            adoption.add(place, row.feature, row.is_before, delay)?;
        }
        Ok(())
    })
}

/// The first finite time of each tenant's events in the period, by slot.
fn starts(usage: &FeatureUsage<AdoptionCell>) -> Result<Vec<Option<i64>>, Error> {
    let mut starts = memory::filled(usage.tenants().len(), None)?;
    for column in usage.columns()? {
        for (slot, cell) in column.cells {
            let start: &mut Option<i64> = &mut starts[slot as usize];
            *start = start.iter().copied().chain(cell.first_finite()).min();
        }
    }
    Ok(starts)
}
