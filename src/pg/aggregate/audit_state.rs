//! The aggregate `tenant_metrics.audit_state(tenant, feature, cost, time, future)`: numbers of
//! events by tenant and by feature, of those without a price, and of those from `future` on.

use tenant_metrics_core::audit::Audit;
use tenant_metrics_core::counting::AuditCounting;

use super::arguments::ArgumentTypes;
use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("audit_state", AuditState);

struct AuditState;

impl Aggregate for AuditState {
    type Layout = Columns;
    type Counting = AuditCounting;

    fn begin(call: &Call) -> Result<(Columns, AuditCounting), Error> {
        let columns = Columns::demand(call, "audit_state")?;
        let future = ArgumentTypes { call, aggregate: "audit_state" }.constant_time(5)?;
        Ok((columns, AuditCounting { future }))
    }

    fn empty(columns: &Columns, _: &AuditCounting, limit: usize) -> Counts<Self> {
        Audit::new(columns.types.id.kind(), limit)
    }
}
