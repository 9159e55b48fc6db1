//! Setting sources up and tearing them down.

use super::{Features, Source, Table};
use crate::error::Error;
use crate::pg::catalog;
use crate::pg::query::{self, Param};
use crate::pg::registry::{self, Entry};

/// Relation kinds that can be a tenants table: a unique index must be possible.
const TENANTS_KINDS: &[u8] = b"rp";

/// Relation kinds that can be a usage or feature table.
const USAGE_KINDS: &[u8] = b"rpfvm";

/// Checks `entry` and stores it under its name, in place of what was there.
pub(crate) fn setup(entry: Entry) -> Result<Source, Error> {
    if entry.name.is_empty() || entry.name.len() > 63 {
        return Err(Error::SourceName);
    }
    let source = Source::check(entry.clone())?;
    demand_kind(
        &source.tenants,
        "the tenants table",
        TENANTS_KINDS,
        "a plain or partitioned table",
    )?;
    demand_kind(&source.usage, "the usage table", USAGE_KINDS, USAGE_KIND_NAMES)?;
    demand_owner(&source.tenants)?;
    demand_owner(&source.usage)?;
    if let Features::Table { table, .. } = &source.features {
        demand_kind(table, "the feature table", USAGE_KINDS, USAGE_KIND_NAMES)?;
    }
    demand_unique_index(&source)?;
    demand_time_zone(&source.time_zone)?;
    if let Some(replaced) = registry::find(&entry.name)? {
        demand_owner_of_tables(&replaced)?;
    }
    registry::put(&entry)?;
    Ok(source)
}

/// Forgets the source; its tables are not touched.
pub(crate) fn teardown(name: &str) -> Result<(), Error> {
    if let Some(entry) = registry::find(name)? {
        demand_owner_of_tables(&entry)?;
    }
    if registry::remove(name)? {
        Ok(())
    } else {
        Err(Error::UnknownSource { name: name.to_owned() })
    }
}

const USAGE_KIND_NAMES: &str =
    "a plain, partitioned or foreign table, a view or a materialized view";

fn demand_kind(
    table: &Table,
    role: &'static str,
    kinds: &[u8],
    accepted: &'static str,
) -> Result<(), Error> {
    if kinds.contains(&catalog::relation_kind(table.oid)) {
        Ok(())
    } else {
        Err(Error::RelationKind { relation: table.name.clone(), role, accepted })
    }
}

/// Whoever changes or forgets a source owns its tables, as far as they still exist.
fn demand_owner_of_tables(entry: &Entry) -> Result<(), Error> {
    for oid in [entry.tenants, entry.usage] {
        if let Some(name) = catalog::locked_relation_name(oid)? {
            demand_owner(&Table { oid, name })?;
        }
    }
    Ok(())
}

fn demand_owner(table: &Table) -> Result<(), Error> {
    if query::holds(include_str!("../../sql/query/is_owner.sql"), &[Param::oid(table.oid)])? {
        Ok(())
    } else {
        Err(Error::NotOwner { relation: table.name.clone() })
    }
}

fn demand_unique_index(source: &Source) -> Result<(), Error> {
    let params = [Param::oid(source.tenants.oid), Param::text(&source.tenant_id.name)?];
    if query::holds(include_str!("../../sql/query/has_unique_index.sql"), &params)? {
        Ok(())
    } else {
        Err(Error::NoUniqueIndex {
            relation: source.tenants.name.clone(),
            column: source.tenant_id.quoted.clone(),
        })
    }
}

fn demand_time_zone(zone: &str) -> Result<(), Error> {
    let sql = include_str!("../../sql/query/is_time_zone.sql");
    if query::holds(sql, &[Param::text(zone)?])? {
        Ok(())
    } else {
        Err(Error::UnknownTimeZone { zone: zone.to_owned() })
    }
}
