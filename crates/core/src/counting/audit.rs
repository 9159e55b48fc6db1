//! What is wrong with events.

use super::{Counting, UsageEvent};
use crate::CoreError;
use crate::audit::Audit;
use crate::usage::NEVER;

/// Counts events by tenant and by feature, those without a price, and those of the future.
#[derive(Debug)]
pub struct AuditCounting {
    /// When the future begins.
    pub future: Option<i64>,
}

impl Counting for AuditCounting {
    type Accumulator = Audit;
    /// The slot of the tenant, if there is one.
    type Place = Option<u32>;

    #[inline(always)]
    fn place<'e>(
        &self,
        event: impl UsageEvent<'e>,
        audit: &mut Audit,
    ) -> Result<Self::Place, CoreError> {
        audit.slot(event.tenant())
    }

    #[inline(always)]
    fn record<'e>(
        &mut self,
        tenant: Self::Place,
        event: impl UsageEvent<'e>,
        audit: &mut Audit,
    ) -> Result<(), CoreError> {
        let time = event.time();
        let is_future = self.future.is_some_and(|from| time >= from) && time != NEVER;
        audit.record_at(tenant, event.feature(), &event.cost(), is_future)
    }
}
