//! Usage by bucket of time, and tenants by when they were active.

use tenant_metrics_core::memory;
use tenant_metrics_core::series::calendar::Unit;
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::series::totals::GroupTotals;
use tenant_metrics_core::subtree::Scope;

use super::{Reader, choice, counted, scope, window};
use crate::engine::grove::Grove;
use crate::engine::members::Members;
use crate::engine::question::{Needs, Window};
use crate::engine::series::activity::{self, ActivityOfTenants};
use crate::engine::series::listed::{Listed, named, one_group};
use crate::engine::series::{BucketRow, Series};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::zone::Zone;
use crate::pg::{Datum, numeric, time};
use crate::source::measure::Measure;

sql_function!(tenant_usage_series, usage_series);
sql_function!(tenant_usage_series_for, usage_series_for);
sql_function!(tenant_activity, activity);

/// The columns of `tenant_metrics.usage_series_row`.
const USAGE_SERIES: [ResultColumn; 9] = [
    ("bucket_start", ColumnType::Timestamptz),
    ("bucket_local", ColumnType::Timestamp),
    ("events", ColumnType::Int8),
    ("cost", ColumnType::Numeric),
    ("unpriced_events", ColumnType::Int8),
    ("features_used", ColumnType::Int4),
    ("active_tenants", ColumnType::Int8),
    ("value", ColumnType::Numeric),
    ("missing_events", ColumnType::Int8),
];

/// The columns of `tenant_metrics.usage_series_for_row`.
const USAGE_SERIES_FOR: [ResultColumn; 10] = [
    ("tenant_id", ColumnType::Id),
    ("bucket_start", ColumnType::Timestamptz),
    ("bucket_local", ColumnType::Timestamp),
    ("events", ColumnType::Int8),
    ("cost", ColumnType::Numeric),
    ("unpriced_events", ColumnType::Int8),
    ("features_used", ColumnType::Int4),
    ("active_tenants", ColumnType::Int8),
    ("value", ColumnType::Numeric),
    ("missing_events", ColumnType::Int8),
];

/// The columns of `tenant_metrics.activity_row`.
const ACTIVITY: [ResultColumn; 9] = [
    ("day", ColumnType::Date),
    ("tenants", ColumnType::Int8),
    ("active_day", ColumnType::Int8),
    ("active_week", ColumnType::Int8),
    ("active_month", ColumnType::Int8),
    ("day_over_month", ColumnType::Float8),
    ("new_tenants", ColumnType::Int8),
    ("recovered_tenants", ColumnType::Int8),
    ("lapsed_tenants", ColumnType::Int8),
];

const UNITS: &[(&str, Unit)] = &[
    ("hour", Unit::Hour),
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("quarter", Unit::Quarter),
    ("year", Unit::Year),
];

/// The arguments that all series have after the tenants: since, until, bucket, tz, scope, source,
/// measure.
struct SeriesArguments<'a> {
    unit: Unit,
    tz: &'a [u8],
    scope: Scope,
    reader: Reader,
    zone: Zone,
    measure: Measure,
}

impl<'a> SeriesArguments<'a> {
    fn new(call: &'a Call) -> Result<Self, Error> {
        let unit = choice(call, 3, "bucket", UNITS)?;
        let (tz, zone) = zone(call, 4, unit)?;
        let scope = scope(call, 5)?;
        let reader = Reader::new(call, 6, window(call, 1)?)?;
        reader.demand(Needs::TIME)?;
        let measure = reader.measure_shown(call, 7)?;
        Ok(Self { unit, tz, scope, reader, zone, measure })
    }

    fn frame(&self, groups: Groups) -> Result<Frame, Error> {
        Ok(Frame { groups, unit: self.unit, zone: memory::copied(self.tz)?, last_day: None })
    }
}

fn usage_series(call: &Call) -> Answer {
    let arguments = SeriesArguments::new(call)?;
    let reader = &arguments.reader;
    let id = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &USAGE_SERIES, reader.flavor)?;
    let grove = Grove::around_one(&reader.account, id.as_ref(), arguments.scope)?;
    let members = Members::of(&grove.forest, id.as_ref(), arguments.scope)?;
    let frame = arguments.frame(one_group(&grove.forest, &members)?)?;
    let shown = (Needs::ALL.in_source(&reader.account.source), arguments.measure);
    let named = grove.named(&members)?;
    let series = Series::read(&reader.account, frame, named.as_deref(), arguments.measure)?;
    if members.exist() {
        for bucket in series.buckets(&arguments.zone)?.of_group(0) {
            rows.put(|| bucket_row(&bucket, shown))?;
        }
    }
    rows.finish()
}

fn usage_series_for(call: &Call) -> Answer {
    let arguments = SeriesArguments::new(call)?;
    let reader = &arguments.reader;
    let mut rows = Rows::new(call, &USAGE_SERIES_FOR, reader.flavor)?;
    let Some(ids) = reader.ids(call, 0)? else { return rows.finish() };
    let grove = Grove::around(&reader.account, Some(&ids), arguments.scope)?;
    let forest = &grove.forest;
    let places = memory::collect(ids.iter().filter_map(|id| forest.find(id.borrow())))?;
    let listed = Listed::new(forest, &places, arguments.scope)?;
    let groups = listed.groups(forest)?;
    let named = named(&groups, &grove)?;
    let (frame, measure) = (arguments.frame(groups)?, arguments.measure);
    let series = Series::read(&reader.account, frame, named.as_deref(), measure)?;
    let buckets = series.buckets(&arguments.zone)?;
    let shown = (Needs::ALL.in_source(&reader.account.source), measure);
    for (place, group) in listed.in_order() {
        let id = reader.flavor.datum(forest.id(place));
        for bucket in buckets.of_group(group) {
            rows.put(|| {
                let mut row = [Some(id); 10];
                row[1..].copy_from_slice(&bucket_row(&bucket, shown)?);
                Ok(row)
            })?;
        }
    }
    rows.finish()
}

fn activity(call: &Call) -> Answer {
    let at = call.int8(1).ok_or(Error::NullArgument { argument: "at" })?;
    if !time::is_finite(at) {
        return Err(Error::InfiniteArgument { argument: "at" });
    }
    let (tz, zone) = zone(call, 2, Unit::Day)?;
    let counted = counted(call, 4)?;
    let reader = Reader::new(call, 3, Window::ALWAYS)?;
    reader.demand(Needs::TIME)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &ACTIVITY, reader.flavor)?;
    let grove = Grove::around_one(&reader.account, root.as_ref(), Scope::Subtree)?;
    let members = Members::below(&grove.forest, root.as_ref())?;
    let groups = one_group(&grove.forest, &members)?;
    let frame = Frame { groups, unit: Unit::Day, zone: memory::copied(tz)?, last_day: None };
    let asked = (&grove, &members);
    let ActivityOfTenants { day, tenants, active } =
        activity::activity(&reader.account, &zone, at, frame, asked, counted)?;
    if members.exist() {
        let rate = active.day as f64 / active.month as f64;
        rows.put(|| {
            Ok([
                Some(Datum::from(day)),
                Some(Datum::from(tenants)),
                Some(Datum::from(active.day)),
                Some(Datum::from(active.week)),
                Some(Datum::from(active.month)),
                (active.month > 0).then(|| Datum::from(rate.to_bits())),
                Some(Datum::from(active.new)),
                Some(Datum::from(active.recovered)),
                Some(Datum::from(active.lapsed)),
            ])
        })?;
    }
    rows.finish()
}

/// The columns of a bucket from `bucket_start` on, of a source that has columns for these needs, with
/// the value of this measure.
fn bucket_row(
    bucket: &BucketRow<'_>,
    (has, measure): (Needs, Measure),
) -> Result<[Option<Datum>; 9], Error> {
    let none = GroupTotals::default();
    let totals = bucket.totals.unwrap_or(&none);
    let cost = has.cost.then(|| numeric::datum(&totals.cost)).transpose()?;
    let unpriced = has.cost.then(|| Datum::from(totals.unpriced));
    let (value, missing) = match measure {
        Measure::Cost => (cost, unpriced),
        Measure::Further(_) => {
            (Some(numeric::datum(&totals.sum.total)?), Some(Datum::from(totals.sum.missing)))
        }
    };
    Ok([
        Some(Datum::from(bucket.start)),
        bucket.local,
        Some(Datum::from(totals.events)),
        cost,
        unpriced,
        has.features.then(|| Datum::from(totals.features)),
        Some(Datum::from(totals.tenants)),
        value,
        missing,
    ])
}

/// The argument `tz`: its name and the zone.
fn zone(call: &Call, index: usize, unit: Unit) -> Result<(&[u8], Zone), Error> {
    let name = call.bytes(index)?.ok_or(Error::NullArgument { argument: "tz" })?;
    Ok((name, Zone::new(name, unit)?))
}
