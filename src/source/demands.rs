//! What a source must be to be set up, beside having columns of the right types.
//!
//! Readers demand it again: an index may have been dropped since, and a restore, or whoever may
//! insert into the registry, stores rows that `setup` has not seen.

use super::{Features, Source, Table};
use crate::error::Error;
use crate::pg::{catalog, zone};

/// Relation kinds that can be a tenants table: a unique index must be possible.
const TENANTS_KINDS: &[u8] = b"rp";

/// Relation kinds that can be a usage or feature table.
const USAGE_KINDS: &[u8] = b"rpfvm";

const USAGE_KIND_NAMES: &str =
    "a plain, partitioned or foreign table, a view or a materialized view";

/// Checks the kinds of the relations, the index on the id and the time zone.
pub(super) fn check(source: &Source) -> Result<(), Error> {
    demand_kind(&source.tenants, "tenants", TENANTS_KINDS, "a plain or partitioned table")?;
    demand_kind(&source.usage, "usage", USAGE_KINDS, USAGE_KIND_NAMES)?;
    if let Features::Table { table, .. } = &source.features {
        demand_kind(table, "feature", USAGE_KINDS, USAGE_KIND_NAMES)?;
    }
    if !catalog::has_unique_index(source.tenants.oid, &source.tenant_id.name)? {
        let (table, column) = (&source.tenants, &source.tenant_id);
        return Err(Error::NoUniqueIndex {
            relation: table.shown()?,
            column: column.name.clone(),
            command: format!("CREATE UNIQUE INDEX ON {} ({})", table.name, column.quoted),
        });
    }
    if !zone::is_known(&source.time_zone)? {
        return Err(Error::UnknownTimeZone { zone: source.time_zone.clone() });
    }
    Ok(())
}

fn demand_kind(
    table: &Table,
    role: &'static str,
    kinds: &[u8],
    accepted: &'static str,
) -> Result<(), Error> {
    if kinds.contains(&catalog::relation_kind(table.oid)) {
        Ok(())
    } else {
        Err(Error::RelationKind { relation: table.shown()?, role, accepted })
    }
}
