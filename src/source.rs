//! Sources: which tables a question is asked of.
//!
//! A source is looked up in each call, and checked anew where anything may have happened to what it
//! names, so that a renamed column or a changed type is an error that says so, never a wrong answer.

pub(crate) mod advice;
mod columns;
mod demands;
pub(crate) mod dimension;
pub(crate) mod extent;
pub(crate) mod measure;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod summaries;
pub(crate) mod summarizable;
pub(crate) mod summarized;

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use tenant_metrics_core::memory;

use self::columns::{column, id_type, same_kind, typed_column, wrong_type};
use self::summarized::SourceSummaries;
use crate::error::Error;
use crate::pg::Oid;
use crate::pg::aggregate::{COST_TYPES, is_cost};
use crate::pg::catalog::{self, Column};
use crate::pg::ids::{IdType, is_text};
use crate::pg::registry::{self, FeatureSource, RegistryEntry};
use crate::pg::{identity, text, types};

/// The name of the source that readers use when none is given.
const DEFAULT: &str = "default";

/// The tables of the source that nobody set up: tenants and usage.
const MODEL: [&str; 2] = ["tenants", "ai_feature_usage"];

/// Number of features where no catalogue was given.
const DEFAULT_FEATURES: u32 = 9;

/// A relation that exists.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) oid: Oid,
    /// Its name with schema, quoted.
    pub(crate) name: String,
}

impl Table {
    /// Its name with schema, as messages show it.
    fn shown(&self) -> Result<String, Error> {
        catalog::shown_name(self.oid)
    }
}

/// How the time of an event is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeType {
    Zoned,
    Naive,
    Date,
}

/// The column with the times of events.
#[derive(Debug)]
pub(crate) struct TimeColumn {
    pub(crate) column: Column,
    pub(crate) time_type: TimeType,
}

/// A source as a call finds it.
#[derive(Debug)]
pub(crate) struct Source {
    checked: Rc<CheckedSource>,
    /// Looked up when they are first asked for.
    summaries: OnceCell<Option<SourceSummaries>>,
}

/// Two tables and their columns, checked.
#[derive(Debug)]
pub(crate) struct CheckedSource {
    pub(crate) name: String,
    pub(crate) tenants: Table,
    pub(crate) usage: Table,
    pub(crate) id_type: IdType,
    pub(crate) tenant_id: Column,
    pub(crate) parent_id: Column,
    pub(crate) parent_type: IdType,
    pub(crate) usage_tenant: Column,
    pub(crate) usage_tenant_type: IdType,
    /// Missing, like the two that follow, where usage has no such column.
    pub(crate) usage_feature: Option<Column>,
    pub(crate) usage_cost: Option<Column>,
    pub(crate) usage_time: Option<TimeColumn>,
    pub(crate) time_zone: String,
    pub(crate) features: Features,
    /// The names of the further columns by which events can be told apart. Each is looked for when
    /// it is asked for.
    pub(crate) dimensions: Vec<String>,
    /// The names of the further columns that are summed; likewise.
    pub(crate) measures: Vec<String>,
}

thread_local! {
    /// The description that was checked last, the invalidations seen by then, and what came of it.
    static CHECKED: RefCell<Option<(RegistryEntry, u64, Rc<CheckedSource>)>> =
        const { RefCell::new(None) };
}

impl Deref for Source {
    type Target = CheckedSource;

    fn deref(&self) -> &CheckedSource {
        &self.checked
    }
}

/// Where the catalogue of features comes from, checked.
#[derive(Debug)]
pub(crate) enum Features {
    Count(u32),
    Names(Vec<Vec<u8>>),
    Table { table: Table, column: Column },
}

impl Source {
    /// The source of this name, as of the caller's snapshot and search_path.
    pub(crate) fn resolve(name: &[u8]) -> Result<Self, Error> {
        Self::of_name(&text::decode(name)?)
    }

    /// The same of a name that is text.
    fn of_name(name: &str) -> Result<Self, Error> {
        match registry::find(name)? {
            Some(entry) => Self::of_entry(entry),
            None if name == DEFAULT => Self::of_entry(model()?),
            None => Err(Error::UnknownSource { name: text::clipped(memory::text(name)?) }),
        }
    }

    /// The source of a description, which is checked unless that was done, and nothing has happened
    /// since to a relation that it names.
    fn of_entry(entry: RegistryEntry) -> Result<Self, Error> {
        // With the locks that a SELECT would take, all is known that was committed by now.
        for table in entry.tables() {
            catalog::lock_for_reading(table);
        }
        let seen = identity::invalidations();
        let known = CHECKED.with_borrow(|checked| match checked {
            Some((of, at, source)) if *at == seen && *of == entry => Some(Rc::clone(source)),
            _ => None,
        });
        if let Some(checked) = known {
            return Ok(Self { checked, summaries: OnceCell::new() });
        }
        let source = Self::check(entry.clone())?;
        CHECKED.set(Some((entry, seen, Rc::clone(&source.checked))));
        Ok(source)
    }

    /// Checks that the tables and columns of `entry` exist and have types that can be answered.
    pub(crate) fn check(entry: RegistryEntry) -> Result<Self, Error> {
        let tenants = table(&entry.name, "tenants", entry.tenants)?;
        let usage = table(&entry.name, "usage", entry.usage)?;
        if !entry.built_in {
            demands::demand_kind(&tenants, "tenants")?;
            demands::demand_kind(&usage, "usage")?;
        }
        let tenant_id = column(&tenants, "tenant_id", &entry.tenant_id)?;
        let parent_id = column(&tenants, "parent_id", &entry.parent_id)?;
        let usage_tenant = column(&usage, "usage_tenant", &entry.usage_tenant)?;
        let id_type = id_type(&tenants, "tenant_id", &tenant_id)?;
        let parent_type = same_kind(&tenants, "parent_id", &parent_id, id_type)?;
        let usage_tenant_type = same_kind(&usage, "usage_tenant", &usage_tenant, id_type)?;
        let typed = |argument, name: Option<String>, accepts, accepted| {
            name.map(|name| typed_column(&usage, argument, &name, accepts, accepted)).transpose()
        };
        let usage_feature =
            typed("usage_feature", entry.usage_feature, is_text as fn(Oid) -> bool, TEXT_TYPES)?;
        let usage_cost = typed("usage_cost", entry.usage_cost, is_cost, COST_TYPES)?;
        let usage_time =
            entry.usage_time.map(|name| TimeColumn::check(&usage, &name)).transpose()?;
        let features = Features::check(&entry.name, entry.features)?;
        let checked = CheckedSource {
            name: entry.name,
            tenants,
            usage,
            id_type,
            tenant_id,
            parent_id,
            parent_type,
            usage_tenant,
            usage_tenant_type,
            usage_feature,
            usage_cost,
            usage_time,
            time_zone: entry.time_zone,
            features,
            dimensions: entry.dimensions,
            measures: entry.measures,
        };
        let source = Self { checked: Rc::new(checked), summaries: OnceCell::new() };
        if !entry.built_in {
            demands::demand_zone(&source)?;
        }
        Ok(source)
    }

    /// What was checked; the same as long as nothing happens to what the source names.
    pub(crate) fn checked(&self) -> &Rc<CheckedSource> {
        &self.checked
    }

    /// How times are stored; as with a zone where there are none.
    pub(crate) fn time_type(&self) -> TimeType {
        self.usage_time.as_ref().map_or(TimeType::Zoned, |time| time.time_type)
    }

    /// Whether times are taken as they are stored.
    pub(crate) fn time_is_plain(&self) -> bool {
        match self.time_type() {
            TimeType::Zoned => true,
            TimeType::Naive => self.is_utc(),
            TimeType::Date => false,
        }
    }

    /// Whether times are read in a zone that is looked up by its name.
    pub(crate) fn names_zone(&self) -> bool {
        self.time_type() != TimeType::Zoned && !self.is_utc()
    }

    /// Whether naive times are read at an offset of zero, so that they need no conversion.
    pub(crate) fn is_utc(&self) -> bool {
        ["UTC", "Etc/UTC"].iter().any(|utc| self.time_zone.eq_ignore_ascii_case(utc))
    }
}

impl Features {
    fn check(source: &str, features: FeatureSource) -> Result<Self, Error> {
        Ok(match features {
            FeatureSource::Default => Self::Count(DEFAULT_FEATURES),
            FeatureSource::Count(count) => Self::Count(count),
            FeatureSource::Names(names) => Self::Names(names),
            FeatureSource::Table { table: oid, column: name } => {
                let table = table(source, "feature", oid)?;
                demands::demand_kind(&table, "feature")?;
                let column = typed_column(&table, "feature_column", &name, is_text, TEXT_TYPES)?;
                Self::Table { table, column }
            }
        })
    }
}

/// The types that features may have, for messages.
const TEXT_TYPES: &str = "text or varchar";

/// The types that times may have, for messages.
const TIME_TYPES: &str = "timestamptz, timestamp, or date";

impl TimeColumn {
    fn check(usage: &Table, name: &str) -> Result<Self, Error> {
        let column = column(usage, "usage_time", name)?;
        match TimeType::of(column.type_oid) {
            Some(time_type) => Ok(Self { column, time_type }),
            None => Err(wrong_type(usage, "usage_time", &column, TIME_TYPES)?),
        }
    }
}

impl TimeType {
    fn of(oid: Oid) -> Option<Self> {
        Some(match oid {
            types::TIMESTAMPTZ => Self::Zoned,
            types::TIMESTAMP => Self::Naive,
            types::DATE => Self::Date,
            _ => return None,
        })
    }
}

/// The built-in source: the tables of the model, where the caller's search_path finds them.
fn model() -> Result<RegistryEntry, Error> {
    let visible = |relation: &'static str| {
        catalog::visible_relation(relation)?.ok_or_else(|| Error::ModelMissing {
            relation,
            path_is_restricted: catalog::search_path_is_restricted(),
        })
    };
    let [tenants, usage] = MODEL;
    Ok(RegistryEntry {
        name: DEFAULT.into(),
        built_in: true,
        tenants: visible(tenants)?,
        usage: visible(usage)?,
        tenant_id: "id".into(),
        parent_id: "parent_id".into(),
        usage_tenant: "tenant_id".into(),
        usage_feature: Some("feature_name".into()),
        usage_cost: Some("inference_cost".into()),
        usage_time: Some("created_at".into()),
        time_zone: "UTC".into(),
        features: FeatureSource::Default,
        dimensions: Vec::new(),
        measures: Vec::new(),
    })
}

/// All sources: those set up, and the built-in one where its tables are visible.
fn all() -> Result<Vec<RegistryEntry>, Error> {
    let mut entries = registry::all()?;
    if !entries.iter().any(|entry| entry.name == DEFAULT)
        && let Ok(entry) = model()
    {
        memory::push(&mut entries, entry)?;
        entries.rotate_right(1);
    }
    Ok(entries)
}

fn table(source: &str, role: &'static str, oid: Oid) -> Result<Table, Error> {
    match catalog::locked_relation_name(oid)? {
        Some(name) => Ok(Table { oid, name }),
        None => Err(Error::RelationGone { source_name: memory::text(source)?, role }),
    }
}
