//! Totals of each feature.

use crate::feature_usage::{Counter, FeatureCell};
use crate::features::Catalogue;
use crate::money::Money;
use crate::{CoreError, memory};

/// The totals of one feature.
#[derive(Debug)]
pub struct FeatureTotals {
    /// Its name; missing for events without a feature.
    pub name: Option<Vec<u8>>,
    /// Totals of the events.
    pub cell: FeatureCell,
    /// Number of distinct tenants of the events.
    pub tenants: u64,
}

/// Totals of each feature, filled group by group.
#[derive(Debug, Default)]
pub struct Breakdown {
    features: Vec<FeatureTotals>,
}

impl Breakdown {
    /// Adds the events of one tenant with one feature.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(&mut self, feature: Option<&[u8]>, cell: &FeatureCell) -> Result<(), CoreError> {
        match self.features.last_mut() {
            Some(last) if last.name.as_deref() == feature => {
                last.cell.add(cell);
                last.tenants += 1;
            }
            _ => {
                let name = feature.map(memory::copied).transpose()?;
                let totals = FeatureTotals { name, cell: cell.clone(), tenants: 1 };
                memory::push(&mut self.features, totals)?;
            }
        }
        Ok(())
    }

    /// The features that were named and those of the catalogue, the most expensive first, then by
    /// name, events without one last; and the cost of all.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(
        mut self,
        catalogue: &Catalogue,
    ) -> Result<(Vec<FeatureTotals>, Money), CoreError> {
        let mut whole = Money::default();
        for feature in &self.features {
            whole.add(&feature.cell.cost);
        }
        if let Catalogue::Names(names) = catalogue {
            // Groups come in the order of the names, those without one last.
            let named = self.features.partition_point(|feature| feature.name.is_some());
            for name in names {
                let by_name = |used: &FeatureTotals| used.name.as_ref().cmp(&Some(name));
                if self.features[..named].binary_search_by(by_name).is_err() {
                    let name = Some(memory::copied(name)?);
                    let unused = FeatureTotals { name, cell: FeatureCell::default(), tenants: 0 };
                    memory::push(&mut self.features, unused)?;
                }
            }
        }
        self.features.sort_unstable_by(|left, right| {
            let by_cost = right.cell.cost.compare(&left.cell.cost);
            let name = |feature: &'_ FeatureTotals| feature.name.is_none();
            by_cost
                .then_with(|| name(left).cmp(&name(right)))
                .then_with(|| left.name.cmp(&right.name))
        });
        Ok((self.features, whole))
    }
}
