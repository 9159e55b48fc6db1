//! The aggregate `tenant_metrics.series_state(tenant, feature, cost, time, frame)`: totals by
//! bucket of time. The frame, a constant, says who is counted and where buckets begin. With a
//! measure as a further argument its sums are among them.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::series::activity::PeriodClock;
use tenant_metrics_core::series::calendar::{Clock, Offset};
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::series::timeline::Timeline;

use super::arguments::{EventTypes, MeasureTypes};
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::zone::Zone;
use crate::pg::{time, varlena};

aggregate!("series_state", SeriesState);

/// What stays the same from event to event, and what is known of the buckets.
struct SeriesState {
    types: EventTypes,
    measures: MeasureTypes,
    groups: Groups,
    clock: BucketClock,
    timeline: Timeline,
    /// Bytes of the timeline that the counts know of.
    charged: usize,
}

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

impl Transition for SeriesState {
    type Accumulator = SeriesCounts;
    /// The number of the tenant and of its group, if it is one that is counted.
    type Place = Option<(u32, u32)>;

    fn begin(call: &Call) -> Result<Self, Error> {
        let types = EventTypes::demand(call, "series_state")?;
        let measures = MeasureTypes::demand(call, "series_state", 6)?;
        let frame = call.argument(5).ok_or(CoreError::MalformedState)?;
        // SAFETY: the argument is a bytea and lives through the call.
        let Frame { groups, unit, zone, last_day } =
            Frame::from_bytes(unsafe { varlena::bytes(frame) })?;
        let zone = Zone::new(&zone, unit)?;
        let clock = match last_day {
            None => BucketClock::Calendar(zone),
            Some(day) => BucketClock::Periods(PeriodClock::new(zone, day)),
        };
        Ok(Self { types, measures, groups, clock, timeline: Timeline::new(unit), charged: 0 })
    }

    fn empty(&self, limit: usize) -> SeriesCounts {
        let counts = SeriesCounts::new(self.groups.len(), self.groups.above().len(), limit);
        counts.with_measures(self.measures.len())
    }

    #[inline(always)]
    fn place(&self, event: Arguments<'_>, _: &mut SeriesCounts) -> Result<Self::Place, CoreError> {
        // SAFETY: the argument has the type that `begin` demanded.
        let tenant = unsafe { self.types.tenant(event) };
        Ok(tenant.and_then(|id| self.groups.find(id)))
    }

    /// Counts the event, if it is one of the tenants' and in a bucket.
    #[inline]
    fn record(
        &mut self,
        place: Self::Place,
        event: Arguments<'_>,
        counts: &mut SeriesCounts,
    ) -> Result<(), CoreError> {
        let Some((tenant, group)) = place else { return Ok(()) };
        // SAFETY: `begin` demanded that this argument is a time.
        let time = unsafe { event.time(4) };
        let Some(time) = time.and_then(|time| self.placed(time)) else { return Ok(()) };
        let bucket = self.timeline.find(time, &self.clock, |start| counts.bucket(start))?;
        if self.timeline.bytes() != self.charged {
            self.charged = self.timeline.bytes();
            counts.charge(self.groups.bytes() + self.charged)?;
        }
        counts.note(time);
        // SAFETY: as above.
        let (feature, cost) = unsafe { (self.types.feature(event), self.types.cost(event)) };
        let key = GroupingKey { bucket, tenant, group };
        counts.record(key, feature, cost)?;
        counts.record_values(key, self.measures.values(event), |(measure, value)| {
            // SAFETY: as above.
            unsafe { measure.argument(value) }
        })
    }
}

impl SeriesState {
    /// The time by which an event is put into a bucket: none for infinite ones, but that what
    /// always was is earlier than any period.
    #[inline]
    fn placed(&self, time: i64) -> Option<i64> {
        match self.clock {
            BucketClock::Periods(_) if time == i64::MIN => Some(time::EARLIEST),
            _ => time::is_finite(time).then_some(time),
        }
    }
}
