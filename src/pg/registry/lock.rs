//! Changes of the registry, one transaction at a time.

use std::ffi::CStr;

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::ids::Id;

use super::{FeatureSource, RegistryEntry, find};
use crate::error::Error;
use crate::pg::ids::IdType;
use crate::pg::query::{self, Param};
use crate::pg::tables::OwnTable;
use crate::pg::{arrays, snapshot};

/// The right to change the registry, which no other transaction has until this one ends.
///
/// What is found is what is changed: between the two nobody replaces an entry or adds one of the
/// same name, be it by `setup` or by an INSERT.
pub(crate) struct RegistryLock {
    owner: Oid,
}

impl RegistryLock {
    /// Waits until no other transaction changes the registry; `command` is for messages.
    pub(crate) fn take(command: &'static CStr) -> Result<Self, Error> {
        snapshot::demand_writable(command);
        Ok(Self { owner: OwnTable::Source.lock(pg_sys::ShareRowExclusiveLock)? })
    }

    /// The entry of this name as it is now, which the caller's snapshot may be too old to see.
    pub(crate) fn find(&self, name: &str) -> Result<Option<RegistryEntry>, Error> {
        snapshot::with_latest(|| find(name))
    }

    /// Adds the entry, or replaces the one of its name.
    ///
    /// The server raises a serialization failure where a transaction's snapshot is older than what
    /// is replaced.
    pub(crate) fn put(&self, entry: &RegistryEntry) -> Result<(), Error> {
        let (count, names, table, column) = match &entry.features {
            FeatureSource::Default => (None, None, None, "name"),
            FeatureSource::Count(count) => {
                (i32::try_from(*count).ok().map(Datum::from), None, None, "name")
            }
            FeatureSource::Names(names) => {
                let names = IdType::Text.array(names.iter().map(|name| Id::Text(name)))?;
                (None, Some(names), None, "name")
            }
            FeatureSource::Table { table, column } => {
                (None, None, Some(Datum::from(*table)), column.as_str())
            }
        };
        let regclass = |oid: Oid| Param::new(pg_sys::REGCLASSOID, Some(Datum::from(oid)));
        let params = [
            Param::text(&entry.name)?,
            regclass(entry.tenants),
            regclass(entry.usage),
            Param::text(&entry.tenant_id)?,
            Param::text(&entry.parent_id)?,
            Param::text(&entry.usage_tenant)?,
            text_if_any(entry.usage_feature.as_deref())?,
            text_if_any(entry.usage_cost.as_deref())?,
            text_if_any(entry.usage_time.as_deref())?,
            Param::text(&entry.time_zone)?,
            Param::new(pg_sys::INT4OID, count),
            Param::new(pg_sys::TEXTARRAYOID, names),
            Param::new(pg_sys::REGCLASSOID, table),
            Param::text(column)?,
            Param::new(pg_sys::TEXTARRAYOID, Some(arrays::string_array_datum(&entry.dimensions)?)),
            Param::new(pg_sys::TEXTARRAYOID, Some(arrays::string_array_datum(&entry.measures)?)),
        ];
        let sql = include_str!("../../../sql/query/put_source.sql");
        query::write_as(self.owner, sql, &params)?;
        Ok(())
    }

    /// Removes the entry of this name; says whether there was one.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, Error> {
        let sql = include_str!("../../../sql/query/remove_source.sql");
        Ok(query::write_as(self.owner, sql, &[Param::text(name)?])? > 0)
    }
}

/// A text as a parameter, NULL if it is missing.
fn text_if_any(text: Option<&str>) -> Result<Param, Error> {
    text.map_or(Ok(Param::new(pg_sys::TEXTOID, None)), Param::text)
}
