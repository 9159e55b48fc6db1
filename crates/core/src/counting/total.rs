//! What the events of a tenant have in all.

use crate::ids::Id;
use crate::measures::MeasureSum;

/// All events of a tenant with one feature, which are counted at once.
#[derive(Debug, Clone, Copy)]
pub struct UsageTotal<'t> {
    /// Whose they are.
    pub tenant: Id<'t>,
    /// The name of their feature; missing for events without one, and where features do not matter.
    pub feature: Option<&'t [u8]>,
    /// How many there are.
    pub events: u64,
    /// The sum of their costs, if that matters.
    pub cost: Option<&'t MeasureSum>,
    /// The first and the last of their times, or [`NEVER`](crate::usage::NEVER).
    pub times: (i64, i64),
    /// The sums of the measures, in order.
    pub sums: &'t [MeasureSum],
}

impl UsageTotal<'_> {
    /// Number of events without a cost.
    #[must_use]
    pub fn unpriced(&self) -> u64 {
        self.cost.map_or(self.events, |cost| cost.missing)
    }
}

/// All events of a tenant, which are counted at once.
#[derive(Debug, Clone, Copy)]
pub struct TenantTotal<'t> {
    /// Whose they are.
    pub tenant: Id<'t>,
    /// The names of their features.
    pub features: &'t [&'t [u8]],
    /// How many there are.
    pub events: u64,
    /// The sum of their costs, if that matters.
    pub cost: Option<&'t MeasureSum>,
    /// The last of their times, or [`NEVER`](crate::usage::NEVER).
    pub last: i64,
}
