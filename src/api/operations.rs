//! Functions of the schema `tenant_metrics`: set-up and a look at how things are.

use super::{Reader, window};
use crate::engine::account::Account;
use crate::engine::members::Members;
use crate::engine::{self, Engine, Needs, Question, integrity, statement, tally};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::Flavor;
use crate::pg::registry::{Entry, FeatureSource};
use crate::pg::rows::{Column, ColumnType, Rows};
use crate::pg::{Datum, catalog, ids, query, text};
use crate::source::{self, Source, advice, setup};

sql_function!(tenant_metrics_setup, set_up);
sql_function!(tenant_metrics_teardown, tear_down);
sql_function!(tenant_metrics_status, status);
sql_function!(tenant_metrics_integrity, check_integrity);
sql_function!(tenant_metrics_explain, explain);

/// The columns of `tenant_metrics.status_row`.
const STATUS: &[Column] = &[
    ("source", ColumnType::Text),
    ("tenants", ColumnType::Regclass),
    ("usage", ColumnType::Regclass),
    ("estimated_tenants", ColumnType::Int8),
    ("estimated_events", ColumnType::Int8),
    ("mode", ColumnType::Text),
    ("pending", ColumnType::Int8),
    ("healthy", ColumnType::Bool),
    ("problem", ColumnType::Text),
    ("missing_indexes", ColumnType::Text),
];

/// The columns of `tenant_metrics.integrity_row`.
const INTEGRITY: &[Column] = &[
    ("kind", ColumnType::Text),
    ("tenant_id", ColumnType::Text),
    ("detail", ColumnType::Text),
    ("n", ColumnType::Int8),
];

/// The columns of `tenant_metrics.explain_row`.
const EXPLAIN: &[Column] = &[
    ("engine", ColumnType::Text),
    ("reason", ColumnType::Text),
    ("rows_from_summaries", ColumnType::Int8),
    ("rows_from_events", ColumnType::Int8),
    ("rows_pending", ColumnType::Int8),
    ("last_single", ColumnType::Int8),
    ("last_passes", ColumnType::Int8),
    ("last_cached", ColumnType::Int8),
    ("missing_indexes", ColumnType::Text),
];

fn set_up(call: &Call) -> Answer {
    let relation = |index, argument| call.oid(index).ok_or(Error::NullArgument { argument });
    let name = |index, argument| {
        call.argument(index).map(text::name).transpose()?.ok_or(Error::NullArgument { argument })
    };
    let text = |index, argument| call.text(index)?.ok_or(Error::NullArgument { argument });
    setup::setup(&Entry {
        tenants: relation(0, "tenants")?,
        usage: relation(1, "usage")?,
        name: text(2, "source")?,
        built_in: false,
        tenant_id: name(3, "tenant_id")?,
        parent_id: name(4, "parent_id")?,
        usage_tenant: name(5, "usage_tenant")?,
        usage_feature: name(6, "usage_feature")?,
        usage_cost: name(7, "usage_cost")?,
        usage_time: name(8, "usage_time")?,
        time_zone: text(9, "time_zone")?,
        features: feature_source(call)?,
    })?;
    Ok(None)
}

/// Arguments 10 to 13: feature_count, features, feature_table, feature_column.
fn feature_source(call: &Call) -> Result<FeatureSource, Error> {
    match (call.int4(10), call.argument(11), call.oid(12)) {
        (None, None, None) => Ok(FeatureSource::Count(source::MODEL_FEATURES)),
        (Some(value), None, None) => u32::try_from(value)
            .map(FeatureSource::Count)
            .map_err(|_| Error::NegativeArgument { argument: "feature_count", value }),
        (None, Some(names), None) => Ok(FeatureSource::Names(ids::text_array(names))),
        (None, None, Some(table)) => {
            let column = call.argument(13).map(text::name).transpose()?;
            let column = column.ok_or(Error::NullArgument { argument: "feature_column" })?;
            Ok(FeatureSource::Table { table, column })
        }
        _ => Err(Error::CatalogueChoice),
    }
}

fn tear_down(call: &Call) -> Answer {
    let name = call.text(0)?.ok_or(Error::NullArgument { argument: "source" })?;
    setup::teardown(&name)?;
    Ok(None)
}

fn status(call: &Call) -> Answer {
    let mut rows = Rows::new(call, STATUS, Flavor::Bigint)?;
    for entry in source::all()? {
        let (name, tenants, usage) = (entry.name.clone(), entry.tenants, entry.usage);
        let source = Source::check(entry);
        let indexes = match &source {
            Ok(source) => advice::missing_indexes(source)?,
            Err(_) => None,
        };
        rows.put(|| {
            Ok([
                Some(text::datum(&name)?),
                Some(Datum::from(tenants)),
                Some(Datum::from(usage)),
                estimated_rows(tenants)?,
                estimated_rows(usage)?,
                Some(text::datum("direct")?),
                Some(Datum::from(0_i64)),
                Some(Datum::from(source.is_ok())),
                source.as_ref().err().map(|error| text::datum(&error.to_string())).transpose()?,
                indexes.as_deref().map(text::datum).transpose()?,
            ])
        })?;
    }
    rows.finish()
}

/// How many rows the planner expects in the relation; nothing if it does not exist.
fn estimated_rows(relation: crate::pg::Oid) -> Answer {
    let Some(name) = catalog::locked_relation_name(relation)? else { return Ok(None) };
    let rows = query::estimate(&statement::all_of(&name), &[])?;
    Ok(Some(count(rows)))
}

fn check_integrity(call: &Call) -> Answer {
    let name = call.bytes(0).ok_or(Error::NullArgument { argument: "source" })?;
    let source = Source::resolve(name)?;
    let mut rows = Rows::new(call, INTEGRITY, Flavor::Bigint)?;
    for finding in integrity::check(&source)? {
        rows.put(|| {
            Ok([
                Some(text::datum(finding.kind)?),
                finding.tenant.as_deref().map(text::datum).transpose()?,
                Some(text::datum(&finding.detail)?),
                Some(Datum::from(finding.n)),
            ])
        })?;
    }
    rows.finish()
}

fn explain(call: &Call) -> Answer {
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, EXPLAIN, reader.flavor)?;
    let Account { source, window, .. } = &*reader.account;
    let among = match root {
        Some(_) => {
            let forest = reader.account.forest()?;
            Members::below(&forest, root.as_ref())?.named(&forest)
        }
        None => None,
    };
    let question = Question {
        source,
        window: *window,
        needs: Needs::ALL,
        among: among.as_deref(),
        kept_plan: false,
        alone: false,
    };
    let (sql, params) = statement::events(&question)?;
    let events = query::estimate(&sql, &params)?;
    let (engine, reason) = match engine::pick(source) {
        Engine::Aggregate => ("aggregate", "one pass over the events"),
        Engine::Portable { reason } => ("portable", reason),
    };
    let tally = tally::last();
    let indexes = advice::missing_indexes(source)?;
    rows.put(|| {
        Ok([
            Some(text::datum(engine)?),
            Some(text::datum(reason)?),
            Some(Datum::from(0_i64)),
            Some(count(events)),
            Some(Datum::from(0_i64)),
            Some(Datum::from(tally.single)),
            Some(Datum::from(tally.passes)),
            Some(Datum::from(tally.cached)),
            indexes.as_deref().map(text::datum).transpose()?,
        ])
    })?;
    rows.finish()
}

/// An estimate as a `bigint`.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn count(rows: f64) -> Datum {
    Datum::from(rows.round() as i64)
}
