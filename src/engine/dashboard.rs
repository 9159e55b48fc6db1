//! The dashboard: every tenant's own and subtree totals.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Place, TreeStatus};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;

use super::account::{Account, Pass};
use super::members::Members;
use super::question::Needs;
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::time;

/// A forest with its totals.
pub(crate) struct Dashboard {
    pass: Rc<Pass>,
}

/// What the dashboard says of a tenant; `None` where the question has no answer.
pub(crate) struct DashboardRow<'a> {
    pub(crate) id: Id<'a>,
    pub(crate) parent_id: Option<Id<'a>>,
    pub(crate) status: TreeStatus,
    pub(crate) tree: Option<TreeFacts>,
    pub(crate) own: Facts<'a>,
    pub(crate) subtree: Option<Facts<'a>>,
}

/// The tenant's place in the tree.
pub(crate) struct TreeFacts {
    pub(crate) depth: u32,
    pub(crate) height: u32,
    pub(crate) descendants: usize,
}

/// Totals, the tenant's own or its subtree's.
pub(crate) struct Facts<'a> {
    pub(crate) events: u64,
    pub(crate) features_used: u32,
    pub(crate) adoption_rate: Option<f64>,
    pub(crate) cost: &'a Money,
    pub(crate) unpriced: u64,
    pub(crate) last_used: Option<i64>,
}

impl Dashboard {
    /// The dashboard of all tenants, or at least of the root and what is below it.
    pub(crate) fn new(
        account: &Account,
        needs: Needs,
        scope: Scope,
        root: Option<&OwnedId>,
    ) -> Result<Self, Error> {
        if let Some(pass) = account.known_pass(needs) {
            return Ok(Self { pass });
        }
        let forest = account.forest()?;
        let pass = match Members::below(&forest, root)?.named(&forest)? {
            Some(ids) => account.pass_among(needs, scope, &ids)?,
            // Kept, it serves the scalars of the statement too.
            None if account.keeps() => {
                account.pass(needs, account.extra_needs()?, Scope::Subtree)?
            }
            None => account.pass(needs, Needs::NOTHING, scope)?,
        };
        Ok(Self { pass })
    }

    /// Where the tenants are.
    pub(crate) fn forest(&self) -> &Forest {
        &self.pass.forest
    }

    /// The places that a call with this root and depth lists, in tree order.
    pub(crate) fn listed(
        &self,
        root: Option<&OwnedId>,
        max_depth: Option<u32>,
    ) -> Result<Vec<Place>, Error> {
        let forest = self.forest();
        Ok(memory::collect(Members::below(forest, root)?.listed(forest, max_depth))?)
    }

    /// What is known of the tenant in this place.
    pub(crate) fn row(&self, place: Place) -> DashboardRow<'_> {
        let forest = self.forest();
        let (tree, own, subtree) = match place {
            Place::Tree(position) => (
                Some(TreeFacts {
                    depth: forest.depth(position),
                    height: forest.height(position),
                    descendants: forest.subtree(position).len() - 1,
                }),
                self.facts(&self.pass.totals.own, &self.pass.totals.own_features, position),
                (!self.pass.totals.subtree.is_empty()).then(|| {
                    self.facts(
                        &self.pass.totals.subtree,
                        &self.pass.totals.subtree_features,
                        position,
                    )
                }),
            ),
            Place::Cycle(index) => (
                None,
                self.facts(&self.pass.totals.cyclic, &self.pass.totals.cyclic_features, index),
                None,
            ),
        };
        DashboardRow {
            id: forest.id(place),
            parent_id: forest.parent_id(place),
            status: forest.status(place),
            tree,
            own,
            subtree,
        }
    }

    fn facts<'a>(
        &self,
        cells: &'a [tenant_metrics_core::usage::TenantCell],
        features: &[u32],
        index: usize,
    ) -> Facts<'a> {
        let cell = &cells[index];
        Facts {
            events: cell.events,
            features_used: features[index],
            adoption_rate: self.pass.catalogue.rate(features[index]),
            cost: &cell.cost,
            unpriced: cell.unpriced,
            last_used: time::from_core(cell.last),
        }
    }
}
