//! Tenant ids that several rows have: they fail the answers that depend on them.

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;

use crate::error::Error;
use crate::pg::ids::describe;

/// The error of an answer that depends on an id that several rows have.
pub(crate) fn error(id: Id<'_>) -> Error {
    Error::DuplicateTenant { id: describe(id) }
}

/// Refuses an answer about all tenants.
pub(crate) fn refuse_any(forest: &Forest) -> Result<(), Error> {
    refuse(forest.duplicates().map(|(id, _)| id))
}

/// Refuses an answer about where these tenants are.
pub(crate) fn refuse_above(
    forest: &Forest,
    places: impl IntoIterator<Item = Place>,
) -> Result<(), Error> {
    refuse(places.into_iter().filter_map(|place| forest.duplicate_above(place)))
}

/// Refuses an answer about what child links reach from these tenants.
pub(crate) fn refuse_below(
    forest: &Forest,
    places: impl IntoIterator<Item = Place>,
) -> Result<(), Error> {
    refuse(places.into_iter().filter_map(|place| forest.duplicate_below(place)))
}

/// Fails for the smallest of the ids, so that the same call always names the same one.
fn refuse<'a>(ids: impl Iterator<Item = Id<'a>>) -> Result<(), Error> {
    ids.min().map_or(Ok(()), |id| Err(error(id)))
}
