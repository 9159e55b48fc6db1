//! Statements over a window and the period before it, in one scan.

use super::{Expressions, Statement, bound_type, fill, priced};
use crate::engine::Question;
use crate::error::Error;
use crate::pg::query::Param;

/// The accumulator of this aggregate over the question's events. With a `split`, two: over the
/// events from then on, and over those before.
pub(crate) fn period_states(
    question: &Question<'_>,
    aggregate: &str,
    split: Option<i64>,
) -> Result<Statement, Error> {
    let Expressions { tenant, feature, cost, time, moment, condition, mut params } =
        Expressions::new(question)?;
    let state = format!("tenant_metrics.{aggregate}({tenant}, {feature}, {cost}, {time})");
    let states = match split {
        None => state,
        Some(split) => {
            let split = bound(question, split, &mut params);
            format!(
                "{state} FILTER (WHERE {moment} OPERATOR(pg_catalog.>=) {split}), \
                 {state} FILTER (WHERE {moment} OPERATOR(pg_catalog.<) {split})"
            )
        }
    };
    let sql = fill(
        include_str!("../../../sql/query/period_states.sql"),
        &[("states", &states), ("usage", &question.source.usage.name), ("condition", &condition)],
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
        Some(split) => {
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

/// A time as a parameter that the time of an event can be compared with.
fn bound(question: &Question<'_>, time: i64, params: &mut Vec<Param>) -> String {
    params.push(Param::new(bound_type(question.source), Some(time.into())));
    format!("${}", params.len())
}
