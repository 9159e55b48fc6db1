//! The one statement by which SQL groups events.

use tenant_metrics_core::series::calendar::Unit;

use super::expressions::NO_TIME;
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
    /// Whether the first times of groups are asked for, beside the last ones. By day there are
    /// neither.
    pub(crate) first: bool,
    /// Whether the first finite times are asked for: the groups', and the first one of all the
    /// tenant's events since `split`.
    pub(crate) start: bool,
}

/// Buckets of time, by the clocks of a zone.
pub(crate) enum Bucket {
    /// The groups come in the order of the buckets.
    Of { unit: Unit, zone: Vec<u8> },
    /// Days from `begin` on; earlier events are in none.
    DaysSince { begin: i64, zone: Vec<u8> },
}

/// The question's events, grouped; in the order of the feature's bytes, or of the bucket.
pub(crate) fn groups(question: &Question<'_>, cut: &Cut) -> Result<Statement, Error> {
    let mut parts = Expressions::new(question)?;
    let bucket = bucket(&mut parts, cut)?;
    let before = match cut.split {
        None => "false".to_owned(),
        split => {
            let split = parts.bound(split);
            format!("{} OPERATOR(pg_catalog.<) {split}", parts.moment)
        }
    };
    let priced = parts.priced();
    let keys = GroupBy::new(question, cut);
    let [priced_events, cost_sum] = match question.needs.cost {
        true => ["pg_catalog.count(event.priced)", COST_SUM],
        false => ["0::pg_catalog.int8", "NULL::pg_catalog.numeric"],
    };
    let (mut measures, mut measure_sums) = (String::new(), String::new());
    for (number, measure) in parts.finite_measures().enumerate() {
        measures += &format!(", {measure} AS measure_{number}");
        measure_sums += &format!(
            ", pg_catalog.count(event.measure_{number}), \
             pg_catalog.sum(event.measure_{number}::pg_catalog.numeric)"
        );
    }
    let is_by_day = matches!(cut.bucket, Some(Bucket::DaysSince { .. }));
    let last = match question.needs.time && !is_by_day {
        true => "pg_catalog.max(event.at)",
        false => NO_TIME,
    };
    let first = if cut.first { "pg_catalog.min(event.at)" } else { NO_TIME };
    let start = format!(
        "pg_catalog.min({FIRST_FINITE}) FILTER (WHERE NOT {}) OVER (PARTITION BY event.tenant)",
        keys.is_before
    );
    let [first_finite, start] = if cut.start { [FIRST_FINITE, &start] } else { [NO_TIME; 2] };
    Ok(parts.into_statement(
        include_str!("../../../sql/query/groups.sql"),
        &[
            ("feature_key", keys.feature),
            ("bucket", &bucket),
            ("bucket_key", keys.bucket),
            ("before", &before),
            ("before_key", keys.is_before),
            ("keys", &keys.places),
            ("priced", &priced),
            ("priced_events", priced_events),
            ("cost_sum", cost_sum),
            ("first", first),
            ("last", last),
            ("first_finite", first_finite),
            ("start", start),
            ("measures", &measures),
            ("measure_sums", &measure_sums),
            ("order", keys.order),
        ],
    ))
}

const COST_SUM: &str = "pg_catalog.sum(event.priced::pg_catalog.numeric)";

const FIRST_FINITE: &str = "pg_catalog.min(event.at) FILTER (WHERE pg_catalog.isfinite(event.at))";

/// What the events are grouped by. What is the same for all of them is a constant and no key: the
/// server would hash it for each event.
struct GroupBy {
    feature: &'static str,
    bucket: &'static str,
    is_before: &'static str,
    /// Where the keys stand in the result.
    places: String,
    /// Where the one stands that the groups are ordered by.
    order: &'static str,
}

impl GroupBy {
    fn new(question: &Question<'_>, cut: &Cut) -> Self {
        let mut places = "1".to_owned();
        let mut key = |is_key: bool, place: &str, column, constant| match is_key {
            true => {
                places += place;
                column
            }
            false => constant,
        };
        let features = question.needs.features;
        Self {
            feature: key(features, ", 2", FEATURE, "NULL::pg_catalog.text"),
            bucket: key(cut.bucket.is_some(), ", 3", "event.bucket", NO_TIME),
            is_before: key(cut.split.is_some(), ", 4", "event.is_before", "false"),
            order: if matches!(cut.bucket, Some(Bucket::Of { .. })) { "3" } else { "2" },
            places,
        }
    }
}

const FEATURE: &str = "event.feature COLLATE pg_catalog.\"C\"";

/// The start of the bucket that an event is in; those at times without one are left out.
fn bucket(parts: &mut Expressions<'_>, cut: &Cut) -> Result<String, Error> {
    Ok(match &cut.bucket {
        None => NO_TIME.to_owned(),
        Some(Bucket::Of { unit, zone }) => {
            let unit = parts.parameter(Param::text(zone::field(*unit))?);
            parts.condition += &format!(" AND pg_catalog.isfinite({})", parts.zoned);
            date_trunc(parts, &unit, zone)
        }
        Some(Bucket::DaysSince { begin, zone }) => {
            let begin = parts.time(types::TIMESTAMPTZ, Some(*begin));
            let day = date_trunc(parts, "'day'", zone);
            let is_late = format!("{} OPERATOR(pg_catalog.>=) {begin}", parts.zoned);
            format!("CASE WHEN {is_late} THEN {day} END")
        }
    })
}

fn date_trunc(parts: &mut Expressions<'_>, unit: &str, zone: &[u8]) -> String {
    let zone = parts.parameter(Param::new(types::TEXT, Some(varlena::datum(zone))));
    format!("pg_catalog.date_trunc({unit}, {}, {zone})", parts.zoned)
}
