//! Functions of the schema `tenant_metrics`: set-up and a look at how things are.

use tenant_metrics_core::measures::MOST_MEASURES;
use tenant_metrics_core::memory;

use super::{Reader, chosen, window};
use crate::engine::explain::{self, Explanation};
use crate::engine::integrity::{self, Kind, Kinds};
use crate::engine::{sharing, unused_features};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::Flavor;
use crate::pg::registry::{FeatureSource, RegistryEntry};
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::{Datum, arrays, text};
use crate::source::dimension::MOST_DIMENSIONS;
use crate::source::{Source, setup, status};

sql_function!(tenant_metrics_setup, setup);
sql_function!(tenant_metrics_teardown, teardown);
sql_function!(tenant_metrics_status, status);
sql_function!(tenant_metrics_integrity, integrity);
sql_function!(tenant_metrics_explain, explain);

/// The columns of `tenant_metrics.status_row`.
const STATUS: [ResultColumn; 14] = [
    ("source", ColumnType::Text),
    ("tenants", ColumnType::Regclass),
    ("usage", ColumnType::Regclass),
    ("catalogue", ColumnType::Text),
    ("dimensions", ColumnType::TextArray),
    ("measures", ColumnType::TextArray),
    ("estimated_tenants", ColumnType::Int8),
    ("estimated_events", ColumnType::Int8),
    ("healthy", ColumnType::Bool),
    ("problem", ColumnType::Text),
    ("hint", ColumnType::Text),
    ("missing_indexes", ColumnType::Text),
    ("scalars", ColumnType::Text),
    ("summaries", ColumnType::Text),
];

/// The columns of `tenant_metrics.integrity_row`.
const INTEGRITY: [ResultColumn; 4] = [
    ("kind", ColumnType::Text),
    ("tenant_id", ColumnType::Text),
    ("detail", ColumnType::Text),
    ("n", ColumnType::Int8),
];

/// The columns of `tenant_metrics.explain_row`.
const EXPLAIN: [ResultColumn; 14] = [
    ("engine", ColumnType::Text),
    ("reason", ColumnType::Text),
    ("ruled_out", ColumnType::Text),
    ("rows_from_events", ColumnType::Int8),
    ("rows_from_totals", ColumnType::Int8),
    ("rows_from_copy", ColumnType::Int8),
    ("rows_pending", ColumnType::Int8),
    ("last_engine", ColumnType::Text),
    ("last_reason", ColumnType::Text),
    ("last_single", ColumnType::Int8),
    ("last_passes", ColumnType::Int8),
    ("last_cached", ColumnType::Int8),
    ("missing_indexes", ColumnType::Text),
    ("scalars", ColumnType::Text),
];

fn setup(call: &Call) -> Answer {
    let relation = |index, argument| call.oid(index).ok_or(Error::NullArgument { argument });
    let name = |index, argument| call.name(index)?.ok_or(Error::NullArgument { argument });
    let text = |index, argument| call.text(index)?.ok_or(Error::NullArgument { argument });
    let source = setup::setup(&RegistryEntry {
        tenants: relation(0, "tenants")?,
        usage: relation(1, "usage")?,
        name: text(2, "source")?,
        built_in: false,
        tenant_id: name(3, "tenant_id")?,
        parent_id: name(4, "parent_id")?,
        usage_tenant: name(5, "usage_tenant")?,
        usage_feature: call.name(6)?,
        usage_cost: call.name(7)?,
        usage_time: call.name(8)?,
        time_zone: text(9, "time_zone")?,
        features: feature_source(call)?,
        dimensions: columns(call, 14, "dimensions", MOST_DIMENSIONS)?,
        measures: columns(call, 15, "measures", MOST_MEASURES)?,
    })?;
    unused_features::tell(&source)?;
    sharing::tell(&source)?;
    Ok(None)
}

/// A list of at most so many columns.
fn columns(
    call: &Call,
    index: usize,
    argument: &'static str,
    most: usize,
) -> Result<Vec<String>, Error> {
    let Some(columns) = call.argument(index) else { return Ok(Vec::new()) };
    let columns = arrays::string_list(columns, argument)?;
    if columns.len() > most {
        return Err(Error::TooManyColumns { argument, most, found: columns.len() });
    }
    for (at, column) in columns.iter().enumerate() {
        if columns[..at].contains(column) {
            let column = text::clipped(memory::text(column)?);
            return Err(Error::RepeatedColumn { argument, column });
        }
    }
    Ok(columns)
}

/// The column that `feature_column` is if it is not given.
const FEATURE_COLUMN: &str = "name";

/// Arguments 10 to 13: feature_count, features, feature_table, feature_column.
fn feature_source(call: &Call) -> Result<FeatureSource, Error> {
    let given = [(10, "feature_count"), (11, "features"), (12, "feature_table")];
    if call.argument(6).is_none()
        && let Some((_, argument)) = given.iter().find(|(at, _)| call.argument(*at).is_some())
    {
        return Err(Error::CatalogueWithoutFeatures { argument });
    }
    if call.oid(12).is_none()
        && let Some(column) = call.name(13)?.filter(|column| column != FEATURE_COLUMN)
    {
        return Err(Error::ColumnWithoutTable { column });
    }
    match (call.int4(10), call.argument(11), call.oid(12)) {
        (None, None, None) => Ok(FeatureSource::Default),
        (Some(value), None, None) => u32::try_from(value)
            .map(FeatureSource::Count)
            .map_err(|_| Error::NegativeArgument { argument: "feature_count", value }),
        (None, Some(names), None) => {
            arrays::demand_list(names, "features")?;
            Ok(FeatureSource::Names(arrays::text_array(names)?))
        }
        (None, None, Some(table)) => {
            let column = call.name(13)?;
            let column = column.ok_or(Error::NullArgument { argument: "feature_column" })?;
            Ok(FeatureSource::Table { table, column })
        }
        _ => Err(Error::CatalogueChoice),
    }
}

fn teardown(call: &Call) -> Answer {
    let name = call.text(0)?.ok_or(Error::NullArgument { argument: "source" })?;
    setup::teardown(&name)?;
    Ok(None)
}

fn status(call: &Call) -> Answer {
    let mut rows = Rows::new(call, &STATUS, Flavor::Bigint)?;
    for status in status::look()? {
        rows.put(|| {
            let hint = status.problem.as_ref().and_then(Error::hint);
            let scalars = status.source.as_ref().map(sharing::of_scalars).transpose()?;
            Ok([
                Some(text::datum(&status.name)?),
                status.tenants.map(Datum::from),
                status.usage.map(Datum::from),
                status.catalogue.as_deref().map(text::datum).transpose()?,
                status.dimensions.as_deref().map(arrays::string_array_datum).transpose()?,
                status.measures.as_deref().map(arrays::string_array_datum).transpose()?,
                status.estimated_tenants.map(Datum::from),
                status.estimated_events.map(Datum::from),
                Some(Datum::from(status.problem.is_none())),
                status.problem.map(|problem| text::datum(&problem.to_string())).transpose()?,
                hint.as_deref().map(text::datum).transpose()?,
                status.missing_indexes.as_deref().map(text::datum).transpose()?,
                scalars.as_deref().map(text::datum).transpose()?,
                status.summaries.as_deref().map(text::datum).transpose()?,
            ])
        })?;
    }
    rows.finish()
}

fn integrity(call: &Call) -> Answer {
    let name = call.bytes(0)?.ok_or(Error::NullArgument { argument: "source" })?;
    let source = Source::resolve(name)?;
    let kinds = kinds(call, 1)?;
    let mut rows = Rows::new(call, &INTEGRITY, Flavor::Bigint)?;
    for finding in integrity::check(&source, kinds)? {
        rows.put(|| {
            Ok([
                Some(text::datum(finding.kind.name())?),
                finding.tenant.as_deref().map(text::datum).transpose()?,
                finding.detail.as_deref().map(text::datum).transpose()?,
                Some(Datum::from(finding.n)),
            ])
        })?;
    }
    rows.finish()
}

/// The argument `kinds`: all of them where it is NULL.
fn kinds(call: &Call, index: usize) -> Result<Kinds, Error> {
    let Some(names) = call.argument(index) else { return Ok(Kinds::ALL) };
    let mut kinds = Kinds::NONE;
    for name in arrays::text_array(names)? {
        kinds.insert(chosen("kinds", text::decode(&name)?, &Kind::NAMED)?);
    }
    Ok(kinds)
}

fn explain(call: &Call) -> Answer {
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &EXPLAIN, reader.flavor)?;
    let explained = explain::explain(&reader.account, root.as_ref())?;
    let Explanation { engine, reason, ruled_out, scalars, amounts, tally, missing_indexes } =
        explained;
    rows.put(|| {
        Ok([
            Some(text::datum(engine)?),
            Some(text::datum(&reason)?),
            ruled_out.as_deref().map(text::datum).transpose()?,
            amounts.events.map(count),
            amounts.totals.map(count),
            amounts.copied.map(count),
            amounts.pending.map(count),
            tally.way.map(text::datum).transpose()?,
            tally.reason().map(text::datum).transpose()?,
            Some(Datum::from(tally.answers.single)),
            Some(Datum::from(tally.answers.passes)),
            Some(Datum::from(tally.answers.cached)),
            missing_indexes.as_deref().map(text::datum).transpose()?,
            Some(text::datum(&scalars)?),
        ])
    })?;
    rows.finish()
}

/// An estimate as a `bigint`.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn count(rows: f64) -> Datum {
    Datum::from(rows.round() as i64)
}
