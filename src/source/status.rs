//! How the sources are, as far as the catalogs say.
//!
//! No table is read and nothing is planned: a plan can run functions of whoever owns a view, or
//! ask another server, and whoever only looks at the state of things must not do that.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::memory;

use super::{DEFAULT, DEFAULT_FEATURES, Features, Source, Table, advice, all, model, summarizable};
use crate::error::Error;
use crate::pg::catalog::{self, Column};
use crate::pg::query::Param;
use crate::pg::registry::{FeatureSource, RegistryEntry};
use crate::pg::rights::{self, Refusal};
use crate::pg::{Oid, plans, text};

/// The state of a source.
#[derive(Debug, Default)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) tenants: Option<Oid>,
    pub(crate) usage: Option<Oid>,
    /// Its catalogue of features in words; missing where usage has no features.
    pub(crate) catalogue: Option<String>,
    /// Columns by which events can be told apart, beside the feature.
    pub(crate) dimensions: Option<Vec<String>>,
    /// Columns that are summed, beside the cost.
    pub(crate) measures: Option<Vec<String>>,
    pub(crate) estimated_tenants: Option<i64>,
    pub(crate) estimated_events: Option<i64>,
    /// Why the caller cannot ask it everything.
    pub(crate) problem: Option<Error>,
    pub(crate) missing_indexes: Option<String>,
    /// Whether readers can take the source's summaries, in words; missing where it has none.
    pub(crate) summaries: Option<String>,
    /// The source itself, where the caller can ask it everything.
    pub(crate) source: Option<Source>,
}

/// The state of all sources; without any, that of the built-in one.
pub(crate) fn look() -> Result<Vec<Status>, Error> {
    let entries = all()?;
    if entries.is_empty() {
        let problem = model().err();
        let status = Status { name: DEFAULT.into(), problem, ..Status::default() };
        return Ok(memory::collect([status])?);
    }
    let mut found = memory::with_capacity(entries.len())?;
    for entry in entries {
        memory::push(&mut found, Status::of(entry)?)?;
    }
    Ok(found)
}

impl Status {
    fn of(entry: RegistryEntry) -> Result<Self, Error> {
        let mut status = Self { name: entry.name.clone(), ..Self::default() };
        if !entry.is_lost() {
            status.tenants = Some(entry.tenants);
            status.usage = Some(entry.usage);
            if entry.usage_feature.is_some() {
                status.catalogue = catalogue(&entry.features)?;
            }
            status.dimensions = Some(memory::collect(entry.dimensions.iter().cloned())?);
            status.measures = Some(memory::collect(entry.measures.iter().cloned())?);
            status.estimated_tenants = estimated_rows(entry.tenants)?;
            status.estimated_events = estimated_rows(entry.usage)?;
        }
        match Source::check(entry) {
            Ok(source) => {
                status.problem = demand_rights(&source).err();
                status.summaries = summarizable::state(&source)?;
                status.missing_indexes = advice::missing_indexes(&source)?;
                status.source = status.problem.is_none().then_some(source);
            }
            Err(problem) => status.problem = Some(problem),
        }
        Ok(status)
    }
}

fn catalogue(features: &FeatureSource) -> Result<Option<String>, Error> {
    Ok(match features {
        FeatureSource::Default => Some(format!("{DEFAULT_FEATURES} (default)")),
        FeatureSource::Count(count) => Some(count.to_string()),
        FeatureSource::Names(names) => {
            Some(match Catalogue::of_names(memory::copied_each(names)?).size() {
                1 => "1 name".into(),
                size => format!("{size} names"),
            })
        }
        FeatureSource::Table { table, .. } => {
            catalog::locked_relation_name(*table)?.map(|name| format!("table {name}"))
        }
    })
}

/// How many rows the relation has by its statistics; `None` where they do not say, or where the
/// caller may not read it.
fn estimated_rows(relation: Oid) -> Result<Option<i64>, Error> {
    let mut rows = None;
    let sql = include_str!("../../sql/query/estimated_rows.sql");
    plans::read(sql, &[Param::oid(relation)], |row| {
        rows = row.get(0).map(|_| row.int8(0));
        Ok(())
    })?;
    Ok(rows)
}

/// Fails where the caller may not read all columns of the source.
fn demand_rights(source: &Source) -> Result<(), Error> {
    let read = |table: &Table, column: &Column| match rights::refusal(table.oid, &column.name)? {
        None => Ok(()),
        Some(Refusal::Schema(schema)) => {
            let command = format!("GRANT USAGE ON SCHEMA {}", text::quoted(&schema)?);
            Err(Error::SchemaDenied { schema, command })
        }
        Some(Refusal::Column) => Err(Error::ColumnDenied {
            relation: table.shown()?,
            column: column.name.clone(),
            command: format!("GRANT SELECT ({}) ON {}", column.quoted, table.name),
        }),
    };
    read(&source.tenants, &source.tenant_id)?;
    read(&source.tenants, &source.parent_id)?;
    if let Features::Table { table, column } = &source.features {
        read(table, column)?;
    }
    read(&source.usage, &source.usage_tenant)?;
    let time = source.usage_time.as_ref().map(|time| &time.column);
    let columns = [source.usage_feature.as_ref(), source.usage_cost.as_ref(), time];
    columns.into_iter().flatten().try_for_each(|column| read(&source.usage, column))?;
    source
        .checked_dimensions()
        .try_for_each(|dimension| read(&source.usage, &dimension?.column))?;
    (0..source.measures.len())
        .try_for_each(|place| read(&source.usage, &source.measure_column(place)?))
}
