//! Parent links, read in the caller's snapshot and with the caller's rights: all of them as a
//! forest, or one after the other from a single tenant.

use std::ops::Range;

use tenant_metrics_core::forest::{Forest, Links};
use tenant_metrics_core::ids::IdTable;
use tenant_metrics_core::memory;

use super::budget::Budget;
use super::cycle::{Cycle, Found};
use super::members::copies;
use super::statement::{self, Wanted, links_of};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::query::{self, Param, Row};
use crate::pg::{catalog, interrupt, plans, session};
use crate::source::Source;

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

/// Whether an index proves that no id has several rows. A snapshot of a whole transaction can still
/// have a row that another one has deleted, beside the row that this one has inserted since.
pub(crate) fn ids_are_unique(source: &Source) -> Result<bool, Error> {
    Ok(catalog::has_unique_index(source.tenants.oid, &source.tenant_id.name)?
        && !session::sees_rows_of_two_times())
}

/// Whether the caller can see a tenant with this id; `None` if the budget does not allow for
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
            _ => return Ok(Some(Found::Duplicate(at))),
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

/// The tenant and all below it, and the number of levels below it; `None` if the budget does not
/// allow for finding out. The tenant must not be on or below a cycle, and ids must be unique.
pub(crate) fn walk_down(
    source: &Source,
    id: &OwnedId,
    budget: &Budget<'_>,
) -> Result<Option<(Vec<OwnedId>, u32)>, Error> {
    let mut members = copies(std::iter::once(id.borrow()))?;
    let mut level = 0..1;
    let mut height = 0;
    loop {
        interrupt();
        let known = level.end;
        if !children_of(source, level, &mut members, budget)? {
            return Ok(None);
        }
        level = known..members.len();
        if level.is_empty() {
            return Ok(Some((members, height)));
        }
        height += 1;
    }
}

/// Adds the children of the members in these places; says whether the budget allowed for it.
fn children_of(
    source: &Source,
    level: Range<usize>,
    members: &mut Vec<OwnedId>,
    budget: &Budget<'_>,
) -> Result<bool, Error> {
    let tenants = level.len();
    let parents = tenants as f64;
    let id_type = source.parent_type;
    let one = links_of(source, &source.parent_id, Wanted::One);
    let any = links_of(source, &source.parent_id, Wanted::Any);
    let first = Param::new(id_type.oid(), id_type.datum(members[level.start].borrow()));
    // The plan for many is made for as many as a plan expects, and so is its price.
    let one_by_one = plans::cost(&one, &[first])? * parents;
    let (sql, param, price) = if tenants == 1 {
        (one, first, one_by_one)
    } else {
        let array = id_type.array(members[level].iter().map(OwnedId::borrow))?;
        let array = Param::new(id_type.array_oid(), Some(array));
        let at_once = plans::cost(&any, &[array])? * (parents / plans::EXPECTED_ELEMENTS).max(1.0);
        (any, array, at_once.min(one_by_one))
    };
    if !budget.spend(price) {
        return Ok(false);
    }
    read_links(&sql, param, tenants, |row| {
        if let Some(id) = row.id(0, source.id_type) {
            memory::push(members, OwnedId::new(id)?)?;
        }
        Ok(())
    })?;
    Ok(true)
}

/// Reads the links that so many tenants have a part in, which `param` names.
pub(super) fn read_links(
    sql: &str,
    param: Param,
    tenants: usize,
    on_row: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<(), Error> {
    match tenants <= plans::WORTH_PLANNING {
        true => plans::read(sql, &[param], on_row),
        false => query::read(sql, &[param], on_row),
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
    let sql = links_of(source, &source.tenant_id, Wanted::One);
    let params = [Param::new(source.id_type.oid(), Some(datum))];
    if !budget.spend(plans::cost(&sql, &params)?) {
        return Ok(false);
    }
    plans::read(&sql, &params, |row| {
        on_row(row.id(1, source.parent_type).map(OwnedId::new).transpose()?);
        Ok(())
    })?;
    Ok(true)
}
