//! Statements over a window and the period before it, in one scan.

use super::{Expressions, Statement, bound_type, fill, priced};
use crate::engine::Question;
use crate::error::Error;
use crate::pg::query::Param;

/// The accumulator over the question's events by tenant and feature.
pub(crate) fn feature_state(question: &Question<'_>) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/feature_state.sql");
    over_events(question, template, None)
}

/// The accumulators over the question's events since `split` and before.
pub(crate) fn period_state(question: &Question<'_>, split: i64) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/period_state.sql");
    over_events(question, template, Some(split))
}

/// When each tenant first used each feature since `split`, and whether before; all events count
/// as since then without a `split`.
pub(crate) fn adoption_state(
    question: &Question<'_>,
    split: Option<i64>,
) -> Result<Statement, Error> {
    let template = include_str!("../../../sql/query/adoption_state.sql");
    over_events(question, template, split)
}

fn over_events(
    question: &Question<'_>,
    template: &str,
    split: Option<i64>,
) -> Result<Statement, Error> {
    let Expressions { tenant, feature, cost, time, moment, condition, mut params } =
        Expressions::new(question)?;
    let split = bound(question, split, &mut params);
    let sql = fill(
        template,
        &[
            ("tenant", &tenant),
            ("feature", &feature),
            ("cost", &cost),
            ("time", &time),
            ("moment", &moment),
            ("split", &split),
            ("usage", &question.source.usage.name),
            ("condition", &condition),
        ],
    );
    Ok((sql, params))
}

/// The question's events grouped by tenant, feature and whether they are before `split`, in order
/// of the feature. `starts` says whether the first time of each tenant is asked for.
pub(crate) fn period_groups(
    question: &Question<'_>,
    split: Option<i64>,
    starts: bool,
) -> Result<Statement, Error> {
    let Expressions { tenant, feature, cost, time, moment, condition, mut params } =
        Expressions::new(question)?;
    let before = match split {
        None => "false".into(),
        Some(_) => {
            let split = bound(question, split, &mut params);
            format!("{moment} OPERATOR(pg_catalog.<) {split}")
        }
    };
    let start = match starts {
        true => {
            "pg_catalog.min(period.first_finite) FILTER (WHERE NOT period.is_before) \
             OVER (PARTITION BY period.tenant)"
        }
        false => "NULL::pg_catalog.timestamptz",
    };
    let sql = fill(
        include_str!("../../../sql/query/period_groups.sql"),
        &[
            ("start", start),
            ("tenant", &tenant),
            ("feature", &feature),
            ("priced", &priced(&cost, question.source.usage_cost.type_oid)),
            ("time", &time),
            ("before", &before),
            ("usage", &question.source.usage.name),
            ("condition", &condition),
        ],
    );
    Ok((sql, params))
}

/// A time as a parameter that the time of an event can be compared with; NULL if it is missing.
fn bound(question: &Question<'_>, time: Option<i64>, params: &mut Vec<Param>) -> String {
    params.push(Param::new(bound_type(question.source), time.map(Into::into)));
    format!("${}", params.len())
}
