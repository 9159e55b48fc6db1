//! Which features each tenant took up and gave up from one period to the next.

use std::ops::Range;

use super::Names;
use crate::features::Catalogue;
use crate::forest::{Forest, Place};
use crate::{CoreError, memory};

/// In which periods a tenant used the present feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Use {
    now: bool,
    before: bool,
}

/// Features taken up and given up, filled group by group.
#[derive(Debug)]
pub struct Changes<'a> {
    forest: &'a Forest,
    catalogue: &'a Catalogue,
    uses: Vec<Use>,
    /// Tenants that used the present feature.
    touched: Vec<u32>,
    counts: bool,
    names: Names,
    /// Tenants and features.
    gained: Vec<(u32, u32)>,
    lost: Vec<(u32, u32)>,
}

/// The features that each tenant took up and gave up.
#[derive(Debug, Default)]
pub struct FeatureChanges {
    names: Vec<Option<Vec<u8>>>,
    gained: Vec<(u32, u32)>,
    lost: Vec<(u32, u32)>,
}

impl<'a> Changes<'a> {
    /// No events yet.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(forest: &'a Forest, catalogue: &'a Catalogue) -> Result<Self, CoreError> {
        Ok(Self {
            forest,
            catalogue,
            uses: memory::filled(forest.count(), Use::default())?,
            touched: Vec::new(),
            counts: false,
            names: Names::default(),
            gained: Vec::new(),
            lost: Vec::new(),
        })
    }

    /// A tenant has events of a feature in the period before (`before`) or in the period itself.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(
        &mut self,
        place: Place,
        feature: Option<&[u8]>,
        before: bool,
    ) -> Result<(), CoreError> {
        if !self.names.end_with(feature) {
            self.close()?;
            self.names.push(feature)?;
            self.counts = feature.is_some_and(|name| self.catalogue.counts(name));
        }
        if self.counts {
            let index = self.forest.index(place);
            let used = &mut self.uses[index];
            if *used == Use::default() {
                let index = u32::try_from(index).map_err(|_| CoreError::TooManyValues)?;
                memory::push(&mut self.touched, index)?;
            }
            used.before |= before;
            used.now |= !before;
        }
        Ok(())
    }

    /// What was found.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(mut self) -> Result<FeatureChanges, CoreError> {
        self.close()?;
        // Features are numbered in their order.
        self.gained.sort_unstable();
        self.lost.sort_unstable();
        Ok(FeatureChanges { names: self.names.0, gained: self.gained, lost: self.lost })
    }

    fn close(&mut self) -> Result<(), CoreError> {
        let feature = self.names.number()?;
        for tenant in self.touched.drain(..) {
            let list = match std::mem::take(&mut self.uses[tenant as usize]) {
                Use { now: true, before: false } => &mut self.gained,
                Use { now: false, before: true } => &mut self.lost,
                _ => continue,
            };
            memory::push(list, (tenant, feature))?;
        }
        Ok(())
    }
}

impl FeatureChanges {
    /// The features that the tenant with this index in the forest used in the period, and not in
    /// the one before; sorted.
    pub fn gained(&self, tenant: usize) -> impl Iterator<Item = &[u8]> {
        self.names_in(&self.gained, tenant)
    }

    /// The features that the tenant used in the period before, and not in the period; sorted.
    pub fn lost(&self, tenant: usize) -> impl Iterator<Item = &[u8]> {
        self.names_in(&self.lost, tenant)
    }

    fn names_in<'b>(
        &'b self,
        list: &'b [(u32, u32)],
        tenant: usize,
    ) -> impl Iterator<Item = &'b [u8]> {
        list[range_of(list, tenant)]
            .iter()
            .filter_map(|&(_, feature)| self.names[feature as usize].as_deref())
    }
}

fn range_of(list: &[(u32, u32)], tenant: usize) -> Range<usize> {
    let start = list.partition_point(|(other, _)| (*other as usize) < tenant);
    let len = list[start..].iter().take_while(|(other, _)| *other as usize == tenant).count();
    start..start + len
}
