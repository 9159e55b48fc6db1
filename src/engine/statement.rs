//! The statements that readers run, from the templates in `sql/query`.
//!
//! Only identifiers, quoted, and expressions made here go into the text; values are parameters.
//! Everything is qualified, because the statements run in the caller's search_path.

#![expect(clippy::disallowed_methods, reason = "a statement has a few parts, of short names")]

mod periods;

use super::{Needs, Question, Window};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::query::Param;
use crate::pg::{Oid, time};
use crate::source::{Source, TimeType};
pub(crate) use periods::{adoption_state, feature_state, period_groups, period_state};

/// A time zone is at most a week from UTC (POSIX notation allows that much); the pre-filter of a
/// window on naive times is wider by this many microseconds.
const ZONE_MARGIN: i64 = 8 * 24 * 60 * 60 * 1_000_000;

/// A statement and its parameters.
pub(crate) type Statement = (String, Vec<Param>);

/// All tenants: id, parent.
pub(crate) fn links(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/links.sql"),
        &[
            ("id", &source.tenant_id.quoted),
            ("parent", &source.parent_id.quoted),
            ("tenants", &source.tenants.name),
        ],
    )
}

/// The parent of the tenant `$1`.
pub(crate) fn parent(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/parent.sql"),
        &[
            ("id", &source.tenant_id.quoted),
            ("parent", &source.parent_id.quoted),
            ("tenants", &source.tenants.name),
        ],
    )
}

/// The tenants whose parent is among `$1`.
pub(crate) fn children(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/children.sql"),
        &[
            ("id", &source.tenant_id.quoted),
            ("parent", &source.parent_id.quoted),
            ("tenants", &source.tenants.name),
        ],
    )
}

/// Whether `$1` is a tenant.
pub(crate) fn is_tenant(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/is_tenant.sql"),
        &[("id", &source.tenant_id.quoted), ("tenants", &source.tenants.name)],
    )
}

/// One column of a table.
pub(crate) fn column_of(table: &str, column: &str) -> String {
    fill(include_str!("../../sql/query/column_of.sql"), &[("column", column), ("table", table)])
}

/// The accumulator over the question's events.
pub(crate) fn usage_state(question: &Question<'_>) -> Result<Statement, Error> {
    let template = include_str!("../../sql/query/usage_state.sql");
    let Expressions { tenant, feature, cost, time, condition, params, .. } =
        Expressions::new(question)?;
    let usage = &question.source.usage.name;
    let sql = fill(
        template,
        &[
            ("tenant", &tenant),
            ("feature", &feature),
            ("cost", &cost),
            ("time", &time),
            ("usage", usage),
            ("condition", &condition),
        ],
    );
    Ok((sql, params))
}

/// The question's events grouped by tenant and feature, in order of the feature.
pub(crate) fn grouped_usage(question: &Question<'_>) -> Result<Statement, Error> {
    let template = include_str!("../../sql/query/grouped_usage.sql");
    let Expressions { tenant, feature, cost, time, condition, params, .. } =
        Expressions::new(question)?;
    let usage = &question.source.usage.name;
    let priced = priced(&cost, question.source.usage_cost.type_oid);
    let sql = fill(
        template,
        &[
            ("tenant", &tenant),
            ("feature", &feature),
            ("priced", &priced),
            ("time", &time),
            ("usage", usage),
            ("condition", &condition),
        ],
    );
    Ok((sql, params))
}

/// The features that usage names, in order, each with the number of its events.
pub(crate) fn named_features(source: &Source) -> String {
    fill(
        include_str!("../../sql/query/named_features.sql"),
        &[("feature", &source.usage_feature.quoted), ("usage", &source.usage.name)],
    )
}

/// The question's events as bare rows, for the planner's estimate of their number and price.
pub(crate) fn events(question: &Question<'_>) -> Result<Statement, Error> {
    let Expressions { tenant, feature, cost, time, condition, params, .. } =
        Expressions::new(question)?;
    let sql = fill(
        include_str!("../../sql/query/events.sql"),
        &[
            ("tenant", &tenant),
            ("feature", &feature),
            ("cost", &cost),
            ("time", &time),
            ("usage", &question.source.usage.name),
            ("condition", &condition),
        ],
    );
    Ok((sql, params))
}

/// The parts of a statement over usage.
pub(super) struct Expressions {
    pub(super) tenant: String,
    pub(super) feature: String,
    pub(super) cost: String,
    pub(super) time: String,
    /// The time even if the answer does not need it; only for windows with a bound.
    moment: String,
    pub(super) condition: String,
    pub(super) params: Vec<Param>,
}

impl Expressions {
    pub(super) fn new(question: &Question<'_>) -> Result<Self, Error> {
        let Question { source, window, needs, among, .. } = question;
        let mut params = Vec::new();
        let mut conditions = Vec::new();
        let time = time_expression(source, *needs, *window, &mut params)?;
        window_conditions(source, *window, &time, &mut params, &mut conditions);
        if let Some(ids) = among {
            let column = usage_column(&source.usage_tenant.quoted);
            conditions.push(among_condition(source, &column, ids, &mut params)?);
        }
        let unless_needed = |needed: bool, column: &str, type_name: &str| match needed {
            true => usage_column(column),
            false => format!("NULL::pg_catalog.{type_name}"),
        };
        Ok(Self {
            tenant: usage_column(&source.usage_tenant.quoted),
            feature: unless_needed(needs.features, &source.usage_feature.quoted, "text"),
            cost: unless_needed(needs.cost, &source.usage_cost.quoted, "float8"),
            moment: time.clone(),
            time: if needs.time { time } else { "NULL::pg_catalog.timestamptz".into() },
            condition: match conditions.is_empty() {
                true => "true".into(),
                false => conditions.join(" AND "),
            },
            params,
        })
    }
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
    let column = usage_column(&source.usage_time.quoted);
    let naive = match source.time_type {
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
    let column = usage_column(&source.usage_time.quoted);
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
                compare(&column, wide, pgrx::pg_sys::TIMESTAMPOID);
            }
        } else {
            compare(&column, bound, bound_type);
        }
    }
}

/// The type that the time of an event, as it is read, is compared with.
fn bound_type(source: &Source) -> Oid {
    match source.time_type {
        TimeType::Naive | TimeType::Date if !source.names_zone() => pgrx::pg_sys::TIMESTAMPOID,
        _ => pgrx::pg_sys::TIMESTAMPTZOID,
    }
}

/// The cost where it is a finite number, NULL elsewhere.
pub(super) fn priced(cost: &str, type_oid: Oid) -> String {
    let type_name = match type_oid {
        pgrx::pg_sys::FLOAT4OID | pgrx::pg_sys::FLOAT8OID => "float8",
        pgrx::pg_sys::NUMERICOID => "numeric",
        _ => return cost.to_owned(),
    };
    format!(
        "CASE WHEN {cost} OPERATOR(pg_catalog.<>) ALL \
         ('{{NaN,Infinity,-Infinity}}'::pg_catalog.{type_name}[]) THEN {cost} END"
    )
}

fn usage_column(quoted: &str) -> String {
    format!("u.{quoted}")
}

/// Puts values into the `{places}` of a template.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(place, _)| *place == name);
        debug_assert!(value.is_some(), "the template has no value for {name}");
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(fill("a {x} b {y}", &[("x", "\"{y}\""), ("y", "z")]), "a \"{y}\" b z");
    }
}
