//! Usage by what is wrong with it, from one pass.

use tenant_metrics_core::audit::{Audit, Faults};
use tenant_metrics_core::counting::AuditCounting;
use tenant_metrics_core::ids::IdKind;

use super::groups::UsageGroups;
use super::question::Question;
use super::reading::{CountTotal, Reading};
use super::statement::groups::Cut;
use super::statement::{Statement, states};
use crate::error::Error;
use crate::pg::time;

/// Asks for the numbers of events by tenant and by feature.
pub(crate) struct AuditReading {
    /// When the future begins, if the question needs times.
    pub(crate) future: Option<i64>,
    /// About how many tenants there are.
    pub(crate) tenants: usize,
}

impl Reading for AuditReading {
    type State = Audit;
    type Counting<'c>
        = AuditCounting
    where
        Self: 'c;
    type Answer = Audit;

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        states::audit_state(question, self.future).map(Some)
    }

    fn counting(&self) -> Result<AuditCounting, Error> {
        Ok(AuditCounting { future: self.future.map(time::to_core) })
    }

    fn total_counting(&self) -> Option<CountTotal<Audit>> {
        match self.future {
            None => Some(Audit::add_total),
            Some(_) => None,
        }
    }

    fn empty(&self, ids: IdKind, limit: usize) -> Audit {
        Audit::new(ids, limit)
    }

    fn entries(&self) -> usize {
        self.tenants
    }

    fn of_state(self, _: &Question<'_>, audit: Audit) -> Result<Audit, Error> {
        Ok(audit)
    }

    fn cut(&self) -> Result<Cut, Error> {
        Ok(Cut { split: self.future, ..Cut::default() })
    }

    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Audit, Error> {
        let mut audit = self.empty(groups.id_kind(), usize::MAX);
        let has_costs = groups.needs().cost;
        groups.each(|group| {
            let is_future = group.is_before == Some(false);
            let faults = Faults {
                unpriced: if has_costs { group.unpriced } else { 0 },
                future: if is_future { group.events } else { 0 },
            };
            Ok(audit.add(group.id, group.feature, group.events, faults)?)
        })?;
        Ok(audit)
    }
}
