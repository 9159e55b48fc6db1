//! The statements over usage by bucket of time.

#![expect(clippy::disallowed_methods, reason = "a statement has a few parameters")]

use tenant_metrics_core::series::frame::Frame;

use crate::engine::Question;
use crate::engine::statement::{Expressions, Statement, fill, priced};
use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::{varlena, zone};
use crate::source::{Source, TimeType};

/// The accumulator over the question's events, with the frame as bytes.
pub(super) fn series_state(question: &Question<'_>, frame: &[u8]) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/series_state.sql");
    let parts = Expressions::new(question)?;
    let mut params = parts.params;
    let frame = parameter(&mut params, Param::bytea(frame));
    let sql = fill(
        template,
        &[
            ("tenant", &parts.tenant),
            ("feature", &parts.feature),
            ("cost", &parts.cost),
            ("time", &parts.time),
            ("frame", &frame),
            ("usage", &question.source.usage.name),
            ("condition", &parts.condition),
        ],
    );
    Ok((sql, params))
}

/// The question's events grouped by bucket, tenant and feature, in order of the bucket.
pub(super) fn grouped_series(question: &Question<'_>, frame: &Frame) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/grouped_series.sql");
    let parts = Expressions::new(question)?;
    let mut params = parts.params;
    let unit = parameter(&mut params, Param::text(zone::field(frame.unit))?);
    let zone = zone_parameter(&mut params, frame);
    let sql = fill(
        template,
        &[
            ("unit", &unit),
            ("zone", &zone),
            ("time", &zoned(question.source, &parts.time)),
            ("tenant", &parts.tenant),
            ("feature", &parts.feature),
            ("priced", &priced(&parts.cost, question.source.usage_cost.type_oid)),
            ("usage", &question.source.usage.name),
            ("condition", &parts.condition),
        ],
    );
    Ok((sql, params))
}

/// The days from `begin` on of the question's events by tenant.
pub(super) fn grouped_activity(
    question: &Question<'_>,
    frame: &Frame,
    begin: i64,
) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/grouped_activity.sql");
    let parts = Expressions::new(question)?;
    let mut params = parts.params;
    let zone = zone_parameter(&mut params, frame);
    let begin = Param::new(pgrx::pg_sys::TIMESTAMPTZOID, Some(begin.into()));
    let begin = parameter(&mut params, begin);
    let sql = fill(
        template,
        &[
            ("zone", &zone),
            ("begin", &begin),
            ("time", &zoned(question.source, &parts.time)),
            ("tenant", &parts.tenant),
            ("usage", &question.source.usage.name),
            ("condition", &parts.condition),
        ],
    );
    Ok((sql, params))
}

/// The time as a `timestamptz`. Naive times in UTC come as they are.
fn zoned(source: &Source, time: &str) -> String {
    if source.time_type != TimeType::Zoned && source.is_utc() {
        format!("pg_catalog.timezone('UTC', {time})")
    } else {
        time.to_owned()
    }
}

fn zone_parameter(params: &mut Vec<Param>, frame: &Frame) -> String {
    let zone = varlena::datum(&frame.zone);
    parameter(params, Param::new(pgrx::pg_sys::TEXTOID, Some(zone)))
}

/// Adds a parameter; gives its place in the statement.
fn parameter(params: &mut Vec<Param>, param: Param) -> String {
    params.push(param);
    format!("${}", params.len())
}
