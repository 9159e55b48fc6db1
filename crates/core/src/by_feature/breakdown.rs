//! Totals of each feature.

use crate::CoreError;
use crate::feature_usage::{FeatureCell, Tally};
use crate::features::Catalogue;
use crate::money::Money;

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
    /// Memory.
    pub fn add(&mut self, feature: Option<&[u8]>, cell: &FeatureCell) -> Result<(), CoreError> {
        match self.features.last_mut() {
            Some(last) if last.name.as_deref() == feature => {
                last.cell.add(cell);
                last.tenants += 1;
            }
            _ => {
                self.features.try_reserve(1)?;
                let name = feature.map(<[u8]>::to_vec);
                self.features.push(FeatureTotals { name, cell: cell.clone(), tenants: 1 });
            }
        }
        Ok(())
    }

    /// The features that were named and those of the catalogue, the most expensive first, then by
    /// name, events without one last; and the cost of all.
    #[must_use]
    pub fn finish(mut self, catalogue: &Catalogue) -> (Vec<FeatureTotals>, Money) {
        let mut whole = Money::default();
        for feature in &self.features {
            whole.add(&feature.cell.cost);
        }
        if let Catalogue::Names(names) = catalogue {
            let used: Vec<_> =
                self.features.iter().filter_map(|feature| feature.name.clone()).collect();
            let unused = names.iter().filter(|name| used.binary_search(name).is_err());
            self.features.extend(unused.map(|name| FeatureTotals {
                name: Some(name.clone()),
                cell: FeatureCell::default(),
                tenants: 0,
            }));
        }
        self.features.sort_by(|left, right| {
            let by_cost = right.cell.cost.compare(&left.cell.cost);
            let name = |feature: &'_ FeatureTotals| feature.name.is_none();
            by_cost
                .then_with(|| name(left).cmp(&name(right)))
                .then_with(|| left.name.cmp(&right.name))
        });
        (self.features, whole)
    }
}
