//! Totals by tenant with sums of further measures, laid over the forest.

use tenant_metrics_core::counting::MeasuredCounting;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::measures::{GroupedMeasures, MeasureSum, MeasureTotals, MeasuredUsage};
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::{ForestTotals, GroupedTotals};
use tenant_metrics_core::usage::TenantCell;

use super::groups::UsageGroups;
use super::question::{Needs, Question};
use super::reading::{CountTotal, Reading};
use super::statement::{Statement, states};
use super::totals::TotalsReading;
use crate::error::Error;
use crate::pg::interrupt;

/// The sum of a measure, and the events that have no value to be summed.
pub(crate) struct SumOf<'a> {
    pub(crate) total: &'a Money,
    pub(crate) missing: u64,
}

impl<'a> SumOf<'a> {
    pub(super) fn cost(cell: &'a TenantCell) -> Self {
        Self { total: &cell.cost, missing: cell.unpriced }
    }

    pub(super) fn measure(sum: &'a MeasureSum) -> Self {
        Self { total: &sum.total, missing: sum.missing }
    }
}

/// Asks for the totals and for sums of measures of all tenants of a forest.
pub(crate) struct MeasuresReading<'a> {
    pub(crate) totals: TotalsReading<'a>,
    /// Number of the measures.
    pub(crate) measures: usize,
}

impl Reading for MeasuresReading<'_> {
    type State = MeasuredUsage;
    type Counting<'c>
        = MeasuredCounting
    where
        Self: 'c;
    /// With the needs that they answer.
    type Answer = (ForestTotals, MeasureTotals, Needs);

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        states::measured_state(question).map(Some)
    }

    fn counting(&self) -> Result<MeasuredCounting, Error> {
        Ok(MeasuredCounting)
    }

    fn total_counting(&self) -> Option<CountTotal<MeasuredUsage>> {
        Some(MeasuredUsage::add_total)
    }

    fn empty(&self, ids: IdKind, limit: usize) -> MeasuredUsage {
        MeasuredUsage::new(ids, self.measures, limit)
    }

    fn extra(&self) -> Needs {
        self.totals.extra()
    }

    fn entries(&self) -> usize {
        self.totals.entries()
    }

    fn of_state(
        self,
        question: &Question<'_>,
        state: MeasuredUsage,
    ) -> Result<Self::Answer, Error> {
        let TotalsReading { forest, catalogue, scope, .. } = self.totals;
        let totals = ForestTotals::new(forest, state.usage(), catalogue, scope, &interrupt)?;
        let measures = MeasureTotals::new(forest, &state, scope, &interrupt)?;
        Ok((totals, measures, question.needs))
    }

    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Self::Answer, Error> {
        let TotalsReading { forest, catalogue, scope, .. } = self.totals;
        let mut totals = GroupedTotals::new(forest, catalogue, scope)?;
        let mut measures = GroupedMeasures::new(forest, self.measures, scope)?;
        let mut sums = memory::collect((0..self.measures).map(|_| MeasureSum::default()))?;
        groups.each_of_tenants(|id, group| {
            group.measures(&mut sums);
            measures.add(id, &sums);
            Ok(totals.add(id, group.feature, &group.cell(), &interrupt)?)
        })?;
        Ok((totals.finish(&interrupt)?, measures.finish(&interrupt)?, groups.needs()))
    }
}
