//! The first tenants of a scope in order of a value.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::ranking::{Candidate, RankBy, rank};
use tenant_metrics_core::subtree::{ForestTotals, Scope};

use super::account::Account;
use super::comparison::Comparison;
use super::grove::Grove;
use super::members::Members;
use super::question::Needs;
use crate::error::Error;
use crate::pg::ids::OwnedId;

/// What tenants are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Cost,
    SubtreeCost,
    Events,
    AdoptionRate,
    Growth,
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
    by: By,
    root: Option<&OwnedId>,
    at_depth: Option<u32>,
) -> Result<Ranking, Error> {
    let grove = Grove::around_one(account, root, Scope::Subtree)?;
    let members = Members::below(&grove.forest, root)?;
    let asked = (by.needs(), by.scope());
    let comparison = Comparison::new(account, &grove, &members, asked, false)?;
    let forest = grove.forest;
    let mut whole = Money::default();
    let mut candidates = Vec::new();
    for place in members.listed(&forest, None) {
        let (own, _) = Comparison::own(&comparison.now, place);
        match by {
            By::Events => whole.add_integer(own.events.cast_signed()),
            _ => whole.add(&own.cost),
        }
        let takes_part = match place {
            Place::Tree(position) => at_depth.is_none_or(|depth| forest.depth(position) == depth),
            Place::Cycle(_) => at_depth.is_none() && by.scope() == Scope::Own,
        };
        if takes_part {
            let value = |totals: &ForestTotals| by.value(&comparison, totals, place);
            let before = comparison.before.as_ref().and_then(value);
            let candidate = Candidate::new(place, value(&comparison.now), before);
            memory::push(&mut candidates, candidate)?;
        }
    }
    let key = if by == By::Growth { RankBy::Change } else { RankBy::Value };
    let n = n.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    rank(&mut candidates, n, key, &forest);
    Ok(Ranking { forest, candidates, whole: (by != By::AdoptionRate).then_some(whole) })
}

impl By {
    fn needs(self) -> Needs {
        match self {
            Self::Cost | Self::SubtreeCost | Self::Growth => Needs::COST,
            Self::Events => Needs::NOTHING,
            Self::AdoptionRate => Needs::FEATURES,
        }
    }

    fn scope(self) -> Scope {
        match self {
            Self::SubtreeCost | Self::Growth => Scope::Subtree,
            Self::Cost | Self::Events | Self::AdoptionRate => Scope::Own,
        }
    }

    /// The tenant's value in the period of these totals.
    fn value(self, comparison: &Comparison, totals: &ForestTotals, place: Place) -> Option<Money> {
        let (own, features) = Comparison::own(totals, place);
        let mut value = Money::default();
        match self {
            Self::Cost => value = own.cost.clone(),
            Self::SubtreeCost | Self::Growth => {
                value = Comparison::subtree(totals, place)?.cost.clone();
            }
            Self::Events => value.add_integer(own.events.cast_signed()),
            Self::AdoptionRate => {
                value.add_float8(comparison.catalogue.rate(features)?);
            }
        }
        Some(value)
    }
}
