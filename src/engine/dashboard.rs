//! The dashboard: every tenant's own and subtree totals.

use std::rc::Rc;

use tenant_metrics_core::CoreError;
use tenant_metrics_core::forest::{Forest, Place, TreeStatus};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::usage::TenantCell;

use super::account::Account;
use super::grove::Grove;
use super::lookup::NamedEvents;
use super::measures::SumOf;
use super::members::Members;
use super::pass::Pass;
use super::question::{Needs, Question};
use crate::error::Error;
use crate::pg::buffers::Buffers;
use crate::pg::ids::OwnedId;
use crate::pg::time;
use crate::source::measure::Measure;

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

/// Totals, the tenant's own or its subtree's. What the source has no column for is missing.
pub(crate) struct Facts<'a> {
    pub(crate) events: u64,
    pub(crate) features_used: Option<u32>,
    pub(crate) adoption_rate: Option<f64>,
    pub(crate) cost: Option<&'a Money>,
    pub(crate) unpriced: Option<u64>,
    pub(crate) last_used: Option<i64>,
}

/// The tenants that a dashboard is asked for.
#[derive(Clone, Copy)]
pub(crate) enum AskedTenants<'a> {
    All,
    /// The tenant and what is below it.
    Below(&'a OwnedId),
    Each(&'a [OwnedId]),
}

impl<'a> AskedTenants<'a> {
    /// The root and what is below it; all tenants where it is missing.
    pub(crate) fn below(root: Option<&'a OwnedId>) -> Self {
        root.map_or(Self::All, Self::Below)
    }

    /// The tenants that the call names.
    fn ids(self) -> Option<&'a [OwnedId]> {
        match self {
            Self::All => None,
            Self::Below(root) => Some(std::slice::from_ref(root)),
            Self::Each(ids) => Some(ids),
        }
    }

    /// The tenants whose events make the answer, which must not depend on an id that several rows
    /// have.
    fn members(self, forest: &Forest) -> Result<Members, Error> {
        match self {
            Self::All => Members::below(forest, None),
            Self::Below(root) => Members::below(forest, Some(root)),
            Self::Each(ids) => Members::with_subtrees(forest, ids),
        }
    }
}

/// What a dashboard is made of.
pub(super) enum DashboardPlan {
    /// The totals that are known.
    Kept(Rc<Pass>),
    /// The events of these tenants.
    Named(NamedTenants),
    /// The events of all tenants.
    All,
}

/// Some tenants, where they are, and what is expected of their events.
pub(super) struct NamedTenants {
    pub(super) ids: Vec<OwnedId>,
    forest: Rc<Forest>,
    events: NamedEvents,
}

impl DashboardPlan {
    /// The cheapest way to the dashboard of these tenants.
    pub(super) fn new(
        account: &Account,
        needs: Needs,
        asked: AskedTenants<'_>,
    ) -> Result<Self, Error> {
        if let Some(pass) = account.known_pass(needs) {
            return Ok(Self::Kept(pass));
        }
        let Some(asked_ids) = asked.ids() else { return Ok(Self::All) };
        let grove = Grove::around(account, Some(asked_ids), Scope::Subtree)?;
        let members = asked.members(&grove.forest)?;
        let Some(ids) = grove.named(&members)? else { return Ok(Self::All) };
        let events = NamedEvents::new(&account.source, account.window, needs, &ids)?;
        let budget = account.usage_budget(needs, Scope::Subtree)?;
        Ok(match budget.is_endless() || events.are_affordable(&budget) {
            true => Self::Named(NamedTenants { ids, forest: grove.cut(&members)?, events }),
            false => Self::All,
        })
    }
}

impl NamedTenants {
    /// The question about their events.
    pub(super) fn question<'a>(&'a self, account: &'a Account, needs: Needs) -> Question<'a> {
        self.events.question(&account.source, account.window, needs, &self.ids)
    }

    /// Their totals.
    fn read(&self, account: &Account, needs: Needs, scope: Scope) -> Result<Rc<Pass>, Error> {
        let budget = account.usage_budget(needs, Scope::Subtree)?;
        let buffers = Buffers::now();
        let forest = Rc::clone(&self.forest);
        let pass = account.pass_among(&self.question(account, needs), forest, scope)?;
        self.events.charge(&budget, pass.totals.events(), &buffers);
        Ok(pass)
    }
}

impl Dashboard {
    /// The dashboard of these tenants, and perhaps of others.
    pub(crate) fn new(
        account: &Account,
        needs: Needs,
        scope: Scope,
        asked: AskedTenants<'_>,
    ) -> Result<Self, Error> {
        let needs = needs.in_source(&account.source);
        loop {
            let pass = match DashboardPlan::new(account, needs, asked)? {
                DashboardPlan::Kept(pass) => {
                    asked.members(&pass.forest)?;
                    Ok(pass)
                }
                DashboardPlan::Named(named) => named.read(account, needs, scope),
                DashboardPlan::All => {
                    let forest = account.forest()?;
                    asked.members(&forest)?;
                    // Kept, it serves the scalars of the statement too.
                    match account.keeps() {
                        true => {
                            account.pass(forest, needs, account.extra_needs(needs)?, Scope::Subtree)
                        }
                        false => account.pass(forest, needs, Needs::NOTHING, scope),
                    }
                }
            };
            match pass {
                // The events of some tenants need less memory.
                Err(Error::Core(CoreError::MemoryLimit { .. }))
                    if account.keeps() && asked.ids().is_some() =>
                {
                    account.give_up_passes();
                }
                pass => return Ok(Self { pass: pass? }),
            }
        }
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

    /// The sums of a measure: the tenant's own, and its subtree's, which is missing on and below
    /// cycles.
    pub(crate) fn measure(&self, place: Place, measure: Measure) -> (SumOf<'_>, Option<SumOf<'_>>) {
        let Pass { forest, totals, measures, needs, .. } = &*self.pass;
        match measure {
            Measure::Cost => {
                let own = match place {
                    Place::Tree(position) => &totals.own[position],
                    Place::Cycle(index) => &totals.cyclic[index],
                };
                let subtree = match place {
                    Place::Tree(position) => totals.subtree.get(position),
                    Place::Cycle(_) => None,
                };
                (SumOf::cost(own), subtree.map(SumOf::cost))
            }
            Measure::Further(number) => {
                let rank = needs.measures.rank(number);
                let subtree = measures.subtree(place).map(|sums| SumOf::measure(&sums[rank]));
                (SumOf::measure(&measures.own(forest, place)[rank]), subtree)
            }
        }
    }

    fn facts<'a>(&self, cells: &'a [TenantCell], features: &[u32], index: usize) -> Facts<'a> {
        let cell = &cells[index];
        let Needs { features: has_features, cost: has_cost, .. } = self.pass.needs;
        let features_used = has_features.then_some(features[index]);
        Facts {
            events: cell.events,
            features_used,
            adoption_rate: features_used.and_then(|used| self.pass.catalogue.rate(used)),
            cost: has_cost.then_some(&cell.cost),
            unpriced: has_cost.then_some(cell.unpriced),
            last_used: time::from_core(cell.last),
        }
    }
}
