//! The one statement by which SQL groups events.

use tenant_metrics_core::series::calendar::Unit;

use super::{Expressions, Statement};
use crate::engine::question::Question;
use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::{types, varlena, zone};

/// What events are told apart by beside tenant and feature, and which of their times are asked for.
#[derive(Default)]
pub(crate) struct Cut {
    /// Whether they are before this time or not.
    pub(crate) split: Option<i64>,
    /// The bucket of time that they are in; events at infinite times are left out.
    pub(crate) bucket: Option<Bucket>,
    /// Whether the first times of groups are asked for, beside the last ones.
    pub(crate) first: bool,
    /// Whether the first time of all the tenant's events since `split` is asked for.
    pub(crate) start: bool,
}

/// Buckets of time, by the clocks of a zone.
pub(crate) enum Bucket {
    /// The groups come in the order of the buckets.
    Of { unit: Unit, zone: Vec<u8> },
    /// Days from `begin` on; earlier events are in none.
    DaysSince { begin: i64, zone: Vec<u8> },
}

const NO_TIME: &str = "NULL::pg_catalog.timestamptz";

/// The question's events, grouped; in the order of the feature's bytes, or of the bucket.
pub(crate) fn groups(question: &Question<'_>, cut: &Cut) -> Result<Statement, Error> {
    let mut parts = Expressions::new(question)?;
    let before = match cut.split {
        None => "false".to_owned(),
        split => {
            let split = parts.bound(split);
            format!("{} OPERATOR(pg_catalog.<) {split}", parts.moment)
        }
    };
    let (bucket, order) = match &cut.bucket {
        None => (NO_TIME.to_owned(), "2"),
        Some(Bucket::Of { unit, zone }) => {
            let unit = parts.parameter(Param::text(zone::field(*unit))?);
            let bucket = date_trunc(&mut parts, &unit, zone);
            parts.condition += &format!(" AND pg_catalog.isfinite({})", parts.zoned);
            (bucket, "3")
        }
        Some(Bucket::DaysSince { begin, zone }) => {
            let begin = parts.parameter(Param::new(types::TIMESTAMPTZ, Some((*begin).into())));
            let day = date_trunc(&mut parts, "'day'", zone);
            let is_late = format!("{} OPERATOR(pg_catalog.>=) {begin}", parts.zoned);
            (format!("CASE WHEN {is_late} THEN {day} END"), "2")
        }
    };
    let [first, first_finite] = match cut.first {
        true => ["pg_catalog.min(event.at)", FIRST_FINITE],
        false => [NO_TIME; 2],
    };
    let start = if cut.start { START } else { NO_TIME };
    let priced = parts.priced();
    Ok(parts.into_statement(
        include_str!("../../../sql/query/groups.sql"),
        &[
            ("bucket", &bucket),
            ("before", &before),
            ("priced", &priced),
            ("first", first),
            ("first_finite", first_finite),
            ("start", start),
            ("order", order),
        ],
    ))
}

const FIRST_FINITE: &str = "pg_catalog.min(event.at) FILTER (WHERE pg_catalog.isfinite(event.at))";

const START: &str = "pg_catalog.min(grouped.first_finite) FILTER (WHERE NOT grouped.is_before) \
                     OVER (PARTITION BY grouped.tenant)";

fn date_trunc(parts: &mut Expressions<'_>, unit: &str, zone: &[u8]) -> String {
    let zone = parts.parameter(Param::new(types::TEXT, Some(varlena::datum(zone))));
    format!("pg_catalog.date_trunc({unit}, {}, {zone})", parts.zoned)
}
