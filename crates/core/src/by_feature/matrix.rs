//! Totals of each tenant and feature.

use super::Names;
use crate::feature_usage::FeatureCell;
use crate::forest::{Forest, Place};
use crate::measures::MeasureSum;
use crate::money::Money;
use crate::subtree::Scope;
use crate::{CoreError, Interrupt, memory, poll};

/// The place of a tenant that is not shown.
const HIDDEN: u32 = u32::MAX;

/// One tenant's totals with one feature.
#[derive(Debug, Clone)]
pub struct MatrixRow {
    /// Where in the list of shown tenants it is.
    pub tenant: u32,
    /// The number of the feature.
    pub feature: u32,
    /// Number of events, and their sums.
    pub sums: Sums,
}

/// Sums over some events.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// Number of events.
    pub events: u64,
    /// Sum of the priced costs.
    pub cost: Money,
    /// Sum of the measure, if there is one.
    pub value: Money,
}

/// Totals of each shown tenant and feature, filled group by group.
#[derive(Debug)]
pub struct Matrix<'a> {
    forest: &'a Forest,
    scope: Scope,
    /// For each tenant of the forest, where in the list of shown tenants it is.
    shown: Vec<u32>,
    names: Names,
    rows: Vec<MatrixRow>,
    /// For each position, the present feature's totals in its subtree.
    sums: Vec<Sums>,
    /// Positions with a sum.
    touched: Vec<usize>,
}

/// The finished matrix.
#[derive(Debug)]
pub struct TenantsByFeatures {
    /// The features, by number.
    pub names: Vec<Option<Vec<u8>>>,
    /// By tenant in the order of the list, then by feature.
    pub rows: Vec<MatrixRow>,
}

impl<'a> Matrix<'a> {
    /// No events yet.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(forest: &'a Forest, scope: Scope, list: &[Place]) -> Result<Self, CoreError> {
        let mut shown = memory::filled(forest.count(), HIDDEN)?;
        for (number, &place) in (0..).zip(list) {
            if scope == Scope::Own || matches!(place, Place::Tree(_)) {
                shown[forest.index(place)] = number;
            }
        }
        let mut sums = Vec::new();
        if scope == Scope::Subtree {
            memory::lengthen(&mut sums, forest.len(), Default::default)?;
        }
        let (names, rows, touched) = (Names::default(), Vec::new(), Vec::new());
        Ok(Self { forest, scope, shown, names, rows, sums, touched })
    }

    /// Adds the events of one tenant with one feature.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(
        &mut self,
        place: Place,
        feature: Option<&[u8]>,
        cell: &FeatureCell,
        sum: Option<&MeasureSum>,
        interrupt: Interrupt<'_>,
    ) -> Result<(), CoreError> {
        if !self.names.end_with(feature) {
            self.close(interrupt)?;
            self.names.push(feature)?;
        }
        match (self.scope, place) {
            (Scope::Own, _) => {
                let tenant = self.shown[self.forest.index(place)];
                let value = || sum.map_or_else(Money::default, |sum| sum.total.clone());
                let sums = || Sums { events: cell.events, cost: cell.cost.clone(), value: value() };
                self.put(tenant, cell.events, sums)
            }
            (Scope::Subtree, Place::Tree(position)) => {
                self.touch(position, interrupt)?;
                let sums = &mut self.sums[position];
                sums.events += cell.events;
                sums.cost.add(&cell.cost);
                if let Some(sum) = sum {
                    sums.value.add(&sum.total);
                }
                Ok(())
            }
            (Scope::Subtree, Place::Cycle(_)) => Ok(()),
        }
    }

    /// The rows in their order.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(mut self, interrupt: Interrupt<'_>) -> Result<TenantsByFeatures, CoreError> {
        self.close(interrupt)?;
        // Features are numbered in their order.
        self.rows.sort_unstable_by_key(|row| (row.tenant, row.feature));
        Ok(TenantsByFeatures { names: self.names.0, rows: self.rows })
    }

    /// Makes sums of the position and those above that have none yet.
    fn touch(&mut self, position: usize, interrupt: Interrupt<'_>) -> Result<(), CoreError> {
        let mut next = Some(position);
        let mut i = 0;
        while let Some(position) = next.filter(|&position| self.sums[position].events == 0) {
            // One event too many marks it; `close` takes that off.
            self.sums[position].events = 1;
            memory::push(&mut self.touched, position)?;
            next = self.forest.parent(position);
            i += 1;
            poll(i, interrupt);
        }
        Ok(())
    }

    /// Sums the present feature up and makes rows of it.
    fn close(&mut self, interrupt: Interrupt<'_>) -> Result<(), CoreError> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        for (i, &position) in touched.iter().enumerate().rev() {
            poll(i, interrupt);
            let mut sums = std::mem::take(&mut self.sums[position]);
            sums.events -= 1;
            if let Some(parent) = self.forest.parent(position) {
                self.sums[parent].add(&sums);
            }
            self.put(self.shown[position], sums.events, || sums)?;
        }
        touched.clear();
        self.touched = touched;
        Ok(())
    }

    fn put(
        &mut self,
        tenant: u32,
        events: u64,
        sums: impl FnOnce() -> Sums,
    ) -> Result<(), CoreError> {
        if tenant != HIDDEN && events > 0 {
            let feature = self.names.number()?;
            memory::push(&mut self.rows, MatrixRow { tenant, feature, sums: sums() })?;
        }
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.cost.add(&other.cost);
        self.value.add(&other.value);
    }
}
