//! What a source must be to be set up, beside having columns of the right types.
//!
//! Readers demand it again: a restore, or whoever may insert into the registry, stores rows that
//! `setup` has not seen.

use super::{Source, Table};
use crate::error::Error;
use crate::pg::{catalog, zone};

/// Relation kinds that can be a table of a source.
const KINDS: &[u8] = b"rpfvm";

const KIND_NAMES: &str = "a plain, partitioned or foreign table, a view or a materialized view";

/// Fails unless the server knows the time zone.
pub(super) fn demand_zone(source: &Source) -> Result<(), Error> {
    if !zone::is_known(&source.time_zone)? {
        return Err(Error::UnknownTimeZone { zone: source.time_zone.clone() });
    }
    Ok(())
}

/// Fails unless the relation is of a kind that can be a table of a source.
pub(super) fn demand_kind(table: &Table, role: &'static str) -> Result<(), Error> {
    if KINDS.contains(&catalog::relation_kind(table.oid)) {
        Ok(())
    } else {
        Err(Error::RelationKind { relation: table.shown()?, role, accepted: KIND_NAMES })
    }
}
