//! The parts of a statement over usage.

use super::{Statement, fill};
use crate::engine::question::{Needs, Question, Window};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::ids::OwnedId;
use crate::pg::query::Param;
use crate::pg::{Oid, catalog, time, types};
use crate::source::dimension::Dimension;
use crate::source::{Source, TimeType};

/// A time zone is at most a week from UTC (POSIX notation allows that much); the pre-filter of a
/// window on naive times is wider by this many microseconds.
const ZONE_MARGIN: i64 = 8 * 24 * 60 * 60 * 1_000_000;

/// The time where there is none, or none is needed.
pub(super) const NO_TIME: &str = "NULL::pg_catalog.timestamptz";

/// The parts of a statement over usage.
pub(super) struct Expressions<'a> {
    source: &'a Source,
    tenant: String,
    feature: String,
    pub(super) cost: String,
    time: String,
    /// The time even if the answer does not need it.
    pub(super) moment: String,
    /// The same as a `timestamptz`. Naive times in UTC come as they are.
    pub(super) zoned: String,
    pub(super) condition: String,
    params: Vec<Param>,
    /// The question's measures, in order.
    measures: Vec<Column>,
}

impl<'a> Expressions<'a> {
    pub(super) fn new(question: &Question<'a>) -> Result<Self, Error> {
        let Question { source, window, needs, dimension, among, .. } = *question;
        let mut params = Vec::new();
        let mut conditions = Vec::new();
        let time = time_expression(source, needs, window, &mut params)?;
        window_conditions(source, window, &time, &mut params, &mut conditions);
        if let Some(ids) = among {
            let column = usage_column(&source.usage_tenant.quoted);
            conditions.push(among_condition(source, &column, ids, &mut params)?);
        }
        let if_needed = |needed: bool, column: &Option<Column>, type_name: &str| match column {
            Some(column) if needed => usage_column(&column.quoted),
            _ => format!("NULL::pg_catalog.{type_name}"),
        };
        let zoned = match source.time_type() {
            TimeType::Naive | TimeType::Date if source.is_utc() => {
                format!("pg_catalog.timezone('UTC', {time})")
            }
            _ => time.clone(),
        };
        Ok(Self {
            source,
            tenant: usage_column(&source.usage_tenant.quoted),
            feature: match dimension {
                Some(dimension) => text_of(dimension),
                None => if_needed(needs.features, &source.usage_feature, "text"),
            },
            cost: if_needed(needs.cost, &source.usage_cost, "float8"),
            moment: time.clone(),
            zoned,
            time: if needs.time { time } else { NO_TIME.into() },
            condition: match conditions.is_empty() {
                true => "true".into(),
                false => conditions.join(" AND "),
            },
            params,
            measures: needs
                .measures
                .places()
                .map(|place| source.measure_column(place))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The measures as further arguments of a call.
    pub(super) fn measures(&self) -> String {
        let columns = self.measures.iter().map(|column| usage_column(&column.quoted));
        columns.map(|column| format!(", {column}")).collect()
    }

    /// Adds a parameter; gives its place in the statement.
    pub(super) fn parameter(&mut self, param: Param) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    /// A time as a parameter that the time of an event can be compared with; NULL if it is missing.
    pub(super) fn bound(&mut self, time: Option<i64>) -> String {
        self.time(bound_type(self.source), time)
    }

    /// A time as a parameter for a column of the result. postgres_fdw writes constants of such a
    /// column in the session's `DateStyle`, in which a time of the hour that clocks repeat is another
    /// one, but parameters in one that is exact.
    pub(super) fn time(&mut self, type_oid: Oid, time: Option<i64>) -> String {
        let param = Param::new(type_oid, time.map(Into::into));
        let is_foreign = catalog::relation_kind(self.source.usage.oid) == b'f';
        self.parameter(if is_foreign { param.unplanned() } else { param })
    }

    /// The cost where it is a finite number, NULL elsewhere.
    pub(super) fn priced(&self) -> String {
        finite(&self.cost, self.source.usage_cost.as_ref())
    }

    /// The measures where they are finite numbers.
    pub(super) fn finite_measures(&self) -> impl Iterator<Item = String> {
        self.measures.iter().map(|column| finite(&usage_column(&column.quoted), Some(column)))
    }

    /// A template with these parts, and with `more` values that only it has places for.
    pub(super) fn into_statement(self, template: &str, more: &[(&str, &str)]) -> Statement {
        let parts = [
            ("tenant", self.tenant.as_str()),
            ("feature", &self.feature),
            ("cost", &self.cost),
            ("time", &self.time),
            ("moment", &self.moment),
            ("usage", &self.source.usage.name),
            ("condition", &self.condition),
        ];
        Statement { sql: fill(template, &[&parts, more].concat()), params: self.params }
    }
}

/// A value of a column where it is a finite number, NULL elsewhere.
fn finite(value: &str, column: Option<&Column>) -> String {
    let type_name = match column.map(|column| column.type_oid) {
        Some(types::FLOAT4 | types::FLOAT8) => "float8",
        Some(types::NUMERIC) => "numeric",
        _ => return value.to_owned(),
    };
    format!(
        "CASE WHEN {value} OPERATOR(pg_catalog.<>) ALL \
         ('{{NaN,Infinity,-Infinity}}'::pg_catalog.{type_name}[]) THEN {value} END"
    )
}

/// The events of these tenants. One tenant is compared for equality, which the planner knows
/// the selectivity of.
fn among_condition(
    source: &Source,
    column: &str,
    ids: &[OwnedId],
    params: &mut Vec<Param>,
) -> Result<String, Error> {
    let id_type = source.usage_tenant_type;
    let number = params.len() + 1;
    if ids.is_empty() {
        return Ok("false".into());
    }
    if let [id] = ids {
        params.push(Param::new(id_type.oid(), id_type.datum(id.borrow())));
        return Ok(format!("{column} OPERATOR(pg_catalog.=) ${number}"));
    }
    let ids = id_type.array(ids.iter().map(OwnedId::borrow))?;
    params.push(Param::new(id_type.array_oid(), Some(ids)));
    Ok(format!("{column} OPERATOR(pg_catalog.=) ANY (${number})"))
}

/// The time of an event, as a `timestamptz` or as the `timestamp` that it is in UTC.
fn time_expression(
    source: &Source,
    needs: Needs,
    window: Window,
    params: &mut Vec<Param>,
) -> Result<String, Error> {
    let Some(usage_time) = &source.usage_time else { return Ok(NO_TIME.into()) };
    let column = usage_column(&usage_time.column.quoted);
    let naive = match usage_time.time_type {
        TimeType::Zoned => return Ok(column),
        TimeType::Naive => column,
        TimeType::Date => format!("{column}::pg_catalog.timestamp"),
    };
    let asked = needs.time || window.since.is_some() || window.until.is_some();
    if source.is_utc() || !asked {
        return Ok(naive);
    }
    params.push(Param::text(&source.time_zone)?);
    Ok(format!("pg_catalog.timezone(${}, {naive})", params.len()))
}

/// The window as conditions that an index on the time column can serve.
///
/// A naive time in UTC is the same number as the `timestamptz`, so the bound is compared as it is.
/// In another zone the exact condition is on the converted time, with a wider one on the column
/// for the index: conversion is not even monotonic where clocks are set forward.
fn window_conditions(
    source: &Source,
    window: Window,
    time: &str,
    params: &mut Vec<Param>,
    conditions: &mut Vec<String>,
) {
    // A window of a source without times has no bounds.
    let Some(usage_time) = &source.usage_time else { return };
    let column = usage_column(&usage_time.column.quoted);
    let bound_type = bound_type(source);
    let bounds = [(window.since, ">=", -ZONE_MARGIN), (window.until, "<", ZONE_MARGIN)];
    for (bound, operator, margin) in bounds {
        let Some(bound) = bound else { continue };
        let mut compare = |expression: &str, bound: i64, type_oid: Oid| {
            params.push(Param::new(type_oid, Some(bound.into())));
            let number = params.len();
            conditions.push(format!("{expression} OPERATOR(pg_catalog.{operator}) ${number}"));
        };
        if source.names_zone() {
            compare(time, bound, bound_type);
            if time::is_finite(bound) {
                let wide = time::bound(bound.saturating_add(margin));
                compare(&column, wide, types::TIMESTAMP);
            }
        } else {
            compare(&column, bound, bound_type);
        }
    }
}

/// The type that the time of an event, as it is read, is compared with.
fn bound_type(source: &Source) -> Oid {
    match source.time_type() {
        TimeType::Naive | TimeType::Date if !source.names_zone() => types::TIMESTAMP,
        _ => types::TIMESTAMPTZ,
    }
}

/// The value of a dimension as a text.
fn text_of(dimension: &Dimension) -> String {
    let column = usage_column(&dimension.column.quoted);
    if dimension.is_text { column } else { format!("{column}::pg_catalog.text") }
}

fn usage_column(quoted: &str) -> String {
    format!("u.{quoted}")
}
