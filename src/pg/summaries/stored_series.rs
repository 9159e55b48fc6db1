//! The aggregate `tenant_metrics.stored_series_state(cells, source, dimension, values, since, until,
//! frame)`: totals by bucket of time, of stored rows of events. So parallel workers of the server
//! share the rows.

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::counting::{Counting, SeriesCounting};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::numbering::Numbering;
use tenant_metrics_core::summaries::replay::{Meanings, Replay, ReplayWindow};

use super::entry::SummaryEntry;
use super::scan::LOCK;
use super::stored::StoredSource;
use crate::error::Error;
use crate::guc;
use crate::pg::aggregate::state::{self, Aggregate, Counts, support};
use crate::pg::aggregate::{read_value, series_state};
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::query::{self, Param};
use crate::pg::tables::OwnTable;
use crate::pg::types;
use crate::pg::varlena;
use crate::pg::zone::BucketClock;

sql_function!("stored_series_state_transition" => stored_series_state, transition, run);
support!("stored_series_state", StoredSeries);

struct StoredSeries;

/// What rows are read for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowsRead {
    /// The dimension by whose names events are told apart, if they are.
    pub(crate) dimension: Option<usize>,
    /// The places of the measures that are wanted, as a set.
    pub(crate) values: u32,
    pub(crate) window: ReplayWindow,
}

/// What is known of the rows that are counted.
struct StoredRows {
    stored: StoredSource,
    read: RowsRead,
    has_cost: bool,
    numbering: Numbering,
    block: EventBlock,
    places: Vec<<SeriesCounting<Groups, BucketClock> as Counting>::Place>,
}

impl RowsRead {
    fn columns(self) -> WantedColumns {
        WantedColumns::with_dimension(self.dimension, self.values)
    }
}

impl Aggregate for StoredSeries {
    type Layout = StoredRows;
    type Counting = SeriesCounting<Groups, BucketClock>;

    fn begin(call: &Call) -> Result<(StoredRows, Self::Counting), Error> {
        // SAFETY: the argument is a bytea.
        let counting = unsafe { series_state::counting(call, 7)? };
        let malformed = || CoreError::MalformedState;
        let number = call.int4(2).ok_or_else(malformed)?;
        let entry = SummaryEntry::numbered(number)?.ok_or_else(malformed)?;
        let stored = StoredSource::new(&entry, counting.id_kind()).ok_or_else(malformed)?;
        let dimension = call.int4(3).and_then(|place| usize::try_from(place).ok());
        let values = call.int4(4).ok_or_else(malformed)?.cast_unsigned();
        let window = ReplayWindow { since: call.int8(5), until: call.int8(6) };
        let is_there = |place| place < stored.shape().dimensions();
        if !dimension.is_none_or(is_there) || values >> stored.shape().values() != 0 {
            return Err(malformed().into());
        }
        let has_cost = entry.usage_cost.is_some() && values & 1 != 0;
        let rows = StoredRows {
            stored,
            read: RowsRead { dimension, values, window },
            has_cost,
            numbering: stored.numbering()?,
            block: EventBlock::default(),
            places: Vec::new(),
        };
        Ok((rows, counting))
    }

    fn empty(rows: &StoredRows, counting: &Self::Counting, limit: usize) -> Counts<Self> {
        counting.empty(rows.measures(), limit)
    }
}

impl StoredRows {
    /// Number of the measures beside the cost.
    fn measures(&self) -> usize {
        self.read.values.count_ones() as usize - usize::from(self.has_cost)
    }
}

fn transition(call: &Call) -> Answer {
    state::take_in::<StoredSeries>(call, |rows, counting, counts| {
        let cells = call.argument(1).ok_or(CoreError::MalformedState)?;
        let measures = rows.measures();
        let StoredRows { stored, read, has_cost, numbering, block, places } = rows;
        // SAFETY: the argument is a bytea and lives through the call.
        block.read(unsafe { varlena::bytes(cells) }, stored.shape(), read.columns())?;
        let meanings = Meanings {
            ids: stored.ids(),
            tenants: Some(numbering.tenants()),
            names: read.dimension.map(|place| numbering.names(place)),
            has_cost: *has_cost,
            measures,
        };
        let replay = Replay::new(counting, meanings, read.window);
        let mut replay = replay.reusing(std::mem::take(places));
        replay.count(block, counts)?;
        *places = replay.into_memory();
        Ok(())
    })
}

impl StoredSource {
    /// The state of the events of all rows, by bucket of a frame, where nothing was taken away of
    /// them; `None` where there are no rows. Parallel workers take part if the planner wants them.
    pub(crate) fn series<A: Accumulator>(
        &self,
        read: RowsRead,
        frame: &Frame,
    ) -> Result<Option<A>, Error> {
        let int4 = |value: Option<i32>| Param::new(pg_sys::INT4OID, value.map(Datum::from));
        let int8 = |value: Option<i64>| Param::new(pg_sys::INT8OID, value.map(Datum::from));
        let time = |value: Option<i64>| Param::new(types::TIMESTAMPTZ, value.map(Datum::from));
        let dimension = read.dimension.and_then(|place| i32::try_from(place).ok());
        let RowsRead { values, window, .. } = read;
        let (low, high) = window.ends().unwrap_or((i64::MIN, i64::MAX));
        let params = [
            int4(Some(self.number)),
            int4(dimension),
            int4(Some(values.cast_signed())),
            time(window.since),
            time(window.until),
            Param::bytea(&frame.to_bytes()?),
            int8(Some(low)),
            int8(Some(high)),
        ];
        let owner = OwnTable::Run.lock(LOCK)?;
        let sql = include_str!("../../../sql/query/stored_series_state.sql");
        let mut value = None;
        query::read_as(owner, sql, &params, |row| {
            value = row.bytes(0).map(read_value).transpose()?;
            Ok(())
        })?;
        match value {
            Some(None) => Err(CoreError::MemoryLimit { limit: guc::memory_limit() }.into()),
            Some(state) => Ok(state),
            None => Ok(None),
        }
    }
}
