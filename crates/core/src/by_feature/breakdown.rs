//! Totals of each feature.

use crate::feature_usage::{Counter, FeatureCell};
use crate::features::Catalogue;
use crate::measures::MeasureSum;
use crate::money::Money;
use crate::{CoreError, memory};

/// The totals of one feature.
#[derive(Debug, Default)]
pub struct FeatureTotals {
    /// Its name; missing for events without a feature.
    pub name: Option<Vec<u8>>,
    /// Totals of the events.
    pub cell: FeatureCell,
    /// Number of distinct tenants of the events.
    pub tenants: u64,
    /// The sum of the measure, if there is one.
    pub sum: MeasureSum,
}

/// Totals of each feature, filled group by group.
#[derive(Debug, Default)]
pub struct Breakdown {
    features: Vec<FeatureTotals>,
}

/// The totals of some features together.
#[derive(Debug, Default)]
pub struct Whole {
    /// Sum of the priced costs.
    pub cost: Money,
    /// The sum of the measure.
    pub sum: Money,
}

/// What puts features in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderedBy {
    /// The cost.
    Cost,
    /// The sum of the measure.
    Sum,
}

impl Breakdown {
    /// Adds the events of one tenant with one feature.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(
        &mut self,
        feature: Option<&[u8]>,
        cell: &FeatureCell,
        sum: Option<&MeasureSum>,
    ) -> Result<(), CoreError> {
        let is_known = self.features.last().is_some_and(|last| last.name.as_deref() == feature);
        if !is_known {
            let name = feature.map(memory::copied).transpose()?;
            memory::push(&mut self.features, FeatureTotals { name, ..FeatureTotals::default() })?;
        }
        if let Some(last) = self.features.last_mut() {
            last.cell.add(cell);
            last.tenants += 1;
            if let Some(sum) = sum {
                last.sum.add(sum);
            }
        }
        Ok(())
    }

    /// The features that were named and those of the catalogue, those with the most first, then by
    /// name, events without one last; and what all have together.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(
        mut self,
        catalogue: &Catalogue,
        by: OrderedBy,
    ) -> Result<(Vec<FeatureTotals>, Whole), CoreError> {
        let mut whole = Whole::default();
        for feature in &self.features {
            whole.cost.add(&feature.cell.cost);
            whole.sum.add(&feature.sum.total);
        }
        if let Catalogue::Names(names) = catalogue {
            // Groups come in the order of the names, those without one last.
            let named = self.features.partition_point(|feature| feature.name.is_some());
            for name in names {
                let by_name = |used: &FeatureTotals| used.name.as_ref().cmp(&Some(name));
                if self.features[..named].binary_search_by(by_name).is_err() {
                    let name = Some(memory::copied(name)?);
                    let unused = FeatureTotals { name, ..FeatureTotals::default() };
                    memory::push(&mut self.features, unused)?;
                }
            }
        }
        self.features.sort_unstable_by(|left, right| {
            let by_total = right.total(by).compare(left.total(by));
            let name = |feature: &'_ FeatureTotals| feature.name.is_none();
            by_total
                .then_with(|| name(left).cmp(&name(right)))
                .then_with(|| left.name.cmp(&right.name))
        });
        Ok((self.features, whole))
    }
}

impl FeatureTotals {
    fn total(&self, by: OrderedBy) -> &Money {
        match by {
            OrderedBy::Cost => &self.cell.cost,
            OrderedBy::Sum => &self.sum.total,
        }
    }
}
