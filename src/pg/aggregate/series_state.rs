//! The aggregate `tenant_metrics.series_state(tenant, feature, cost, time, frame)`: totals by
//! bucket of time. The frame, a constant, says who is counted and where buckets begin. With a
//! measure as a further argument its sums are among them.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::counting::SeriesCounting;
use tenant_metrics_core::series::activity::PeriodClock;
use tenant_metrics_core::series::calendar::{Clock, Offset};
use tenant_metrics_core::series::frame::Frame;

use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::zone::Zone;
use crate::pg::{time, varlena};

aggregate!("series_state", SeriesState);

struct SeriesState;

enum BucketClock {
    Calendar(Zone),
    Periods(PeriodClock<Zone>),
}

impl Clock for BucketClock {
    fn shown(&self, time: i64) -> Offset {
        match self {
            Self::Calendar(zone) => zone.shown(time),
            Self::Periods(periods) => periods.shown(time),
        }
    }

    fn bucket_start(&self, time: i64) -> i64 {
        match self {
            Self::Calendar(zone) => zone.bucket_start(time),
            Self::Periods(periods) => periods.bucket_start(time),
        }
    }
}

impl Aggregate for SeriesState {
    type Layout = Columns;
    type Counting = SeriesCounting<BucketClock>;

    fn begin(call: &Call) -> Result<(Columns, Self::Counting), Error> {
        let columns = Columns::with_measures(call, "series_state", 6)?;
        let frame = call.argument(5).ok_or(CoreError::MalformedState)?;
        // SAFETY: the argument is a bytea and lives through the call.
        let Frame { groups, unit, zone, last_day } =
            Frame::from_bytes(unsafe { varlena::bytes(frame) })?;
        let zone = Zone::new(&zone, unit)?;
        let (clock, always) = match last_day {
            None => (BucketClock::Calendar(zone), None),
            // What always was is earlier than any period.
            Some(day) => (BucketClock::Periods(PeriodClock::new(zone, day)), Some(time::EARLIEST)),
        };
        Ok((columns, SeriesCounting::new(groups, unit, clock, always)))
    }

    fn empty(columns: &Columns, counting: &Self::Counting, limit: usize) -> Counts<Self> {
        counting.empty(columns.measures.len(), limit)
    }
}
