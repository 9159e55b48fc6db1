//! The extension's tables `source` and `source_name`: what was set up.
//!
//! Readers look at them with scans of their own, in the caller's snapshot: callers have no rights
//! on the tables, and need none. Only `setup`, `teardown` and a restore change them.
//!
//! A name without a description is what a restore leaves where the description could not be
//! loaded. Its entry has no tables, so that a call fails instead of asking the built-in source.

mod lock;

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use crate::error::Error;
use crate::pg::tables::{self, Fields, OwnTable};
use crate::pg::{arrays, text};
pub(crate) use lock::RegistryLock;

/// A row of `source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistryEntry {
    pub(crate) name: String,
    /// Whether nobody set it up: the source that is there by itself.
    pub(crate) built_in: bool,
    pub(crate) tenants: Oid,
    pub(crate) usage: Oid,
    pub(crate) tenant_id: String,
    pub(crate) parent_id: String,
    pub(crate) usage_tenant: String,
    /// Missing, like the two that follow, where usage has no such column.
    pub(crate) usage_feature: Option<String>,
    pub(crate) usage_cost: Option<String>,
    pub(crate) usage_time: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) features: FeatureSource,
    /// Columns of usage by which events can be told apart, beside the feature.
    pub(crate) dimensions: Vec<String>,
    /// Columns of usage that are summed, beside the cost.
    pub(crate) measures: Vec<String>,
}

/// Where the catalogue of features comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FeatureSource {
    /// None was given.
    Default,
    Count(u32),
    Names(Vec<Vec<u8>>),
    Table {
        table: Oid,
        column: String,
    },
}

/// The entry of this name, in the active snapshot.
pub(crate) fn find(name: &str) -> Result<Option<RegistryEntry>, Error> {
    // SAFETY: a call has an active snapshot.
    let snapshot = unsafe { pg_sys::GetActiveSnapshot() };
    let wanted = text::to_server(name)?;
    let is_wanted = |fields: &Fields| fields.bytes(0) == Some(wanted.as_bytes());
    let mut found = None;
    tables::scan(OwnTable::Source, snapshot, &mut |fields| {
        if is_wanted(fields) {
            found = Some(RegistryEntry::read(fields)?);
        }
        Ok(())
    })?;
    if found.is_none() {
        tables::scan(OwnTable::SourceName, snapshot, &mut |fields| {
            if is_wanted(fields) {
                found = Some(RegistryEntry::lost(memory::text(name)?));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The entry of this name, for estimates of the planner, which may plan without a snapshot.
pub(crate) fn find_while_planning(name: &str) -> Result<Option<RegistryEntry>, Error> {
    // SAFETY: reads the state of the session.
    match unsafe { pg_sys::ActiveSnapshotSet() } {
        true => find(name),
        false => Ok(None),
    }
}

/// All entries, by name.
pub(crate) fn all() -> Result<Vec<RegistryEntry>, Error> {
    // SAFETY: a call has an active snapshot.
    let snapshot = unsafe { pg_sys::GetActiveSnapshot() };
    let mut entries = Vec::new();
    tables::scan(OwnTable::Source, snapshot, &mut |fields| {
        Ok(memory::push(&mut entries, RegistryEntry::read(fields)?)?)
    })?;
    let described = entries.len();
    tables::scan(OwnTable::SourceName, snapshot, &mut |fields| {
        let name = fields.string(0)?;
        if !entries[..described].iter().any(|entry| entry.name == name) {
            memory::push(&mut entries, RegistryEntry::lost(name))?;
        }
        Ok(())
    })?;
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

impl RegistryEntry {
    /// A row of `source`.
    fn read(fields: &Fields) -> Result<Self, Error> {
        let features = if let Some(names) = fields.get(11) {
            FeatureSource::Names(arrays::text_array(names)?)
        } else if fields.get(12).is_some() {
            FeatureSource::Table { table: fields.oid(12), column: fields.name(13)? }
        } else if fields.get(10).is_some() {
            FeatureSource::Count(fields.count(10))
        } else {
            FeatureSource::Default
        };
        Ok(Self {
            name: fields.string(0)?,
            built_in: false,
            tenants: fields.oid(1),
            usage: fields.oid(2),
            tenant_id: fields.name(3)?,
            parent_id: fields.name(4)?,
            usage_tenant: fields.name(5)?,
            usage_feature: fields.name_if_any(6)?,
            usage_cost: fields.name_if_any(7)?,
            usage_time: fields.name_if_any(8)?,
            time_zone: fields.string(9)?,
            features,
            dimensions: fields.strings(14)?,
            measures: fields.strings(15)?,
        })
    }

    /// The tables that it names.
    pub(crate) fn tables(&self) -> impl Iterator<Item = Oid> {
        let features = match &self.features {
            FeatureSource::Table { table, .. } => Some(*table),
            FeatureSource::Default | FeatureSource::Count(_) | FeatureSource::Names(_) => None,
        };
        [self.tenants, self.usage].into_iter().chain(features)
    }

    /// Whether there is nothing but a name.
    pub(crate) fn is_lost(&self) -> bool {
        self.tenants == Oid::INVALID
    }

    /// A name whose description was lost.
    fn lost(name: String) -> Self {
        Self {
            name,
            built_in: false,
            tenants: Oid::INVALID,
            usage: Oid::INVALID,
            tenant_id: String::new(),
            parent_id: String::new(),
            usage_tenant: String::new(),
            usage_feature: None,
            usage_cost: None,
            usage_time: None,
            time_zone: String::new(),
            features: FeatureSource::Default,
            dimensions: Vec::new(),
            measures: Vec::new(),
        }
    }
}
