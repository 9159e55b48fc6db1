//! The statements whose value is the state of one of the library's aggregates; and the events
//! themselves, whose price is theirs.

use super::{Expressions, Statement};
use crate::engine::question::Question;
use crate::error::Error;
use crate::pg::query::Param;

/// The events as bare rows.
pub(crate) fn events(question: &Question<'_>) -> Result<Statement, Error> {
    measured(question, include_str!("../../../sql/query/events.sql"))
}

/// Totals by tenant.
pub(crate) fn usage_state(question: &Question<'_>) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/usage_state.sql");
    Ok(Expressions::new(question)?.into_statement(template, &[]))
}

/// Totals by tenant, with the sums of the question's measures.
pub(crate) fn measured_state(question: &Question<'_>) -> Result<Statement, Error> {
    measured(question, include_str!("../../../sql/query/measured_state.sql"))
}

/// Totals by tenant and feature.
pub(crate) fn feature_state(question: &Question<'_>) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/feature_state.sql");
    Ok(Expressions::new(question)?.into_statement(template, &[]))
}

/// Totals by tenant and feature, with the sum of the question's measure.
pub(crate) fn measured_feature_state(question: &Question<'_>) -> Result<Statement, Error> {
    measured(question, include_str!("../../../sql/query/measured_feature_state.sql"))
}

/// Totals by tenant, of the events since `split` and of those before, with the sum of the
/// question's measure if it has one.
pub(crate) fn period_state(question: &Question<'_>, split: i64) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/period_state.sql");
    let mut parts = Expressions::new(question)?;
    let (split, measures) = (parts.bound(Some(split)), parts.measures());
    Ok(parts.into_statement(template, &[("split", &split), ("measures", &measures)]))
}

/// When each tenant first used each feature since `split`, and whether before; all events count
/// as since then without a `split`.
pub(crate) fn adoption_state(
    question: &Question<'_>,
    split: Option<i64>,
) -> Result<Statement, Error> {
    divided(question, split, include_str!("../../../sql/query/adoption_state.sql"))
}

/// Numbers of events by tenant and by feature; those since `future` are in the future.
pub(crate) fn audit_state(
    question: &Question<'_>,
    future: Option<i64>,
) -> Result<Statement, Error> {
    let mut parts = Expressions::new(question)?;
    if !question.needs.cost {
        // Else each event would be one without a price.
        parts.cost = "0::pg_catalog.int8".into();
    }
    let future = parts.bound(future);
    let template = include_str!("../../../sql/query/audit_state.sql");
    Ok(parts.into_statement(template, &[("split", &future)]))
}

fn measured(question: &Question<'_>, template: &str) -> Result<Statement, Error> {
    let parts = Expressions::new(question)?;
    let measures = parts.measures();
    Ok(parts.into_statement(template, &[("measures", &measures)]))
}

fn divided(
    question: &Question<'_>,
    split: Option<i64>,
    template: &str,
) -> Result<Statement, Error> {
    let mut parts = Expressions::new(question)?;
    let split = parts.bound(split);
    Ok(parts.into_statement(template, &[("split", &split)]))
}

/// Totals by group of tenants and bucket of time, with the frame as bytes and with the sum of the
/// question's measure if it has one.
pub(crate) fn series_state(question: &Question<'_>, frame: &[u8]) -> Result<Statement, Error> {
    let mut parts = Expressions::new(question)?;
    let frame = parts.parameter(Param::bytea(frame));
    let measures = parts.measures();
    let template = include_str!("../../../sql/query/series_state.sql");
    Ok(parts.into_statement(template, &[("frame", &frame), ("measures", &measures)]))
}
