//! Events that property tests make up.

use crate::ids::Id;
use crate::usage::Cost;

/// An event of an integer tenant.
#[derive(Debug, Clone)]
pub(crate) struct GeneratedEvent {
    pub(crate) tenant: Option<i64>,
    pub(crate) feature: Option<String>,
    pub(crate) cost: Option<i64>,
    pub(crate) time: i64,
}

impl GeneratedEvent {
    pub(crate) fn id(&self) -> Option<Id<'_>> {
        self.tenant.map(Id::Int)
    }

    pub(crate) fn feature(&self) -> Option<&[u8]> {
        self.feature.as_deref().map(str::as_bytes)
    }

    pub(crate) fn cost(&self) -> Cost<'_> {
        self.cost.map_or(Cost::Unpriced, Cost::Integer)
    }
}
