//! What usage by tenant and feature says: of each feature ([`Breakdown`], [`Adoption`]), of each
//! tenant and feature ([`Matrix`]), and of what tenants took up and gave up ([`Changes`]).
//!
//! All of them are fed with groups of events, one for each tenant, feature and period, that come
//! feature by feature: from an accumulator, or from a server's own `GROUP BY ... ORDER BY`.

mod adoption;
mod breakdown;
mod changes;
mod eligible;
mod matrix;
mod uses;

use crate::{CoreError, memory};

pub use adoption::{Adopted, Adoption};
pub use breakdown::{Breakdown, FeatureTotals, OrderedBy, Whole};
pub use changes::{Changes, FeatureChanges};
pub use eligible::{Counted, Eligible, united};
pub use matrix::{Matrix, MatrixRow, Sums, TenantsByFeatures};
pub use uses::FeatureUse;

/// The features that groups came for, the present one last.
#[derive(Debug, Default)]
struct Names(Vec<Option<Vec<u8>>>);

impl Names {
    /// Whether the present feature is this one.
    fn end_with(&self, feature: Option<&[u8]>) -> bool {
        self.0.last().is_some_and(|last| last.as_deref() == feature)
    }

    fn push(&mut self, feature: Option<&[u8]>) -> Result<(), CoreError> {
        memory::push(&mut self.0, feature.map(memory::copied).transpose()?)
    }

    /// The number of the present feature.
    fn number(&self) -> Result<u32, CoreError> {
        u32::try_from(self.0.len().saturating_sub(1)).map_err(|_| CoreError::TooManyValues)
    }
}

#[cfg(test)]
mod tests;
