//! Totals by tenant and feature.

use tenant_metrics_core::feature_usage::{Counter, FeatureCell, FeatureUsage};
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::IdKind;

use super::groups::UsageGroups;
use super::members::Members;
use super::question::Question;
use super::reading::Reading;
use super::statement::groups::Cut;
use super::statement::{Statement, states};
use crate::error::Error;
use crate::pg::interrupt;

/// Asks for the totals of each member and feature, feature by feature in the order of the names'
/// bytes, events without a feature last.
pub(crate) struct FeatureCells<'a, F> {
    pub(crate) forest: &'a Forest,
    pub(crate) members: &'a Members,
    pub(crate) on_cell: F,
}

impl<F> Reading for FeatureCells<'_, F>
where
    F: FnMut(Place, Option<&[u8]>, &FeatureCell) -> Result<(), Error>,
{
    type State = FeatureUsage<FeatureCell>;
    /// Each cell was handed over.
    type Answer = ();

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        states::feature_state(question).map(Some)
    }

    fn empty(&self, ids: IdKind) -> Self::State {
        FeatureUsage::new(ids, usize::MAX)
    }

    fn entries(&self) -> usize {
        self.forest.len()
    }

    fn of_state(mut self, _: &Question<'_>, usage: Self::State) -> Result<(), Error> {
        each_cell(&usage, (self.forest, self.members), |place, feature, _, cell| {
            (self.on_cell)(place, feature, cell)
        })
    }

    fn cut(&self) -> Result<Cut, Error> {
        Ok(Cut { first: true, ..Cut::default() })
    }

    fn of_groups(mut self, groups: &UsageGroups<'_>) -> Result<(), Error> {
        groups.each_of_tenants(|id, group| match self.members.find(self.forest, id) {
            Some(place) => (self.on_cell)(place, group.feature, &group.feature_cell()),
            None => Ok(()),
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
