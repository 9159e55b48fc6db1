//! The forest of a source, read in the caller's snapshot and with the caller's rights.

use tenant_metrics_core::forest::{Forest, Links, Place};
use tenant_metrics_core::ids::{Id, describe};

use super::statement;
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;
use crate::pg::query::{self, Param};
use crate::source::Source;

/// Ids of a cycle that a message names at most.
const NAMED_IDS: usize = 10;

/// All tenants that the caller can see.
pub(crate) fn load(source: &Source) -> Result<Forest, Error> {
    let mut links = Links::new(source.id_type.kind());
    let parent_type =
        crate::pg::ids::IdType::of(source.parent_id.type_oid).unwrap_or(source.id_type);
    query::read(&statement::links(source), &[], |row| {
        if let Some(id) = row.id(0, source.id_type) {
            links.add(id, row.id(1, parent_type))?;
        }
        Ok(())
    })?;
    Ok(Forest::new(links, &interrupt)?)
}

/// Whether the caller can see a tenant with this id.
pub(crate) fn is_known(source: &Source, id: &OwnedId) -> Result<bool, Error> {
    let Some(datum) = source.id_type.datum(id.borrow()) else { return Ok(false) };
    let params = [Param::new(source.id_type.oid(), Some(datum))];
    query::holds(&statement::is_tenant(source), &params)
}

/// The position of a tenant; an error if it is on or below a cycle.
pub(crate) fn position(forest: &Forest, id: &OwnedId) -> Result<Option<usize>, Error> {
    match forest.find(id.borrow()) {
        None => Ok(None),
        Some(Place::Tree(position)) => Ok(Some(position)),
        Some(Place::Cycle(index)) => {
            let cycle = forest.cycle_of(index, &interrupt)?;
            Err(Error::Cycle { id: describe(id.borrow()), cycle: path(&cycle) })
        }
    }
}

/// A cycle as text, its first id at both ends.
pub(crate) fn path(cycle: &[Id<'_>]) -> String {
    let mut names: Vec<String> = cycle.iter().take(NAMED_IDS).map(|&id| describe(id)).collect();
    if cycle.len() > NAMED_IDS {
        names.push(format!("({} more)", cycle.len() - NAMED_IDS));
    }
    names.extend(cycle.first().map(|&id| describe(id)));
    names.join(" -> ")
}
