//! One tenant's totals: from what is known, singly, or by a pass.

use std::rc::Rc;

use tenant_metrics_core::CoreError;
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Links, Place};
use tenant_metrics_core::measures::MeasureSum;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::{ForestTotals, Scope};
use tenant_metrics_core::usage::TenantCell;

use super::account::Account;
use super::budget::Budget;
use super::cycle::Found;
use super::grove::Grove;
use super::members::copies;
use super::pass::Pass;
use super::question::{MeasureSet, Needs, Question};
use super::{links, route, tally};
use crate::error::Error;
use crate::pg::buffers::Buffers;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;
use crate::source::measure::Measure;

/// The totals of one tenant, its own or its subtree's.
pub(crate) struct TenantTotals<'a> {
    pub(crate) cell: &'a TenantCell,
    pub(crate) features: u32,
    pub(crate) catalogue: &'a Catalogue,
    /// The sums of the measures that were asked for, in order.
    sums: &'a [MeasureSum],
    measures: MeasureSet,
}

impl<'a> TenantTotals<'a> {
    /// The sum of a measure.
    pub(crate) fn sum(&self, measure: Measure) -> &'a Money {
        match measure {
            Measure::Cost => &self.cell.cost,
            Measure::Further(place) => &self.sums[self.measures.rank(place)].total,
        }
    }
}

/// What `value` makes of the totals of the tenant `id`; `None` if there is no such tenant.
///
/// `expected` says how many such calls the statement is expected to make.
pub(crate) fn answer<T>(
    account: &Account,
    id: &OwnedId,
    needs: Needs,
    scope: Scope,
    expected: impl Fn() -> f64,
    value: impl Fn(&TenantTotals<'_>) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    if let Some(pass) = account.known_pass(needs) {
        tally::cached();
        #[cfg(feature = "check_cache")]
        check(account, &pass, id, needs, scope)?;
        return from_pass(&pass, id, scope, value)?.or_null(id);
    }
    loop {
        if let Some(found) = single(account, id, needs, scope, &expected, &value)? {
            return found.or_null(id);
        }
        match account.pass(account.forest()?, needs, account.extra_needs(needs)?, Scope::Subtree) {
            // Only where the engine is set to the aggregate; single answers need less memory.
            Err(Error::Core(CoreError::MemoryLimit { .. })) => account.give_up_passes(),
            pass => return from_pass(&*pass?, id, scope, value)?.or_null(id),
        }
    }
}

/// Fails if what is kept differs from an answer that is made now.
#[cfg(feature = "check_cache")]
fn check(
    account: &Account,
    kept: &Pass,
    id: &OwnedId,
    needs: Needs,
    scope: Scope,
) -> Result<(), Error> {
    let seen = |totals: &TenantTotals<'_>| {
        let TenantTotals { cell, features, catalogue, sums, measures } = totals;
        let digits = |place| sums[measures.rank(place)].total.digits();
        Ok(Some((
            cell.events,
            needs.measures.places().map(digits).collect::<Vec<_>>(),
            needs.cost.then(|| cell.cost.digits()),
            needs.features.then_some((*features, catalogue.size())),
            needs.time.then_some(cell.last),
        )))
    };
    let fresh = Account::unkept(&account.name, account.window)?;
    let made = match tally::uncounted(|| single(&fresh, id, needs, scope, &|| 0.0, seen)) {
        Ok(None) => return Ok(()),
        Ok(Some(found)) => found.or_error(id),
        Err(error) => Err(error),
    };
    let made = made.map_err(|error| error.to_string());
    let kept = from_pass(kept, id, scope, seen).and_then(|found| found.or_error(id));
    let kept = kept.map_err(|error| error.to_string());
    if made == kept {
        return Ok(());
    }
    Err(Error::StaleAnswer { kept: format!("{kept:?}"), made: format!("{made:?}") })
}

fn from_pass<T>(
    pass: &Pass,
    id: &OwnedId,
    scope: Scope,
    value: impl Fn(&TenantTotals<'_>) -> Result<Option<T>, Error>,
) -> Result<Found<T>, Error> {
    let ForestTotals { own, subtree, own_features, subtree_features, cyclic, cyclic_features } =
        &pass.totals;
    let (catalogue, measures) = (&pass.catalogue, pass.needs.measures);
    if scope == Scope::Subtree {
        let of = |at: usize| {
            let sums = pass.measures.subtree(Place::Tree(at)).unwrap_or_default();
            let (cell, features) = (&subtree[at], subtree_features[at]);
            value(&TenantTotals { cell, features, catalogue, sums, measures })
        };
        return Found::top(&pass.forest, id)?.and_then(|at| of(at).map(Found::from));
    }
    let Some(place) = pass.forest.find(id.borrow()) else { return Ok(Found::Nothing) };
    let (cell, features) = match place {
        Place::Tree(at) => (&own[at], own_features[at]),
        Place::Cycle(at) => (&cyclic[at], cyclic_features[at]),
    };
    let sums = pass.measures.own(&pass.forest, place);
    value(&TenantTotals { cell, features, catalogue, sums, measures }).map(Found::from)
}

/// An answer by statements of its own; `None` if the budget does not allow for it.
fn single<T>(
    account: &Account,
    id: &OwnedId,
    needs: Needs,
    scope: Scope,
    expected: &impl Fn() -> f64,
    value: impl Fn(&TenantTotals<'_>) -> Result<Option<T>, Error>,
) -> Result<Option<Found<T>>, Error> {
    let mut budget = account.usage_budget(needs, scope)?;
    if !budget.is_endless() {
        let calls = expected();
        if calls > 1.0 {
            let own = about(account, needs, std::slice::from_ref(id));
            budget = budget.expecting(calls, route::price(&own)?.cost);
        }
    }
    let Some(members) = members(account, id, scope, &budget)? else { return Ok(None) };
    // Without members the statement is about nobody's events, and refused like any other where the
    // caller has no right to them.
    let mut ids = Vec::new();
    let without = members.and_then(|members| {
        ids = members;
        Ok(Found::Nothing)
    })?;
    let mut question = about(account, needs, &ids);
    let mut price = None;
    if !budget.is_endless() {
        question = route::priced(&question)?;
        price = Some(route::price(&question)?);
    }
    if price.is_some_and(|price| !budget.spend_in_memory(price.cost)) {
        return Ok(None);
    }
    let buffers = Buffers::now();
    let star = Rc::new(star(account, &ids)?);
    let pass = Pass::read(&question, star, Needs::NOTHING, Scope::Subtree)?;
    let totals = &pass.totals;
    if let (Some(price), Some(cell)) = (price, totals.subtree.first()) {
        let times_expected = cell.events as f64 / price.rows.max(1.0);
        budget.settle(price.cost, buffers.share_read_since(), times_expected);
    }
    let (Some(cell), Some(&features)) = (totals.subtree.first(), totals.subtree_features.first())
    else {
        return Ok(Some(without));
    };
    let sums = pass.measures.subtree(Place::Tree(0)).unwrap_or_default();
    let (catalogue, measures) = (&pass.catalogue, needs.measures);
    let totals = TenantTotals { cell, features, catalogue, sums, measures };
    value(&totals).map(|value| Some(value.into()))
}

fn about<'a>(account: &'a Account, needs: Needs, ids: &'a [OwnedId]) -> Question<'a> {
    Question::repeated(&account.source, account.window, needs, ids)
}

/// The tenants whose events make the answer, the asked one first; `None` if the budget does not
/// allow for finding out.
fn members(
    account: &Account,
    id: &OwnedId,
    scope: Scope,
    budget: &Budget<'_>,
) -> Result<Option<Found<Vec<OwnedId>>>, Error> {
    if let Some(forest) = account.known_forest() {
        return known_members(&forest, id, scope).map(Some);
    }
    if scope == Scope::Own {
        return Ok(match links::is_known(&account.source, id, budget)? {
            Some(known) => Some(known.then(|| alone(id)).transpose()?.into()),
            None => None,
        });
    }
    if !links::ids_are_unique(&account.source)? {
        let grove = Grove::around_one(account, Some(id), scope)?;
        return known_members(&grove.forest, id, scope).map(Some);
    }
    let links = account.tree_budget()?;
    let found = match links::walk_up(&account.source, id, &links)? {
        None => None,
        Some(Found::Answer(_)) => links::walk_down(&account.source, id, &links)?,
        // No tenant, or one without a subtree.
        Some(found) => return Ok(Some(found)),
    };
    Ok(Some(match found {
        Some((members, _)) => Found::Answer(members),
        None => known_members(&account.forest()?, id, scope)?,
    }))
}

fn known_members(
    forest: &Rc<Forest>,
    id: &OwnedId,
    scope: Scope,
) -> Result<Found<Vec<OwnedId>>, Error> {
    if scope == Scope::Own {
        return Ok(forest.find(id.borrow()).map(|_| alone(id)).transpose()?.into());
    }
    let ids = |position| copies(forest.subtree(position).map(|at| forest.id(Place::Tree(at))));
    Found::top(forest, id)?.and_then(|position| ids(position).map(Found::Answer))
}

/// A list of one tenant.
fn alone(id: &OwnedId) -> Result<Vec<OwnedId>, Error> {
    copies(std::iter::once(id.borrow()))
}

/// A forest with the first tenant as root and the others below it, which is all that a sum needs.
fn star(account: &Account, ids: &[OwnedId]) -> Result<Forest, Error> {
    let mut links = Links::new(account.source.id_type.kind());
    for (i, id) in ids.iter().enumerate() {
        let parent = if i == 0 { None } else { ids.first() };
        links.add(id.borrow(), parent.map(OwnedId::borrow))?;
    }
    Ok(Forest::new(links, &interrupt)?)
}
