//! Who adopted which feature in a period, and who had used it before.

use tenant_metrics_core::by_feature::{Adoption, FeatureUse};
use tenant_metrics_core::counting::AdoptionCounting;
use tenant_metrics_core::feature_usage::{AdoptionCell, FeatureUsage};
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::memory;

use super::feature_cells::each_cell;
use super::groups::UsageGroups;
use super::members::Members;
use super::question::Question;
use super::reading::Reading;
use super::statement::groups::Cut;
use super::statement::{Statement, states};
use crate::error::Error;
use crate::pg::time;

/// Tells `adoption` who used which feature since `split` and before.
pub(crate) struct Adopters<'a> {
    pub(crate) forest: &'a Forest,
    pub(crate) members: &'a Members,
    pub(crate) split: Option<i64>,
    pub(crate) adoption: Adoption<'a>,
}

impl<'a> Reading for Adopters<'a> {
    type State = FeatureUsage<AdoptionCell>;
    type Counting<'c>
        = AdoptionCounting
    where
        Self: 'c;
    type Answer = Adoption<'a>;

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        states::adoption_state(question, self.split).map(Some)
    }

    fn counting(&self) -> Result<AdoptionCounting, Error> {
        Ok(AdoptionCounting { split: self.split.map(time::to_core) })
    }

    fn empty(&self, ids: IdKind, limit: usize) -> Self::State {
        FeatureUsage::new(ids, limit)
    }

    fn entries(&self) -> usize {
        self.forest.len()
    }

    fn of_state(mut self, _: &Question<'_>, usage: Self::State) -> Result<Self::Answer, Error> {
        let starts = starts(&usage)?;
        each_cell(&usage, (self.forest, self.members), |place, feature, slot, cell| {
            if cell.is_now() {
                let used = FeatureUse::Now(cell.first_finite());
                self.adoption.add(place, feature, used, starts[slot as usize])?;
            }
            if cell.is_before() {
                self.adoption.add(place, feature, FeatureUse::Before, None)?;
            }
            Ok(())
        })?;
        Ok(self.adoption)
    }

    fn cut(&self) -> Result<Cut, Error> {
        Ok(Cut { split: self.split, first: true, start: true, ..Cut::default() })
    }

    fn of_groups(mut self, groups: &UsageGroups<'_>) -> Result<Self::Answer, Error> {
        groups.each_of_tenants(|id, group| {
            let Some(place) = self.members.find(self.forest, id) else { return Ok(()) };
            let used = match group.is_before {
                Some(true) => FeatureUse::Before,
                _ => FeatureUse::Now(group.first_finite),
            };
            Ok(self.adoption.add(place, group.feature, used, group.start)?)
        })?;
        Ok(self.adoption)
    }
}

/// The first finite time of each tenant's events in the period, by its number in the accumulator.
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
