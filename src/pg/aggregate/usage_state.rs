//! The aggregate `tenant_metrics.usage_state(tenant, feature, cost, time)`: totals by tenant.

use tenant_metrics_core::counting::TotalsCounting;
use tenant_metrics_core::usage::Usage;

use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("usage_state", UsageState);

struct UsageState;

impl Aggregate for UsageState {
    type Layout = Columns;
    type Counting = TotalsCounting;

    fn begin(call: &Call) -> Result<(Columns, TotalsCounting), Error> {
        Ok((Columns::demand(call, "usage_state")?, TotalsCounting))
    }

    fn empty(columns: &Columns, _: &TotalsCounting, limit: usize) -> Counts<Self> {
        Usage::new(columns.types.id.kind(), limit)
    }
}
