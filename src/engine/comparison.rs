//! Every tenant's totals in a window and in the period before it.

use std::rc::Rc;

use tenant_metrics_core::by_feature::{Changes, FeatureChanges};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::{ForestTotals, GroupedTotals, Scope};
use tenant_metrics_core::usage::{TenantCell, Usage, UsagePeriods};

use super::account::Account;
use super::members::Members;
use super::periods::{Periods, each_row};
use super::{Engine, Needs, Question, aggregate, pick, statement, tally};
use crate::error::Error;
use crate::pg::interrupt;

/// Totals of a window and of the period before it.
pub(crate) struct Comparison {
    pub(crate) forest: Rc<Forest>,
    pub(crate) catalogue: Catalogue,
    pub(crate) now: ForestTotals,
    /// Missing where there is no period before.
    pub(crate) before: Option<ForestTotals>,
    /// Empty unless they were asked for.
    pub(crate) changes: FeatureChanges,
}

/// The totals of both periods, and the changes.
type BothPeriods = (ForestTotals, Option<ForestTotals>, FeatureChanges);

/// What a comparison asks of usage.
struct Parts<'a> {
    question: Question<'a>,
    split: Option<i64>,
    forest: &'a Forest,
    catalogue: &'a Catalogue,
    scope: Scope,
    changes: bool,
}

impl Comparison {
    /// The totals of all tenants, or at least of the members. `changes` asks for the features that
    /// tenants took up and gave up.
    pub(crate) fn new(
        account: &Account,
        needs: Needs,
        scope: Scope,
        members: &Members,
        changes: bool,
    ) -> Result<Self, Error> {
        let forest = account.forest()?;
        let catalogue = super::catalogue(&account.source, needs)?;
        let periods = Periods::around(account.window);
        let among = members.named(&forest)?;
        let question = Question::once(&account.source, periods.whole, needs, among.as_deref());
        let split = periods.split;
        let parts =
            Parts { question, split, forest: &forest, catalogue: &catalogue, scope, changes };
        let (now, before, changes) = parts.read()?;
        tally::pass();
        Ok(Self { forest, catalogue, now, before, changes })
    }

    /// The tenant's own totals and number of features, in one of the periods.
    pub(crate) fn own(totals: &ForestTotals, place: Place) -> (&TenantCell, u32) {
        match place {
            Place::Tree(position) => (&totals.own[position], totals.own_features[position]),
            Place::Cycle(index) => (&totals.cyclic[index], totals.cyclic_features[index]),
        }
    }

    /// The totals of the tenant's subtree; nothing on and below cycles.
    pub(crate) fn subtree(totals: &ForestTotals, place: Place) -> Option<&TenantCell> {
        match place {
            Place::Tree(position) => totals.subtree.get(position),
            Place::Cycle(_) => None,
        }
    }
}

impl Parts<'_> {
    fn read(&self) -> Result<BothPeriods, Error> {
        if pick(self.question.source) == Engine::Aggregate {
            let alone = super::has_few_events(&self.question, self.forest)?;
            let question = Question { alone, ..self.question };
            let kind = question.source.id_type.kind();
            let found = match self.split {
                None => aggregate::usage(&question)?.map(|now| (now, None)),
                Some(split) => {
                    let statement = statement::period_state(&question, split)?;
                    let empty = || UsagePeriods::new(kind, usize::MAX);
                    let found = aggregate::state(&question, &statement, empty)?;
                    found.map(UsagePeriods::into_parts).map(|(now, before)| (now, Some(before)))
                }
            };
            if let Some((now, before)) = found {
                return self.lay_over(&now, before.as_ref());
            }
        }
        self.group()
    }

    /// What the accumulators of both periods say.
    fn lay_over(&self, now: &Usage, before: Option<&Usage>) -> Result<BothPeriods, Error> {
        let over = |usage: &Usage| {
            ForestTotals::new(self.forest, usage, self.catalogue, self.scope, &interrupt)
        };
        let changes = match before.filter(|_| self.changes) {
            Some(before) => self.changes_between(now, before)?,
            None => FeatureChanges::default(),
        };
        Ok((over(now)?, before.map(over).transpose()?, changes))
    }

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

    /// The same from groups that the server makes, in memory for the tenants alone.
    fn group(&self) -> Result<BothPeriods, Error> {
        let totals = || GroupedTotals::new(self.forest, self.catalogue, self.scope);
        let mut now = totals()?;
        let mut before = self.split.map(|_| totals()).transpose()?;
        let mut changes = Changes::new(self.forest, self.catalogue)?;
        each_row(&self.question, self.split, false, |row| {
            let period = match (row.is_before, &mut before) {
                (true, Some(before)) => before,
                _ => &mut now,
            };
            let mut totals = TenantCell::default();
            totals.cost = row.cell.cost.clone();
            totals.events = row.cell.events;
            totals.unpriced = row.unpriced;
            totals.last = row.cell.last();
            period.add(row.id, row.feature, &totals, &interrupt)?;
            if self.changes
                && let Some(place) = self.forest.find(row.id)
            {
                changes.add(place, row.feature, row.is_before)?;
            }
            Ok(())
        })?;
        let before = before.map(|before| before.finish(&interrupt)).transpose()?;
        Ok((now.finish(&interrupt)?, before, changes.finish()?))
    }
}
