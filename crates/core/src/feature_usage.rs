//! The one-pass accumulator by feature: a cell of totals for each tenant and feature with events.

mod adopted;
mod cell;
mod cell_store;
mod measured_cell;

use crate::accumulator::{Accumulator, EventsRead};
use crate::bytes::{Encoded, Input, Output};
use crate::counting::UsageTotal;
use crate::features::FeatureTable;
use crate::ids::{Id, IdKind, IdTable, Seed};
use crate::money::Amount;
use crate::state::StateKind;
use crate::usage::Cost;
use crate::{CoreError, memory};
pub use adopted::{AdoptionCell, UsedAt};
pub use cell::{CostAt, Counter, EARLIEST, FeatureCell, LATEST, TotalsCell};
use cell_store::{CellKey, CellStore};
pub use measured_cell::{MeasuredAt, MeasuredCell};

/// Maximum number of events that wait.
const WAITING: usize = 256;

/// What events without a feature are numbered under; no name has a zero byte.
const UNNAMED: &[u8] = b"\0";

/// Usage by tenant and feature, filled event by event. Events without a tenant are left out.
#[derive(Debug)]
pub struct FeatureUsage<C: Counter> {
    ids: IdTable,
    features: FeatureTable,
    cells: CellStore<C>,
    /// Events that are not in the cells yet. Cells of many tenants are not in the processor's
    /// caches; counting many events in a row lets it fetch the next cells meanwhile.
    waiting: Vec<(u32, C::Measure)>,
    /// Heap bytes of what is in the cells: sums that outgrew 128 bits.
    heap_bytes: usize,
    limit: usize,
    read: EventsRead,
}

/// The cells of one feature.
#[derive(Debug)]
pub struct FeatureColumn<'a, C> {
    /// Its name; missing for events without a feature.
    pub name: Option<&'a [u8]>,
    /// The tenants' slots and their cells.
    pub cells: Vec<(u32, &'a C)>,
}

impl FeatureUsage<FeatureCell> {
    /// Counts one event.
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
        let Some(slot) = self.slot(id)? else { return Ok(()) };
        self.record_at(slot, feature, &cost, time)
    }

    /// [`Self::record`] where the slot of the tenant is known.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline(always)]
    pub fn record_at(
        &mut self,
        tenant: u32,
        feature: Option<&[u8]>,
        cost: &Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        match Amount::of(cost) {
            Some(amount) => self.count_at(tenant, feature, CostAt { amount, time }),
            None => self.count_any(tenant, feature, |cell| cell.count_any(*cost, time)),
        }
    }
}

impl FeatureUsage<MeasuredCell> {
    /// Counts one event of the tenant in this slot, with its value of the measure.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the accumulator is useless
    /// after that.
    #[inline(always)]
    pub fn record_measured(
        &mut self,
        tenant: u32,
        feature: Option<&[u8]>,
        cost: &Cost<'_>,
        time: i64,
        value: &Cost<'_>,
    ) -> Result<(), CoreError> {
        match (Amount::of(cost), Amount::of(value)) {
            (Some(amount), Some(value)) => {
                let event = CostAt { amount, time };
                self.count_at(tenant, feature, MeasuredAt { event, value })
            }
            _ => self.count_any(tenant, feature, |cell| cell.count_any(*cost, time, *value)),
        }
    }
}

impl<C: TotalsCell> FeatureUsage<C> {
    /// Counts all events of a tenant with one feature.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the accumulator is useless
    /// after that.
    pub fn add_total(&mut self, total: &UsageTotal<'_>) -> Result<(), CoreError> {
        let Some(slot) = self.slot(Some(total.tenant))? else { return Ok(()) };
        self.count_any(slot, total.feature, |cell| cell.add(&C::of_total(total)))
    }
}

impl<C: Counter> FeatureUsage<C> {
    /// An empty accumulator for tenants with ids of `kind` that may use `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self {
            ids: IdTable::new(kind),
            features: FeatureTable::default(),
            cells: CellStore::empty(),
            waiting: Vec::new(),
            heap_bytes: 0,
            limit,
            read: EventsRead::default(),
        }
    }

    /// Counts one event.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the accumulator is useless
    /// after that.
    #[inline(always)]
    pub fn count(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        event: C::Measure,
    ) -> Result<(), CoreError> {
        let Some(slot) = self.slot(id)? else { return Ok(()) };
        self.count_at(slot, feature, event)
    }

    /// The slot of the tenant that an event has, if it has one.
    ///
    /// # Errors
    /// As for [`Self::count`].
    #[inline(always)]
    pub fn slot(&mut self, id: Option<Id<'_>>) -> Result<Option<u32>, CoreError> {
        id.map(|id| self.ids.intern(id)).transpose()
    }

    /// [`Self::count`] where the slot of the tenant is known.
    ///
    /// # Errors
    /// As for [`Self::count`].
    #[inline(always)]
    pub fn count_at(
        &mut self,
        tenant: u32,
        feature: Option<&[u8]>,
        event: C::Measure,
    ) -> Result<(), CoreError> {
        let key = self.key(tenant, feature)?;
        match self.cells.place(key).and_then(|place| u32::try_from(place).ok()) {
            Some(place) => {
                if self.waiting.len() == self.waiting.capacity() {
                    self.count_waiting();
                    self.waiting.try_reserve_exact(WAITING)?;
                }
                #[expect(clippy::disallowed_methods, reason = "there is room")]
                self.waiting.push((place, event));
                Ok(())
            }
            None => {
                self.cell(key)?.count(event);
                self.check_limit()
            }
        }
    }

    /// Counts an event of the tenant in this slot that may take memory.
    #[cold]
    fn count_any(
        &mut self,
        tenant: u32,
        feature: Option<&[u8]>,
        count: impl FnOnce(&mut C),
    ) -> Result<(), CoreError> {
        let key = self.key(tenant, feature)?;
        let cell = self.cell(key)?;
        let before = cell.bytes();
        count(cell);
        self.heap_bytes += cell.bytes().saturating_sub(before);
        self.check_limit()
    }

    /// The tenants with events, by slot.
    pub fn tenants(&self) -> impl ExactSizeIterator<Item = Id<'_>> {
        self.ids.ids()
    }

    /// The cells by feature, in the order of the names' bytes; events without one come last.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedState`] where what was read has a tenant
    /// twice in a column.
    pub fn columns(&self) -> Result<Vec<FeatureColumn<'_, C>>, CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        let mut columns: Vec<FeatureColumn<'_, C>> = memory::with_capacity(self.features.len())?;
        for number in 0..count(self.features.len())? {
            let name = Some(self.features.name(number)).filter(|name| *name != UNNAMED);
            memory::push(&mut columns, FeatureColumn { name, cells: Vec::new() })?;
        }
        for ((slot, feature), cell) in self.cells.used() {
            memory::push(&mut columns[feature as usize].cells, (slot, cell))?;
        }
        if self.cells.may_repeat() {
            self.expect_each_once(&columns)?;
        }
        columns.sort_unstable_by_key(|column| (column.name.is_none(), column.name));
        Ok(columns)
    }

    /// Fails where a tenant comes twice in a column.
    fn expect_each_once(&self, columns: &[FeatureColumn<'_, C>]) -> Result<(), CoreError> {
        let mut last_column = memory::filled(self.ids.len(), usize::MAX)?;
        for (number, column) in columns.iter().enumerate() {
            for &(slot, _) in &column.cells {
                if std::mem::replace(&mut last_column[slot as usize], number) == number {
                    return Err(CoreError::MalformedState);
                }
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn key(&mut self, tenant: u32, feature: Option<&[u8]>) -> Result<CellKey, CoreError> {
        Ok((tenant, self.features.intern(feature.unwrap_or(UNNAMED))?))
    }

    /// The cell of `key`, a new one if it was not used before.
    fn cell(&mut self, key: CellKey) -> Result<&mut C, CoreError> {
        if self.cells.place(key).is_none() {
            self.count_waiting();
            self.check_limit()?;
            return self.cells.other(key, self.limit / 2);
        }
        self.cells.dense(key).ok_or(CoreError::MalformedState)
    }

    fn count_waiting(&mut self) {
        self.cells.count(&self.waiting);
        self.waiting.clear();
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        let bytes = self.ids.bytes() + self.features.bytes() + self.cells.bytes() + self.heap_bytes;
        if bytes > self.limit { Err(CoreError::MemoryLimit { limit: self.limit }) } else { Ok(()) }
    }
}

impl<C: Counter> Accumulator for FeatureUsage<C> {
    const KIND: StateKind = C::KIND;

    fn seed(&mut self, seed: Seed) {
        self.ids.seed(seed);
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        self.count_waiting();
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        debug_assert!(other.waiting.is_empty(), "settled");
        self.count_waiting();
        self.read.add(other.read.count())?;
        self.cells.look_up(self.limit / 2)?;
        let features = renumbered(other.features.len(), |feature| {
            self.features.intern(other.features.name(feature))
        })?;
        let slots = renumbered(other.ids.len(), |slot| self.ids.intern_of(&other.ids, slot))?;
        for ((slot, feature), theirs) in other.cells.used() {
            let cell = self.cell((slots[slot as usize], features[feature as usize]))?;
            let before = cell.bytes();
            cell.add(theirs);
            let grown = cell.bytes().saturating_sub(before);
            if grown > 0 {
                self.heap_bytes += grown;
                self.check_limit()?;
            }
        }
        self.check_limit()
    }
}

impl<C: Counter> Encoded for FeatureUsage<C> {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        self.ids.write(into)?;
        self.features.write(into)?;
        self.cells.len().write(into)?;
        into.reserve(self.cells.len() * (size_of::<CellKey>() + size_of::<C>()) + self.heap_bytes)?;
        for (key, cell) in self.cells.used() {
            key.write(into)?;
            cell.write(into)?;
        }
        Ok(())
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let limit = from.limit();
        let (ids, features) = (IdTable::read(from)?, FeatureTable::read(from)?);
        let len = from.take_count(CellKey::LEAST + C::LEAST)?;
        let (mut keys, mut cells) = (memory::with_capacity(len)?, memory::with_capacity(len)?);
        let (mut read, mut heap_bytes) = (EventsRead::default(), 0);
        for _ in 0..len {
            let (slot, feature) = CellKey::read(from)?;
            let cell = C::read(from)?;
            let is_sound = (slot as usize) < ids.len()
                && (feature as usize) < features.len()
                && cell.is_used();
            if !is_sound {
                return Err(CoreError::MalformedState);
            }
            read.add(cell.events())?;
            heap_bytes += cell.bytes();
            memory::push(&mut keys, (slot, feature))?;
            memory::push(&mut cells, cell)?;
        }
        let cells = CellStore::List { keys, cells };
        Ok(Self { ids, features, cells, waiting: Vec::new(), heap_bytes, limit, read })
    }
}

fn renumbered(
    len: usize,
    mut intern: impl FnMut(u32) -> Result<u32, CoreError>,
) -> Result<Vec<u32>, CoreError> {
    let mut numbers = memory::with_capacity(len)?;
    for number in 0..count(len)? {
        memory::push(&mut numbers, intern(number)?)?;
    }
    Ok(numbers)
}

fn count(len: usize) -> Result<u32, CoreError> {
    u32::try_from(len).map_err(|_| CoreError::TooManyValues)
}

#[cfg(test)]
mod tests;
