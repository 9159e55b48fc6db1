//! Totals by tenant and feature.

use std::marker::PhantomData;

use tenant_metrics_core::counting::FeatureCounting;
use tenant_metrics_core::feature_usage::{
    Counter, FeatureCell, FeatureUsage, MeasuredCell, TotalsCell,
};
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::measures::MeasureSum;

use super::groups::UsageGroups;
use super::members::Members;
use super::question::Question;
use super::reading::{CountTotal, Reading};
use super::route;
use super::statement::groups::Cut;
use super::statement::{Statement, states};
use crate::error::Error;
use crate::pg::interrupt;

/// Calls `on_cell` with the totals of each member and feature, and with the sum of the question's
/// measure if it has one; feature by feature in the order of the names' bytes, events without a
/// feature last.
pub(crate) fn read(
    question: &Question<'_>,
    (forest, members): (&Forest, &Members),
    on_cell: impl FnMut(Place, Option<&[u8]>, &FeatureCell, Option<&MeasureSum>) -> Result<(), Error>,
) -> Result<(), Error> {
    if question.needs.measures.is_empty() {
        let cell = PhantomData::<FeatureCell>;
        route::read(question, FeatureCells { forest, members, on_cell, cell })
    } else {
        let cell = PhantomData::<MeasuredCell>;
        route::read(question, FeatureCells { forest, members, on_cell, cell })
    }
}

/// Asks for the cells.
struct FeatureCells<'a, F, C> {
    forest: &'a Forest,
    members: &'a Members,
    on_cell: F,
    cell: PhantomData<C>,
}

impl<F, C> Reading for FeatureCells<'_, F, C>
where
    F: FnMut(Place, Option<&[u8]>, &FeatureCell, Option<&MeasureSum>) -> Result<(), Error>,
    C: TotalsCell,
{
    type State = FeatureUsage<C>;
    type Counting<'c>
        = FeatureCounting<C>
    where
        Self: 'c;
    /// Each cell was handed over.
    type Answer = ();

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        match question.needs.measures.is_empty() {
            true => states::feature_state(question),
            false => states::measured_feature_state(question),
        }
        .map(Some)
    }

    fn counting(&self) -> Result<FeatureCounting<C>, Error> {
        Ok(FeatureCounting::default())
    }

    fn total_counting(&self) -> Option<CountTotal<Self::State>> {
        Some(FeatureUsage::add_total)
    }

    fn empty(&self, ids: IdKind, limit: usize) -> Self::State {
        FeatureUsage::new(ids, limit)
    }

    fn entries(&self) -> usize {
        self.forest.len()
    }

    fn of_state(mut self, _: &Question<'_>, usage: Self::State) -> Result<(), Error> {
        each_cell(&usage, (self.forest, self.members), |place, feature, _, cell| {
            (self.on_cell)(place, feature, cell.totals(), cell.sum())
        })
    }

    fn cut(&self) -> Result<Cut, Error> {
        Ok(Cut { first: true, ..Cut::default() })
    }

    fn of_groups(mut self, groups: &UsageGroups<'_>) -> Result<(), Error> {
        groups.each_of_tenants(|id, group| {
            let Some(place) = self.members.find(self.forest, id) else { return Ok(()) };
            let sum = group.measure();
            (self.on_cell)(place, group.feature, &group.feature_cell(), sum.as_ref())
        })
    }
}

/// The members' cells of an accumulator, in the order of [`FeatureCells`]; with the numbers of
/// their tenants in it.
pub(super) fn each_cell<C: Counter>(
    usage: &FeatureUsage<C>,
    (forest, members): (&Forest, &Members),
    mut on_cell: impl FnMut(Place, Option<&[u8]>, u32, &C) -> Result<(), Error>,
) -> Result<(), Error> {
    let places = forest.places(usage.tenants())?;
    for (i, column) in usage.columns()?.iter().enumerate() {
        for (j, &(slot, cell)) in column.cells.iter().enumerate() {
            if (i + j).is_multiple_of(1024) {
                interrupt();
            }
            if let Some(place) = places[slot as usize].filter(|&place| members.contain(place)) {
                on_cell(place, column.name, slot, cell)?;
            }
        }
    }
    Ok(())
}
