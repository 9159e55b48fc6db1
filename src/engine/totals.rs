//! Totals by tenant, laid over the forest.

use tenant_metrics_core::counting::TotalsCounting;
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::subtree::{ForestTotals, GroupedTotals, Scope};
use tenant_metrics_core::usage::Usage;

use super::groups::UsageGroups;
use super::question::{Needs, Question};
use super::reading::{CountTenant, CountTotal, Reading};
use super::statement::{Statement, states};
use crate::error::Error;
use crate::pg::interrupt;

/// Asks for the totals of all tenants of a forest.
pub(crate) struct TotalsReading<'a> {
    pub(crate) forest: &'a Forest,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) scope: Scope,
    /// What is answered too where it takes no more than reading columns.
    pub(crate) extra: Needs,
}

impl Reading for TotalsReading<'_> {
    type State = Usage;
    type Counting<'c>
        = TotalsCounting
    where
        Self: 'c;
    /// With the needs that they answer.
    type Answer = (ForestTotals, Needs);

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        states::usage_state(question).map(Some)
    }

    fn counting(&self) -> Result<TotalsCounting, Error> {
        Ok(TotalsCounting)
    }

    fn total_counting(&self) -> Option<CountTotal<Usage>> {
        Some(Usage::add_total)
    }

    fn tenant_counting(&self) -> Option<CountTenant<Usage>> {
        Some(Usage::add_tenant)
    }

    fn empty(&self, ids: IdKind, limit: usize) -> Usage {
        Usage::new(ids, limit)
    }

    fn extra(&self) -> Needs {
        self.extra
    }

    fn entries(&self) -> usize {
        self.forest.len()
    }

    fn of_state(self, question: &Question<'_>, usage: Usage) -> Result<Self::Answer, Error> {
        let Self { forest, catalogue, scope, .. } = self;
        Ok((ForestTotals::new(forest, &usage, catalogue, scope, &interrupt)?, question.needs))
    }

    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Self::Answer, Error> {
        let mut grouped = GroupedTotals::new(self.forest, self.catalogue, self.scope)?;
        groups.each_of_tenants(|id, group| {
            Ok(grouped.add(id, group.feature, &group.cell(), &interrupt)?)
        })?;
        Ok((grouped.finish(&interrupt)?, groups.needs()))
    }
}
