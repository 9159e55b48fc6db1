//! What a group of tenants has in a bucket.

use super::counts::{SeriesCounts, elements};
use super::groups::Groups;
use crate::features::Catalogue;
use crate::measures::MeasureSum;
use crate::money::Money;
use crate::{CoreError, memory};

/// The totals of one group, with all that are a part of it, in one bucket.
#[derive(Debug, Clone, Default)]
pub struct GroupTotals {
    /// Number of events.
    pub events: u64,
    /// Sum of the priced costs.
    pub cost: Money,
    /// Events whose cost is missing or not finite.
    pub unpriced: u64,
    /// Number of features that count.
    pub features: u32,
    /// Number of tenants with events.
    pub tenants: u64,
    /// The sum of the measure, if there is one.
    pub sum: MeasureSum,
}

impl GroupTotals {
    fn add(&mut self, part: &Self) {
        self.events += part.events;
        self.cost.add(&part.cost);
        self.unpriced += part.unpriced;
        // A tenant is in one group only.
        self.tenants += part.tenants;
        self.sum.add(&part.sum);
    }
}

/// Adds up counts, bucket by bucket.
#[derive(Debug)]
pub struct BucketTotals<'a> {
    counts: &'a SeriesCounts,
    groups: &'a Groups,
    /// The features that count.
    counted: Vec<u64>,
}

impl<'a> BucketTotals<'a> {
    /// Of these counts, which are of these groups.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedState`] for counts of other groups.
    pub fn new(
        counts: &'a SeriesCounts,
        groups: &'a Groups,
        catalogue: &Catalogue,
    ) -> Result<Self, CoreError> {
        if !counts.are_of(groups.above().len(), groups.len()) {
            return Err(CoreError::MalformedState);
        }
        Ok(Self { counts, groups, counted: counts.features().counted(catalogue)? })
    }

    /// The totals of each group in a bucket.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn totals(&self, bucket: usize) -> Result<Vec<GroupTotals>, CoreError> {
        let width = self.counted.len();
        let cells = self.counts.cells(bucket);
        let mut totals: Vec<GroupTotals> = memory::with_capacity(cells.len())?;
        let mut features: Vec<u64> = memory::with_capacity(cells.len() * width)?;
        for (group, index) in cells.enumerate() {
            let (cell, wide) = self.counts.cell(index);
            let own = GroupTotals {
                events: cell.events,
                cost: cell.cost.clone(),
                unpriced: cell.unpriced,
                sum: self.counts.sums(index).first().cloned().unwrap_or_default(),
                ..GroupTotals::default()
            };
            memory::push(&mut totals, own)?;
            memory::push(&mut features, cell.features)?;
            memory::extend(&mut features, &wide[..wide.len().min(width - 1)])?;
            memory::lengthen(&mut features, (group + 1) * width, || 0)?;
        }
        self.count_tenants(bucket, &mut totals);
        for (group, above) in self.groups.above().iter().enumerate().rev() {
            let (before, own) = features.split_at_mut(group * width);
            let counted = own.iter().zip(&self.counted);
            totals[group].features = counted.map(|(set, mask)| (set & mask).count_ones()).sum();
            if let Some(above) = above.map(|above| above as usize) {
                for (set, part) in before[above * width..].iter_mut().zip(&own[..width]) {
                    *set |= part;
                }
                let (before, own) = totals.split_at_mut(group);
                before[above].add(&own[0]);
            }
        }
        Ok(totals)
    }

    fn count_tenants(&self, bucket: usize, totals: &mut [GroupTotals]) {
        let set = self.counts.tenants_in(bucket);
        if let [all] = totals {
            all.tenants = set.iter().map(|word| u64::from(word.count_ones())).sum();
            return;
        }
        for tenant in elements(set.iter().copied()) {
            totals[self.groups.group(tenant) as usize].tenants += 1;
        }
    }
}
