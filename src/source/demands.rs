//! What a source must be to be set up, beside having columns of the right types.
//!
//! Readers demand it again: a restore, or whoever may insert into the registry, stores rows that
//! `setup` has not seen.

use super::{Features, Source, Table};
use crate::error::Error;
use crate::pg::{catalog, zone};

/// Relation kinds that can be a table of a source.
const KINDS: &[u8] = b"rpfvm";

const KIND_NAMES: &str = "a plain, partitioned or foreign table, a view or a materialized view";

/// Checks the kinds of the relations and the time zone.
pub(super) fn check(source: &Source) -> Result<(), Error> {
    demand_kind(&source.tenants, "tenants")?;
    demand_kind(&source.usage, "usage")?;
    if let Features::Table { table, .. } = &source.features {
        demand_kind(table, "feature")?;
    }
    if !zone::is_known(&source.time_zone)? {
        return Err(Error::UnknownTimeZone { zone: source.time_zone.clone() });
    }
    Ok(())
}

fn demand_kind(table: &Table, role: &'static str) -> Result<(), Error> {
    if KINDS.contains(&catalog::relation_kind(table.oid)) {
        Ok(())
    } else {
        Err(Error::RelationKind { relation: table.shown()?, role, accepted: KIND_NAMES })
    }
}
