//! The one-pass accumulator: a cell of totals for each tenant that has events.

mod cost;
mod merged;
mod written;

use crate::accumulator::{Accumulator, EventsRead};
use crate::features::{FeatureTable, WideSets};
use crate::ids::{Id, IdKind, IdTable};
use crate::money::{Amount, Money};
use crate::{CoreError, memory};
pub use cost::Cost;

/// The time of no event. Hosts map their own earliest value to the next one.
pub const NEVER: i64 = i64::MIN;

/// Features with a number below this live in the cell itself.
const CELL_FEATURES: u32 = u64::BITS;

/// The totals of one tenant; 64 bytes.
#[derive(Debug, Clone)]
pub struct TenantCell {
    /// Sum of the priced costs.
    pub cost: Money,
    /// Number of events.
    pub events: u64,
    /// Events whose cost is missing or not finite.
    pub unpriced: u64,
    /// The latest time, or [`NEVER`].
    pub last: i64,
    features: u64,
}

impl Default for TenantCell {
    fn default() -> Self {
        Self { cost: Money::default(), events: 0, unpriced: 0, last: NEVER, features: 0 }
    }
}

impl TenantCell {
    /// Adds another tenant's totals.
    pub fn add(&mut self, other: &Self) {
        self.cost.add(&other.cost);
        self.events += other.events;
        self.unpriced += other.unpriced;
        self.last = self.last.max(other.last);
        self.features |= other.features;
    }

    /// Counts an event, but for its feature.
    #[inline]
    fn count_amount(&mut self, amount: Amount, time: i64) {
        self.events += 1;
        self.last = self.last.max(time);
        self.unpriced += u64::from(!self.cost.add_amount(amount));
    }

    /// Counts an event, but for its feature.
    fn count(&mut self, cost: Cost<'_>, time: i64) {
        self.events += 1;
        self.last = self.last.max(time);
        self.unpriced += u64::from(!cost.add_to(&mut self.cost));
    }

    /// The used features with a number below 64.
    #[must_use]
    pub fn features(&self) -> u64 {
        self.features
    }
}

/// Usage by tenant, filled event by event.
#[derive(Debug)]
pub struct Usage {
    ids: IdTable,
    cells: Vec<TenantCell>,
    features: FeatureTable,
    wide: WideSets,
    /// Events without a tenant.
    nobody: TenantCell,
    /// Heap bytes of sums that outgrew 128 bits.
    money_bytes: usize,
    limit: usize,
    read: EventsRead,
    /// Events that are not in the cells yet. Counting many in a row lets the processor fetch the
    /// next cells meanwhile, which the server's work between two events does not.
    waiting: Vec<WaitingEvent>,
}

/// Maximum number of events that wait.
const WAITING: usize = 256;

/// The number of no feature.
const NO_FEATURE: u32 = u32::MAX;

/// An event that waits to be counted.
#[derive(Debug, Clone, Copy)]
struct WaitingEvent {
    slot: u32,
    feature: u32,
    amount: Amount,
    time: i64,
}

impl Usage {
    /// An empty accumulator for tenants with ids of `kind` that may use `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self {
            ids: IdTable::new(kind),
            cells: Vec::new(),
            features: FeatureTable::default(),
            wide: WideSets::default(),
            nobody: TenantCell::default(),
            money_bytes: 0,
            limit,
            read: EventsRead::default(),
            waiting: Vec::new(),
        }
    }

    /// Counts one event. What is read before [`Accumulator::settle`] may lack it.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the accumulator is useless
    /// after that.
    #[inline(always)]
    pub fn record(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        let tenant = self.slot(id)?;
        self.record_at(tenant, feature, &cost, time)
    }

    /// The slot of the tenant that an event has, if it has one.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline(always)]
    pub fn slot(&mut self, id: Option<Id<'_>>) -> Result<Option<u32>, CoreError> {
        let Some(id) = id else { return Ok(None) };
        let slot = self.ids.intern(id)?;
        self.make_cell(slot)?;
        Ok(Some(slot))
    }

    /// [`Self::record`] where the slot of the tenant is known.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline(always)]
    pub fn record_at(
        &mut self,
        tenant: Option<u32>,
        feature: Option<&[u8]>,
        cost: &Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        let Some(slot) = tenant else {
            self.nobody.count(*cost, time);
            return Ok(());
        };
        let feature = match feature {
            Some(name) => self.feature(name)?,
            None => NO_FEATURE,
        };
        let Some(amount) = Amount::of(cost) else {
            return self.record_long(slot, feature, *cost, time);
        };
        if self.waiting.len() == self.waiting.capacity() {
            self.settle()?;
            self.waiting.try_reserve_exact(WAITING)?;
        }
        #[expect(clippy::disallowed_methods, reason = "there is room")]
        self.waiting.push(WaitingEvent { slot, feature, amount, time });
        Ok(())
    }

    /// Counts an event whose cost is too long to wait.
    #[cold]
    fn record_long(
        &mut self,
        slot: u32,
        feature: u32,
        cost: Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        let cell = &mut self.cells[slot as usize];
        let before = cell.cost.bytes();
        cell.count(cost, time);
        self.money_bytes += cell.cost.bytes().saturating_sub(before);
        if feature != NO_FEATURE {
            self.mark(slot, feature)?;
        }
        Ok(())
    }

    /// Number of tenants with events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no tenant has events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The place of a tenant in [`Usage::ids`], if it has events.
    #[must_use]
    pub fn index_of(&self, id: Id<'_>) -> Option<usize> {
        self.ids.get(id).map(|slot| slot as usize)
    }

    /// The totals of the tenant in this place.
    #[must_use]
    pub fn cell(&self, index: usize) -> &TenantCell {
        debug_assert!(self.waiting.is_empty(), "settled");
        &self.cells[index]
    }

    /// The tenant's totals, if it has events.
    #[must_use]
    pub fn get(&self, id: Id<'_>) -> Option<&TenantCell> {
        self.index_of(id).map(|index| self.cell(index))
    }

    /// The ids of the tenants with events.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = Id<'_>> {
        self.ids.ids()
    }

    /// The totals of events whose tenant is NULL.
    #[must_use]
    pub fn nobody(&self) -> &TenantCell {
        &self.nobody
    }

    /// The feature names that were met.
    #[must_use]
    pub fn features(&self) -> &FeatureTable {
        &self.features
    }

    /// The features from number 64 on of the tenant in this place.
    #[must_use]
    pub fn wide_row(&self, index: usize) -> &[u64] {
        self.wide.row(index)
    }

    /// For each feature number, where in [`Usage::ids`] those are that used it.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn users(&self) -> Result<Vec<Vec<u32>>, CoreError> {
        let mut users: Vec<Vec<u32>> = Vec::new();
        memory::lengthen(&mut users, self.features.len(), Vec::new)?;
        for slot in 0..self.count(self.cells.len())? {
            for feature in self.features_of(slot) {
                memory::push(&mut users[feature as usize], slot)?;
            }
        }
        Ok(users)
    }

    fn features_of(&self, slot: u32) -> impl Iterator<Item = u32> {
        let own = [self.cells[slot as usize].features];
        let words = own.into_iter().chain(self.wide.row(slot as usize).iter().copied());
        (0..).zip(words).flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
                bit.map(|bit| word * CELL_FEATURES + bit)
            })
        })
    }

    /// Makes the cell of a slot that is the next one.
    #[inline(always)]
    fn make_cell(&mut self, slot: u32) -> Result<(), CoreError> {
        if slot as usize == self.cells.len() {
            memory::push(&mut self.cells, TenantCell::default())?;
            self.check_limit()?;
        }
        Ok(())
    }

    #[inline(always)]
    fn feature(&mut self, name: &[u8]) -> Result<u32, CoreError> {
        let known = self.features.len();
        let feature = self.features.intern(name)?;
        if feature as usize == known {
            self.check_limit()?;
        }
        Ok(feature)
    }

    /// Notes that the tenant used the feature.
    fn mark(&mut self, slot: u32, feature: u32) -> Result<(), CoreError> {
        if feature < CELL_FEATURES {
            self.cells[slot as usize].features |= 1 << feature;
            return Ok(());
        }
        self.insert_wide(slot, feature)
    }

    #[cold]
    fn insert_wide(&mut self, slot: u32, feature: u32) -> Result<(), CoreError> {
        let (row, feature) = (slot as usize, (feature - CELL_FEATURES) as usize);
        if self.wide.bytes_with(row, feature) > self.limit {
            return Err(CoreError::MemoryLimit { limit: self.limit });
        }
        self.wide.insert(row, feature)?;
        self.check_limit()
    }

    fn count(&self, len: usize) -> Result<u32, CoreError> {
        u32::try_from(len).map_err(|_| CoreError::TooManyValues)
    }

    /// Bytes of heap memory in use.
    pub(crate) fn bytes(&self) -> usize {
        self.ids.bytes()
            + self.cells.capacity() * size_of::<TenantCell>()
            + self.features.bytes()
            + self.wide.bytes()
            + self.money_bytes
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        match self.bytes() > self.limit {
            true => Err(CoreError::MemoryLimit { limit: self.limit }),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
