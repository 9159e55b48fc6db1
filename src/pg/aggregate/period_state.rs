//! The aggregate `tenant_metrics.period_state(tenant, feature, cost, time, split)`: what
//! `usage_state` gives of the events since `split`, and of those before. Two calls of it with
//! FILTER would give the same, but evaluate two more expressions for each event. With a measure as
//! a further argument it is what `measured_state` gives.

use tenant_metrics_core::counting::PeriodCounting;
use tenant_metrics_core::measures::UsagePeriods;

use super::arguments::ArgumentTypes;
use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("period_state", PeriodState);

struct PeriodState;

impl Aggregate for PeriodState {
    type Layout = Columns;
    type Counting = PeriodCounting;

    fn begin(call: &Call) -> Result<(Columns, PeriodCounting), Error> {
        let columns = Columns::with_measures(call, "period_state", 6)?;
        let split = ArgumentTypes { call, aggregate: "period_state" }.constant_time(5)?;
        Ok((columns, PeriodCounting { split }))
    }

    fn empty(columns: &Columns, _: &PeriodCounting, limit: usize) -> Counts<Self> {
        UsagePeriods::new(columns.types.id.kind(), columns.measures.len(), limit)
    }
}
