//! The aggregate `tenant_metrics.series_state(tenant, feature, cost, time, frame)`: totals by
//! bucket of time. The frame, a constant, says who is counted and where buckets begin. With a
//! measure as a further argument its sums are among them.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::counting::SeriesCounting;
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;

use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::varlena;
use crate::pg::zone::BucketClock;

aggregate!("series_state", SeriesState);

struct SeriesState;

impl Aggregate for SeriesState {
    type Layout = Columns;
    type Counting = SeriesCounting<Groups, BucketClock>;

    fn begin(call: &Call) -> Result<(Columns, Self::Counting), Error> {
        let columns = Columns::with_measures(call, "series_state", 6)?;
        // SAFETY: the argument is a bytea.
        Ok((columns, unsafe { counting(call, 5)? }))
    }

    fn empty(columns: &Columns, counting: &Self::Counting, limit: usize) -> Counts<Self> {
        counting.empty(columns.measures.len(), limit)
    }
}

/// What counts the events of the frame in this place among the arguments.
///
/// # Safety
/// The argument must be a bytea.
pub(in crate::pg) unsafe fn counting(
    call: &Call,
    place: usize,
) -> Result<SeriesCounting<Groups, BucketClock>, Error> {
    let frame = call.argument(place).ok_or(CoreError::MalformedState)?;
    // SAFETY: the caller vouches for the argument, which lives through the call.
    let Frame { groups, unit, zone, last_day } =
        Frame::from_bytes(unsafe { varlena::bytes(frame) })?;
    let (clock, always) = BucketClock::new(&zone, unit, last_day)?;
    Ok(SeriesCounting::new(groups, unit, clock, always))
}
