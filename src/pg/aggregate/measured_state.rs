//! The aggregate `tenant_metrics.measured_state(tenant, feature, cost, time, measures...)`: totals
//! by tenant, with the sum of each measure.

use tenant_metrics_core::counting::MeasuredCounting;
use tenant_metrics_core::measures::MeasuredUsage;

use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("measured_state", MeasuredState);

struct MeasuredState;

impl Aggregate for MeasuredState {
    type Layout = Columns;
    type Counting = MeasuredCounting;

    fn begin(call: &Call) -> Result<(Columns, MeasuredCounting), Error> {
        Ok((Columns::with_measures(call, "measured_state", 5)?, MeasuredCounting))
    }

    fn empty(columns: &Columns, _: &MeasuredCounting, limit: usize) -> Counts<Self> {
        MeasuredUsage::new(columns.types.id.kind(), columns.measures.len(), limit)
    }
}
