//! The first tenants of a scope in order of a value.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::ranking::{Candidate, RankBy, rank};
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::usage::TenantCell;

use super::account::Account;
use super::comparison::{Comparison, PeriodTotals};
use super::grove::Grove;
use super::measures::SumOf;
use super::members::Members;
use super::question::Needs;
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::source::Source;
use crate::source::measure::Measure;

/// What tenants are ranked by: a number of the dashboard, or how much the subtree's cost grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Cost,
    SubtreeCost,
    Growth,
    UnpricedEvents,
    Events,
    SubtreeEvents,
    FeaturesUsed,
    SubtreeFeaturesUsed,
    AdoptionRate,
    SubtreeAdoptionRate,
    Depth,
    Height,
    Descendants,
}

/// The first tenants, in their order.
pub(crate) struct Ranking {
    pub(crate) forest: Rc<Forest>,
    pub(crate) candidates: Vec<Candidate>,
    /// What values are shares of; missing where they are none.
    pub(crate) whole: Option<Money>,
}

/// The first `n` tenants of the root's scope, all where it is missing; with `at_depth` only those.
pub(crate) fn top(
    account: &Account,
    n: Option<u32>,
    (by, measure): (By, Measure),
    root: Option<&OwnedId>,
    at_depth: Option<u32>,
) -> Result<Ranking, Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let members = Members::below(&grove.forest, root)?;
    let asked = (by.needs(measure), by.scope());
    let comparison = Comparison::new(account, &grove, &members, asked, false)?;
    let forest = grove.forest;
    let mut whole = Money::default();
    let mut candidates = Vec::new();
    for place in members.listed(&forest, None) {
        let own = comparison.own_sum(&comparison.now, place, measure);
        by.add_to_whole(&mut whole, &own, comparison.now.own(place).0);
        let takes_part = match place {
            Place::Tree(position) => at_depth.is_none_or(|depth| forest.depth(position) == depth),
            Place::Cycle(_) => at_depth.is_none() && by.scope() == Scope::Own,
        };
        if takes_part {
            let value = |period: &PeriodTotals| by.value(&comparison, period, place, measure);
            let before = comparison.before.as_ref().filter(|_| !by.is_of_the_tree());
            let before = before.and_then(value);
            let candidate = Candidate::new(place, value(&comparison.now), before);
            memory::push(&mut candidates, candidate)?;
        }
    }
    let key = if by == By::Growth { RankBy::Change } else { RankBy::Value };
    let n = n.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    rank(&mut candidates, n, key, &forest);
    Ok(Ranking { forest, candidates, whole: by.has_shares().then_some(whole) })
}

impl By {
    /// What suits a source best where nothing is said.
    pub(crate) fn suiting(source: &Source, measure: Measure) -> Self {
        match measure {
            Measure::Cost if source.usage_cost.is_none() => Self::SubtreeEvents,
            _ => Self::SubtreeCost,
        }
    }

    /// What it needs, where costs are the values of the measure.
    pub(crate) fn needs(self, measure: Measure) -> Needs {
        match self {
            Self::Cost | Self::SubtreeCost | Self::Growth | Self::UnpricedEvents => {
                Needs::of(measure)
            }
            Self::FeaturesUsed
            | Self::SubtreeFeaturesUsed
            | Self::AdoptionRate
            | Self::SubtreeAdoptionRate => Needs::FEATURES,
            Self::Events | Self::SubtreeEvents | Self::Depth | Self::Height | Self::Descendants => {
                Needs::NOTHING
            }
        }
    }

    /// Whether tenants on and below cycles have it.
    fn scope(self) -> Scope {
        match self {
            Self::Cost
            | Self::UnpricedEvents
            | Self::Events
            | Self::FeaturesUsed
            | Self::AdoptionRate => Scope::Own,
            Self::SubtreeCost
            | Self::Growth
            | Self::SubtreeEvents
            | Self::SubtreeFeaturesUsed
            | Self::SubtreeAdoptionRate
            | Self::Depth
            | Self::Height
            | Self::Descendants => Scope::Subtree,
        }
    }

    /// Whether it is a number of the tree, which no events change.
    fn is_of_the_tree(self) -> bool {
        matches!(self, Self::Depth | Self::Height | Self::Descendants)
    }

    /// Whether values are shares of something: features of several tenants are no sum.
    fn has_shares(self) -> bool {
        self.needs(Measure::Cost) != Needs::FEATURES && !self.is_of_the_tree()
    }

    /// Adds a tenant of the scope to what values are shares of.
    fn add_to_whole(self, whole: &mut Money, sum: &SumOf<'_>, own: &TenantCell) {
        match self {
            Self::Cost | Self::SubtreeCost | Self::Growth => whole.add(sum.total),
            Self::UnpricedEvents => whole.add_integer(sum.missing.cast_signed()),
            _ => whole.add_integer(own.events.cast_signed()),
        }
    }

    /// The tenant's value in the period.
    fn value(
        self,
        comparison: &Comparison,
        period: &PeriodTotals,
        place: Place,
        measure: Measure,
    ) -> Option<Money> {
        let catalogue = &comparison.catalogue;
        let (own, features) = period.own(place);
        let below = || period.subtree(place);
        Some(match self {
            Self::Cost => comparison.own_sum(period, place, measure).total.clone(),
            Self::SubtreeCost | Self::Growth => {
                Comparison::subtree_sum(period, place, measure)?.total.clone()
            }
            Self::UnpricedEvents => integer(comparison.own_sum(period, place, measure).missing),
            Self::Events => integer(own.events),
            Self::SubtreeEvents => integer(below()?.0.events),
            Self::FeaturesUsed => integer(features.into()),
            Self::SubtreeFeaturesUsed => integer(below()?.1.into()),
            Self::AdoptionRate => rate(catalogue.rate(features)?),
            Self::SubtreeAdoptionRate => rate(catalogue.rate(below()?.1)?),
            Self::Depth | Self::Height | Self::Descendants => {
                self.of_the_tree(&comparison.forest, place)?
            }
        })
    }

    /// The tenant's number in the tree.
    fn of_the_tree(self, forest: &Forest, place: Place) -> Option<Money> {
        let Place::Tree(position) = place else { return None };
        Some(integer(match self {
            Self::Depth => forest.depth(position).into(),
            Self::Height => forest.height(position).into(),
            _ => forest.subtree(position).len() as u64 - 1,
        }))
    }
}

fn integer(value: u64) -> Money {
    let mut money = Money::default();
    money.add_integer(value.cast_signed());
    money
}

fn rate(rate: f64) -> Money {
    let mut money = Money::default();
    money.add_float8(rate);
    money
}
