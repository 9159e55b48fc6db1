//! The aggregate `tenant_metrics.audit_state(tenant, feature, cost, time, future)`: numbers of
//! events by tenant and by feature, of those without a price, and of those from `future` on.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::audit::Audit;

use super::arguments::{ArgumentTypes, EventTypes};
use super::rows::Arguments;
use super::state::{Transition, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("audit_state", AuditState);

struct AuditState(EventTypes);

impl Transition for AuditState {
    type Accumulator = Audit;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    fn begin(call: &Call) -> Result<Self, Error> {
        let types = EventTypes::demand(call, "audit_state")?;
        ArgumentTypes { call, aggregate: "audit_state" }.time(5)?;
        Ok(Self(types))
    }

    fn empty(&self, limit: usize) -> Audit {
        Audit::new(self.0.id.kind(), limit)
    }

    #[inline(always)]
    fn place(&self, event: Arguments<'_>, audit: &mut Audit) -> Result<Self::Place, CoreError> {
        // SAFETY: the arguments have the types that `begin` demanded.
        let tenant = unsafe { self.0.tenant(event) };
        audit.slot(tenant)
    }

    #[inline(always)]
    fn record(
        &mut self,
        tenant: Self::Place,
        event: Arguments<'_>,
        audit: &mut Audit,
    ) -> Result<(), CoreError> {
        // SAFETY: `begin` demanded that these arguments are times.
        let times = unsafe { event.time(5).zip(event.time(4)) };
        let is_future = times.is_some_and(|(from, time)| time >= from);
        // SAFETY: as above.
        let (feature, cost) = unsafe { (self.0.feature(event), self.0.cost(event)) };
        audit.record_at(tenant, feature, &cost, is_future)
    }
}
