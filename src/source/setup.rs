//! Setting sources up and tearing them down.

use tenant_metrics_core::memory;

use super::{Source, Table, summaries};
use crate::error::Error;
use crate::pg::query::{self, Param};
use crate::pg::registry::{FeatureSource, RegistryEntry, RegistryLock};
use crate::pg::{Oid, catalog, rights, text};

/// Checks `entry` and stores it under its name, in place of what was there.
pub(crate) fn setup(entry: &RegistryEntry) -> Result<Source, Error> {
    let found = text::to_server(&entry.name)?.as_bytes().len();
    if !(1..=63).contains(&found) {
        return Err(Error::SourceName { found });
    }
    demand_relation(entry.tenants, "tenants")?;
    demand_relation(entry.usage, "usage")?;
    if let FeatureSource::Table { table, .. } = entry.features {
        demand_relation(table, "feature_table")?;
    }
    // Locks the tables first, as a transaction does that alters one of them and then calls this.
    let source = Source::check(entry.clone())?;
    source.checked_dimensions().try_for_each(|dimension| dimension.map(|_| ()))?;
    source.check_measures()?;
    demand_listed_time_zone(&source.time_zone)?;
    let registry = RegistryLock::take(c"tenant_metrics.setup()")?;
    demand_owner(&source.tenants)?;
    demand_owner(&source.usage)?;
    if let Some(replaced) = registry.find(&entry.name)? {
        demand_owner_of_tables(&replaced)?;
    }
    registry.put(entry)?;
    Ok(source)
}

/// Forgets the source and its summaries; its tables are not touched.
pub(crate) fn teardown(name: &str) -> Result<(), Error> {
    let registry = RegistryLock::take(c"tenant_metrics.teardown()")?;
    if let Some(entry) = registry.find(name)? {
        demand_owner_of_tables(&entry)?;
    }
    summaries::forget_if_any(name)?;
    if registry.remove(name)? {
        Ok(())
    } else {
        Err(Error::NotSetUp { name: text::clipped(memory::text(name)?) })
    }
}

/// Whoever changes or forgets a source owns its tables, as far as they still exist.
fn demand_owner_of_tables(entry: &RegistryEntry) -> Result<(), Error> {
    for oid in [entry.tenants, entry.usage] {
        if let Some(name) = catalog::locked_relation_name(oid)? {
            demand_owner(&Table { oid, name })?;
        }
    }
    Ok(())
}

/// A number is a `regclass` too, whether or not a relation has it.
fn demand_relation(oid: Oid, argument: &'static str) -> Result<(), Error> {
    match catalog::locked_relation_name(oid)? {
        Some(_) => Ok(()),
        None => Err(Error::NoRelation { oid: oid.to_u32(), argument }),
    }
}

pub(super) fn demand_owner(table: &Table) -> Result<(), Error> {
    if rights::is_owner(table.oid) {
        Ok(())
    } else {
        Err(Error::NotOwner { relation: table.shown()? })
    }
}

/// The zone must be one of the server's list: it also knows zones in POSIX notation, in which
/// `UTC+3` is three hours behind.
fn demand_listed_time_zone(zone: &str) -> Result<(), Error> {
    let sql = include_str!("../../sql/query/is_time_zone.sql");
    if query::holds(sql, &[Param::text(zone)?])? {
        Ok(())
    } else {
        Err(Error::UnknownTimeZone { zone: text::clipped(memory::text(zone)?) })
    }
}
