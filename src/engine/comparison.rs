//! Every tenant's totals in a window and in the period before it.

use std::rc::Rc;

use tenant_metrics_core::by_feature::{Changes, FeatureChanges};
use tenant_metrics_core::counting::PeriodCounting;
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::measures::{GroupedMeasures, MeasureTotals, MeasuredUsage, UsagePeriods};
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::{ForestTotals, GroupedTotals, Scope};
use tenant_metrics_core::usage::{TenantCell, Usage};

use super::account::Account;
use super::groups::UsageGroups;
use super::grove::Grove;
use super::measures::SumOf;
use super::members::Members;
use super::pass::Pass;
use super::question::{Needs, Question};
use super::reading::Reading;
use super::statement::groups::Cut;
use super::statement::{Statement, states};
use super::{catalogue, lookup, route};
use crate::error::Error;
use crate::pg::{interrupt, time};
use crate::source::measure::Measure;

/// Totals of a window and of the period before it.
pub(crate) struct Comparison {
    pub(crate) forest: Rc<Forest>,
    pub(crate) catalogue: Catalogue,
    pub(crate) now: PeriodTotals,
    /// Missing where there is no period before.
    pub(crate) before: Option<PeriodTotals>,
    /// Empty unless they were asked for.
    pub(crate) changes: FeatureChanges,
}

/// The totals of a period.
pub(crate) struct PeriodTotals {
    totals: ForestTotals,
    /// The sum of the measure, if one was asked for.
    sums: MeasureTotals,
}

impl Comparison {
    /// The totals of these members of a grove, and perhaps of others. `changes` asks for the features that
    /// tenants took up and gave up.
    pub(crate) fn new(
        account: &Account,
        grove: &Grove,
        members: &Members,
        (needs, scope): (Needs, Scope),
        changes: bool,
    ) -> Result<Self, Error> {
        let forest = Rc::clone(&grove.forest);
        let catalogue = catalogue::of(&account.source, needs)?;
        let (window, split) = account.window.with_period_before();
        let among = grove.named(members)?;
        let question = lookup::question(&account.source, window, needs, among.as_deref())?;
        let (now, before, changes) = match split {
            Some(split) => {
                let (forest, catalogue) = (&*forest, &catalogue);
                let measures = needs.measures.len();
                let reading = TwoPeriods { split, forest, catalogue, scope, measures, changes };
                let (now, before, changes) = route::read(&question, reading)?;
                (now, Some(before), changes)
            }
            None => {
                let pass = Pass::read(&question, Rc::clone(&forest), Needs::NOTHING, scope)?;
                let now = PeriodTotals { totals: pass.totals, sums: pass.measures };
                (now, None, FeatureChanges::default())
            }
        };
        Ok(Self { forest, catalogue, now, before, changes })
    }

    /// The tenant's own sum of the measure, in one of the periods.
    pub(crate) fn own_sum<'a>(
        &self,
        period: &'a PeriodTotals,
        place: Place,
        measure: Measure,
    ) -> SumOf<'a> {
        match (measure, period.sums.own(&self.forest, place)) {
            (Measure::Further(_), [sum, ..]) => SumOf::measure(sum),
            _ => SumOf::cost(period.own(place).0),
        }
    }

    /// The sum of its subtree; `None` on and below cycles.
    pub(crate) fn subtree_sum(
        period: &PeriodTotals,
        place: Place,
        measure: Measure,
    ) -> Option<SumOf<'_>> {
        match (measure, period.sums.subtree(place)?) {
            (Measure::Further(_), [sum, ..]) => Some(SumOf::measure(sum)),
            _ => period.subtree(place).map(|(cell, _)| SumOf::cost(cell)),
        }
    }
}

impl PeriodTotals {
    /// The tenant's own totals and number of features.
    pub(crate) fn own(&self, place: Place) -> (&TenantCell, u32) {
        let totals = &self.totals;
        match place {
            Place::Tree(position) => (&totals.own[position], totals.own_features[position]),
            Place::Cycle(index) => (&totals.cyclic[index], totals.cyclic_features[index]),
        }
    }

    /// The totals and number of features of the tenant's subtree; `None` on and below cycles.
    pub(crate) fn subtree(&self, place: Place) -> Option<(&TenantCell, u32)> {
        let totals = &self.totals;
        match place {
            Place::Tree(position) => {
                let features = totals.subtree_features.get(position).copied();
                totals.subtree.get(position).map(|cell| (cell, features.unwrap_or(0)))
            }
            Place::Cycle(_) => None,
        }
    }
}

/// Asks for the totals of all tenants since `split` and before.
struct TwoPeriods<'a> {
    split: i64,
    forest: &'a Forest,
    catalogue: &'a Catalogue,
    scope: Scope,
    /// Number of measures.
    measures: usize,
    /// Whether the features are asked for that tenants took up and gave up.
    changes: bool,
}

impl Reading for TwoPeriods<'_> {
    type State = UsagePeriods;
    type Counting<'c>
        = PeriodCounting
    where
        Self: 'c;
    /// The totals since and before, and the changes.
    type Answer = (PeriodTotals, PeriodTotals, FeatureChanges);

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        states::period_state(question, self.split).map(Some)
    }

    fn counting(&self) -> Result<PeriodCounting, Error> {
        Ok(PeriodCounting { split: Some(time::to_core(self.split)) })
    }

    fn empty(&self, ids: IdKind, limit: usize) -> UsagePeriods {
        UsagePeriods::new(ids, self.measures, limit)
    }

    fn entries(&self) -> usize {
        self.forest.len()
    }

    fn of_state(self, _: &Question<'_>, periods: UsagePeriods) -> Result<Self::Answer, Error> {
        let [now, before] = periods.parts();
        let changes = match self.changes {
            true => self.changes_between(now.usage(), before.usage())?,
            false => FeatureChanges::default(),
        };
        Ok((self.over(now)?, self.over(before)?, changes))
    }

    fn cut(&self) -> Result<Cut, Error> {
        Ok(Cut { split: Some(self.split), ..Cut::default() })
    }

    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Self::Answer, Error> {
        let totals = || GroupedTotals::new(self.forest, self.catalogue, self.scope);
        let sums = || GroupedMeasures::new(self.forest, self.measures, self.scope);
        let (mut now, mut before) = ((totals()?, sums()?), (totals()?, sums()?));
        let mut changes = Changes::new(self.forest, self.catalogue)?;
        groups.each_of_tenants(|id, group| {
            let is_before = group.is_before == Some(true);
            let (totals, sums) = if is_before { &mut before } else { &mut now };
            totals.add(id, group.feature, &group.cell(), &interrupt)?;
            if let Some(sum) = group.measure() {
                sums.add(id, &[sum]);
            }
            if self.changes
                && let Some(place) = self.forest.find(id)
            {
                changes.add(place, group.feature, is_before)?;
            }
            Ok(())
        })?;
        let finish = |(totals, sums): (GroupedTotals<'_>, GroupedMeasures<'_>)| {
            let (totals, sums) = (totals.finish(&interrupt)?, sums.finish(&interrupt)?);
            Ok::<_, Error>(PeriodTotals { totals, sums })
        };
        Ok((finish(now)?, finish(before)?, changes.finish()?))
    }
}

impl TwoPeriods<'_> {
    fn over(&self, measured: &MeasuredUsage) -> Result<PeriodTotals, Error> {
        let (forest, usage, scope) = (self.forest, measured.usage(), self.scope);
        let totals = ForestTotals::new(forest, usage, self.catalogue, scope, &interrupt)?;
        let sums = match self.measures {
            0 => MeasureTotals::default(),
            _ => MeasureTotals::new(forest, measured, scope, &interrupt)?,
        };
        Ok(PeriodTotals { totals, sums })
    }

    /// What the accumulators of both periods say of the features that tenants used.
    fn changes_between(&self, now: &Usage, before: &Usage) -> Result<FeatureChanges, Error> {
        let mut uses = Vec::new();
        for (usage, is_before) in [(now, false), (before, true)] {
            let places = Rc::new(self.forest.places(usage.ids())?);
            for (number, users) in (0..).zip(usage.users()?) {
                let name = usage.features().name(number);
                memory::push(&mut uses, (name, is_before, users, Rc::clone(&places)))?;
            }
        }
        uses.sort_unstable_by_key(|(name, is_before, ..)| (*name, *is_before));
        let mut changes = Changes::new(self.forest, self.catalogue)?;
        for (i, (name, is_before, users, places)) in uses.iter().enumerate() {
            for (j, user) in users.iter().enumerate() {
                if (i + j).is_multiple_of(1024) {
                    interrupt();
                }
                if let Some(place) = places[*user as usize] {
                    changes.add(place, Some(name), *is_before)?;
                }
            }
        }
        Ok(changes.finish()?)
    }
}
