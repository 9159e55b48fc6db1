//! The forest of a source, read in the caller's snapshot and with the caller's rights: whole, or
//! one link at a time for a single tenant.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Links, Place};
use tenant_metrics_core::ids::{Id, IdTable, written};
use tenant_metrics_core::{CoreError, memory};

use super::account::Account;
use super::budget::Budget;
use super::cycle::{Cycle, Found};
use super::members::copies;
use super::{statement, tally};
use crate::error::Error;
use crate::pg::ids::{OwnedId, describe};
use crate::pg::query::{self, Param};
use crate::pg::{interrupt, plans};
use crate::source::Source;

/// Ids of a cycle that a message names at most.
const NAMED_IDS: usize = 10;

/// Where a tenant is.
pub(crate) enum Located {
    /// At this position of the whole forest.
    Position(Rc<Forest>, usize),
    /// At the start of these ids, which lead up to its root.
    Path(Vec<OwnedId>),
}

/// Finds a tenant, in what is known or by the cheaper of two ways: along its parent links or in
/// the whole forest.
pub(crate) fn locate(account: &Account, id: &OwnedId) -> Result<Found<Located>, Error> {
    if account.known_forest().is_none() {
        if let Some(found) = walk_up(&account.source, id, &account.tree_budget()?)? {
            tally::single();
            return Ok(found.map(Located::Path));
        }
    } else {
        tally::cached();
    }
    let forest = account.forest()?;
    #[cfg(feature = "check_cache")]
    check(account, &forest, id)?;
    Ok(Found::position(&forest, id).map(|position| Located::Position(forest, position)))
}

/// Fails if the forest that is kept differs from parent links that are read now.
#[cfg(feature = "check_cache")]
fn check(account: &Account, kept: &Forest, id: &OwnedId) -> Result<(), Error> {
    let fresh = Account::unkept(&account.name, account.window)?;
    let made = match walk_up(&fresh.source, id, &fresh.tree_budget()?) {
        Ok(None) => return Ok(()),
        Ok(Some(found)) => found.or_error(id),
        Err(error) => Err(error),
    };
    let made = made.map_err(|error| error.to_string());
    let ids = |at: usize| {
        let above = std::iter::once(at).chain(kept.ancestors(at));
        copies(above.map(|at| kept.id(Place::Tree(at))))
    };
    let kept = match position(kept, id) {
        Ok(at) => Ok(at.map(ids).transpose()?),
        Err(error) => Err(error.to_string()),
    };
    if made == kept {
        return Ok(());
    }
    Err(Error::StaleAnswer { kept: format!("{kept:?}"), made: format!("{made:?}") })
}

/// Links down from a tenant to its farthest leaf.
pub(crate) fn height(account: &Account, id: &OwnedId) -> Result<Found<u32>, Error> {
    Ok(match locate(account, id)? {
        Found::Nothing => Found::Nothing,
        Found::Cyclic(cycle) => Found::Cyclic(cycle),
        Found::Answer(Located::Position(forest, position)) => {
            Found::Answer(forest.height(position))
        }
        Found::Answer(Located::Path(_)) => {
            match walk_down(&account.source, id, &account.tree_budget()?)? {
                Some((_, height)) => Found::Answer(height),
                None => {
                    let forest = account.forest()?;
                    Found::position(&forest, id).map(|position| forest.height(position))
                }
            }
        }
    })
}

/// All tenants that the caller can see.
pub(crate) fn load(source: &Source) -> Result<Forest, Error> {
    let mut links = Links::new(source.id_type.kind());
    query::read(&statement::links(source), &[], |row| {
        if let Some(id) = row.id(0, source.id_type) {
            links.add(id, row.id(1, source.parent_type))?;
        }
        Ok(())
    })?;
    Ok(Forest::new(links, &interrupt)?)
}

/// Whether the caller can see a tenant with this id; nothing if the budget does not allow for
/// finding out.
pub(crate) fn is_known(
    source: &Source,
    id: &OwnedId,
    budget: &Budget<'_>,
) -> Result<Option<bool>, Error> {
    let Some(datum) = source.id_type.datum(id.borrow()) else { return Ok(Some(false)) };
    let sql = statement::is_tenant(source);
    let params = [Param::new(source.id_type.oid(), Some(datum))];
    if !budget.is_endless() && !budget.spend(plans::cost(&sql, &params)?) {
        return Ok(None);
    }
    let mut known = false;
    plans::read(&sql, &params, |row| {
        known = row.bool(0);
        Ok(())
    })?;
    Ok(Some(known))
}

/// Follows the parent links of a tenant: the tenant, its parent and so on up to the root; nothing
/// if the budget does not allow for finding out.
pub(crate) fn walk_up(
    source: &Source,
    id: &OwnedId,
    budget: &Budget<'_>,
) -> Result<Option<Found<Vec<OwnedId>>>, Error> {
    let mut path: Vec<OwnedId> = Vec::new();
    let mut seen = IdTable::new(source.id_type.kind());
    let mut next = Some(OwnedId::new(id.borrow())?);
    while let Some(at) = next.take() {
        interrupt();
        let mut rows = 0;
        let affordable = parents_of(source, &at, budget, |parent| {
            rows += 1;
            next = parent;
        })?;
        match rows {
            _ if !affordable => return Ok(None),
            // The parent of the one before does not exist, so that was the root.
            0 => break,
            1 => {}
            _ => return Err(CoreError::DuplicateTenant { id: written(at.borrow())? }.into()),
        }
        // Ids are numbered in the order of the path.
        let number = seen.intern(at.borrow())? as usize;
        if number < path.len() {
            path.drain(..number);
            return Ok(Some(Found::Cyclic(Cycle::walked(path))));
        }
        memory::push(&mut path, at)?;
    }
    Ok(Some(if path.is_empty() { Found::Nothing } else { Found::Answer(path) }))
}

/// The tenant and all below it, and the number of levels below it; nothing if the budget does not
/// allow for finding out. The tenant must not be on or below a cycle.
pub(crate) fn walk_down(
    source: &Source,
    id: &OwnedId,
    budget: &Budget<'_>,
) -> Result<Option<(Vec<OwnedId>, u32)>, Error> {
    let sql = statement::children(source);
    let mut members = copies(std::iter::once(id.borrow()))?;
    let mut level = 0..1;
    let mut height = 0;
    loop {
        interrupt();
        let parents = members[level.clone()].iter().map(OwnedId::borrow);
        let array = source.parent_type.array(parents)?;
        let params = [Param::new(source.parent_type.array_oid(), Some(array))];
        let elements = (level.len() as f64 / plans::EXPECTED_ELEMENTS).max(1.0);
        if !budget.spend(plans::cost(&sql, &params)? * elements) {
            return Ok(None);
        }
        plans::read(&sql, &params, |row| {
            if let Some(id) = row.id(0, source.id_type) {
                memory::push(&mut members, OwnedId::new(id)?)?;
            }
            Ok(())
        })?;
        level = level.end..members.len();
        if level.is_empty() {
            return Ok(Some((members, height)));
        }
        height += 1;
    }
}

/// Calls `on_row` with the parent of each row of this id; says whether the budget allowed for it.
fn parents_of(
    source: &Source,
    id: &OwnedId,
    budget: &Budget<'_>,
    mut on_row: impl FnMut(Option<OwnedId>),
) -> Result<bool, Error> {
    let Some(datum) = source.id_type.datum(id.borrow()) else { return Ok(true) };
    let sql = statement::parent(source);
    let params = [Param::new(source.id_type.oid(), Some(datum))];
    if !budget.spend(plans::cost(&sql, &params)?) {
        return Ok(false);
    }
    plans::read(&sql, &params, |row| {
        on_row(row.id(0, source.parent_type).map(OwnedId::new).transpose()?);
        Ok(())
    })?;
    Ok(true)
}

/// The position of a tenant; an error if it is on or below a cycle.
pub(crate) fn position(forest: &Forest, id: &OwnedId) -> Result<Option<usize>, Error> {
    match forest.find(id.borrow()) {
        None => Ok(None),
        Some(Place::Tree(position)) => Ok(Some(position)),
        Some(Place::Cycle(index)) => Err(cycle_error(forest, index, id)?),
    }
}

/// The error of a call on a tenant that is on or below a cycle.
pub(crate) fn cycle_error(forest: &Forest, index: usize, id: &OwnedId) -> Result<Error, Error> {
    Ok(error_of(&forest.cycle_of(index, &interrupt)?, id))
}

/// The error of a call on a tenant that is on or below this cycle.
pub(crate) fn error_of(cycle: &[Id<'_>], id: &OwnedId) -> Error {
    Error::Cycle { id: describe(id.borrow()), cycle: path(cycle) }
}

/// A cycle as text, its first id at both ends.
#[expect(clippy::disallowed_methods, reason = "some ids, cut off")]
pub(crate) fn path(cycle: &[Id<'_>]) -> String {
    let mut names: Vec<String> = cycle.iter().take(NAMED_IDS).map(|&id| describe(id)).collect();
    if cycle.len() > NAMED_IDS {
        names.push(format!("({} more)", cycle.len() - NAMED_IDS));
    }
    names.extend(cycle.first().map(|&id| describe(id)));
    names.join(" -> ")
}
