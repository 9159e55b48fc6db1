//! The one-pass accumulator by feature: a cell of totals for each tenant and feature with events.

mod cell;
mod layout;

use serde::{Deserialize, Serialize};

use crate::CoreError;
use crate::features::FeatureTable;
use crate::ids::{Id, IdKind, IdTable};
use crate::usage::Cost;
use cell::{Amount, Event};
pub use cell::{EARLIEST, FeatureCell, LATEST};
use layout::{Key, Layout};

/// So many events wait at most.
const WAITING: usize = 256;

/// What events without a feature are numbered under; no name has a zero byte.
const UNNAMED: &[u8] = b"\0";

/// Usage by tenant and feature, filled event by event. Events without a tenant are left out.
#[derive(Debug)]
pub struct FeatureUsage {
    ids: IdTable,
    features: FeatureTable,
    cells: Layout,
    /// Events that are not in the cells yet. Cells of many tenants are not in the processor's
    /// caches; counting many events in a row lets it fetch the next cells meanwhile.
    waiting: Vec<Event>,
    /// Heap bytes of sums that outgrew 128 bits.
    money_bytes: usize,
    limit: usize,
}

/// The cells of one feature.
#[derive(Debug)]
pub struct FeatureColumn<'a> {
    /// Its name; missing for events without a feature.
    pub name: Option<&'a [u8]>,
    /// The tenants' slots and their cells.
    pub cells: Vec<(u32, &'a FeatureCell)>,
}

/// What of an accumulator crosses the border between processes.
#[derive(Serialize, Deserialize)]
struct Written<T, F, C> {
    ids: T,
    features: F,
    cells: C,
    money_bytes: usize,
    limit: usize,
}

impl FeatureUsage {
    /// An empty accumulator for tenants with ids of `kind` that may use `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self {
            ids: IdTable::new(kind),
            features: FeatureTable::default(),
            cells: Layout::empty(),
            waiting: Vec::with_capacity(WAITING),
            money_bytes: 0,
            limit,
        }
    }

    /// Counts one event.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    #[inline]
    pub fn record(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        let Some(id) = id else { return Ok(()) };
        let key = (self.ids.intern(id)?, self.features.intern(feature.unwrap_or(UNNAMED))?);
        let place = self.cells.place(key).and_then(|place| u32::try_from(place).ok());
        match (place, Amount::of(cost)) {
            (Some(place), Some(amount)) => {
                self.waiting.push(Event { place, amount, time });
                if self.waiting.len() == WAITING {
                    self.settle();
                }
                Ok(())
            }
            _ => self.record_now(key, cost, time),
        }
    }

    /// Counts the events that wait; nothing may be read before.
    pub fn settle(&mut self) {
        self.cells.count(self.waiting.drain(..));
    }

    /// Counts an event whose cell has no place yet, or whose cost is long.
    #[cold]
    fn record_now(&mut self, key: Key, cost: Cost<'_>, time: i64) -> Result<(), CoreError> {
        self.settle();
        let cell = match self.cells.dense(key) {
            Some(cell) => cell,
            None => self.cells.other(key, self.limit / 2)?,
        };
        match Amount::of(cost) {
            Some(amount) => cell.count(&Event { place: 0, amount, time }),
            None => {
                let before = cell.cost.bytes();
                cell.count_long(cost, time);
                self.money_bytes += cell.cost.bytes().saturating_sub(before);
            }
        }
        self.check_limit()
    }

    /// Adds what another accumulator counted.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    pub fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        debug_assert!(other.waiting.is_empty(), "settled");
        self.settle();
        let features = renumbered(other.features.len(), |feature| {
            self.features.intern(other.features.name(feature))
        })?;
        let slots = renumbered(other.ids.len(), |slot| self.ids.intern(other.ids.id(slot)))?;
        for ((slot, feature), theirs) in other.cells.used() {
            self.add(slots[slot as usize], features[feature as usize], theirs)?;
        }
        self.money_bytes += other.money_bytes;
        self.check_limit()
    }

    /// Number of tenants with events; their slots run up to here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no tenant has events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The tenant in `slot`.
    #[must_use]
    pub fn id(&self, slot: u32) -> Id<'_> {
        self.ids.id(slot)
    }

    /// The cells by feature, in the order of the names' bytes; events without one come last.
    ///
    /// # Errors
    /// Memory.
    pub fn columns(&self) -> Result<Vec<FeatureColumn<'_>>, CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        let mut columns: Vec<FeatureColumn<'_>> = (0..count(self.features.len())?)
            .map(|number| self.features.name(number))
            .map(|name| FeatureColumn { name: Some(name), cells: Vec::new() })
            .collect();
        for ((slot, feature), cell) in self.cells.used() {
            let cells = &mut columns[feature as usize].cells;
            cells.try_reserve(1)?;
            cells.push((slot, cell));
        }
        for column in &mut columns {
            column.name = column.name.filter(|name| *name != UNNAMED);
        }
        columns.sort_unstable_by_key(|column| (column.name.is_none(), column.name));
        Ok(columns)
    }

    /// As bytes that [`FeatureUsage::from_bytes`] reads.
    ///
    /// # Errors
    /// Memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        let mut cells = Vec::new();
        cells.try_reserve_exact(self.cells.len())?;
        cells.extend(self.cells.used());
        let written = Written {
            ids: &self.ids,
            features: &self.features,
            cells,
            money_bytes: self.money_bytes,
            limit: self.limit,
        };
        postcard::to_allocvec(&written).map_err(|_| CoreError::OutOfMemory)
    }

    /// Reads what [`FeatureUsage::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes of anything else, or memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CoreError> {
        let Written { ids, features, cells, money_bytes, limit }: Written<
            IdTable,
            FeatureTable,
            Vec<(Key, FeatureCell)>,
        > = postcard::from_bytes(bytes).map_err(|_| CoreError::MalformedState)?;
        let (empty, waiting) = (Layout::empty(), Vec::new());
        let mut usage = Self { ids, features, cells: empty, waiting, money_bytes, limit };
        for ((slot, feature), cell) in cells {
            if slot as usize >= usage.ids.len() || feature as usize >= usage.features.len() {
                return Err(CoreError::MalformedState);
            }
            match usage.cells.dense((slot, feature)) {
                Some(place) => *place = cell,
                None => *usage.cells.other((slot, feature), limit / 2)? = cell,
            }
        }
        Ok(usage)
    }

    fn add(&mut self, slot: u32, feature: u32, theirs: &FeatureCell) -> Result<(), CoreError> {
        match self.cells.dense((slot, feature)) {
            Some(cell) => cell.add(theirs),
            None => {
                self.cells.other((slot, feature), self.limit / 2)?.add(theirs);
                self.check_limit()?;
            }
        }
        Ok(())
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        let bytes =
            self.ids.bytes() + self.features.bytes() + self.cells.bytes() + self.money_bytes;
        if bytes > self.limit { Err(CoreError::MemoryLimit { limit: self.limit }) } else { Ok(()) }
    }
}

fn renumbered(
    len: usize,
    mut intern: impl FnMut(u32) -> Result<u32, CoreError>,
) -> Result<Vec<u32>, CoreError> {
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(len)?;
    for number in 0..count(len)? {
        numbers.push(intern(number)?);
    }
    Ok(numbers)
}

fn count(len: usize) -> Result<u32, CoreError> {
    u32::try_from(len).map_err(|_| CoreError::TooManyValues)
}

#[cfg(test)]
mod tests;
