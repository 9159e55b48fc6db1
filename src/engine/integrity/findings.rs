//! What was found.

use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;

use super::kinds::{Kind, Kinds};
use crate::error::Error;
use crate::pg::ids::in_full;

/// One thing that is wrong.
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    pub(crate) tenant: Option<String>,
    /// Missing for events without a feature, where these are told apart by it.
    pub(crate) detail: Option<String>,
    pub(crate) n: u64,
}

/// What is found, of the kinds that are asked for.
pub(super) struct Findings {
    pub(super) kinds: Kinds,
    found: Vec<Finding>,
}

impl Findings {
    pub(super) fn new(kinds: Kinds) -> Self {
        Self { kinds, found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        kind: Kind,
        tenant: Option<Id<'_>>,
        detail: Option<&str>,
        n: u64,
    ) -> Result<(), Error> {
        if !self.kinds.contain(kind) {
            return Ok(());
        }
        let tenant = tenant.map(in_full).transpose()?;
        let detail = detail.map(memory::text).transpose()?;
        Ok(memory::push(&mut self.found, Finding { kind, tenant, detail, n })?)
    }

    /// Adds what is nobody's, in the order of the details.
    pub(super) fn add_all(
        &mut self,
        kind: Kind,
        mut found: Vec<(String, u64)>,
    ) -> Result<(), Error> {
        found.sort_unstable();
        found.iter().try_for_each(|(detail, n)| self.add(kind, None, Some(detail), *n))
    }

    /// By kind, and within each as they were found.
    pub(super) fn into_sorted(self) -> Result<Vec<Finding>, Error> {
        // A stable sort would take memory that cannot be refused.
        let mut order = memory::collect((0..).zip(self.found))?;
        order.sort_unstable_by_key(|(at, finding): &(usize, Finding)| (finding.kind, *at));
        Ok(memory::collect(order.into_iter().map(|(_, finding)| finding))?)
    }
}
