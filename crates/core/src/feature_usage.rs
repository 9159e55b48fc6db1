//! The one-pass accumulator by feature: a cell of totals for each tenant and feature with events.

mod adopted;
mod cell;
mod layout;

use serde::{Deserialize, Serialize};

use crate::CoreError;
use crate::bytes::take;
use crate::features::FeatureTable;
use crate::ids::{Id, IdKind, IdTable};
use crate::money::Amount;
use crate::usage::Cost;
pub use adopted::{AdoptionCell, UsedAt};
pub use cell::{EARLIEST, Event, FeatureCell, LATEST, Tally};
use layout::{Key, Layout};

/// So many events wait at most.
const WAITING: usize = 256;

/// What events without a feature are numbered under; no name has a zero byte.
const UNNAMED: &[u8] = b"\0";

/// Usage by tenant and feature, filled event by event. Events without a tenant are left out.
#[derive(Debug)]
pub struct FeatureUsage<C: Tally> {
    ids: IdTable,
    features: FeatureTable,
    cells: Layout<C>,
    /// Events that are not in the cells yet. Cells of many tenants are not in the processor's
    /// caches; counting many events in a row lets it fetch the next cells meanwhile.
    waiting: Vec<(u32, C::Event)>,
    /// Heap bytes of what is in the cells: sums that outgrew 128 bits.
    heap_bytes: usize,
    limit: usize,
}

/// The cells of one feature.
#[derive(Debug)]
pub struct FeatureColumn<'a, C> {
    /// Its name; missing for events without a feature.
    pub name: Option<&'a [u8]>,
    /// The tenants' slots and their cells.
    pub cells: Vec<(u32, &'a C)>,
}

/// What of an accumulator crosses the border between processes before its keys and cells.
#[derive(Serialize, Deserialize)]
struct Header<T, F> {
    ids: T,
    features: F,
    cells: usize,
    heap_bytes: usize,
    limit: usize,
}

impl FeatureUsage<FeatureCell> {
    /// Counts one event.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    #[inline(always)]
    pub fn record(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        match Amount::of(cost) {
            Some(amount) => self.count(id, feature, Event { amount, time }),
            None => self.record_long(id, feature, cost, time),
        }
    }

    #[cold]
    fn record_long(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        time: i64,
    ) -> Result<(), CoreError> {
        let Some(id) = id else { return Ok(()) };
        let key = self.key(id, feature)?;
        let cell = self.cell(key)?;
        let before = cell.bytes();
        cell.count_long(cost, time);
        self.heap_bytes += cell.bytes().saturating_sub(before);
        self.check_limit()
    }
}

impl<C: Tally> FeatureUsage<C> {
    /// An empty accumulator for tenants with ids of `kind` that may use `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self {
            ids: IdTable::new(kind),
            features: FeatureTable::default(),
            cells: Layout::empty(),
            waiting: Vec::with_capacity(WAITING),
            heap_bytes: 0,
            limit,
        }
    }

    /// Counts one event.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    #[inline(always)]
    pub fn count(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        event: C::Event,
    ) -> Result<(), CoreError> {
        let Some(id) = id else { return Ok(()) };
        let key = self.key(id, feature)?;
        match self.cells.place(key).and_then(|place| u32::try_from(place).ok()) {
            Some(place) => {
                self.waiting.push((place, event));
                if self.waiting.len() == WAITING {
                    self.settle();
                }
                Ok(())
            }
            None => {
                self.cell(key)?.count(event);
                self.check_limit()
            }
        }
    }

    /// Counts the events that wait; nothing may be read before.
    pub fn settle(&mut self) {
        self.cells.count(&self.waiting);
        self.waiting.clear();
    }

    /// Adds what another accumulator counted.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    pub fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        debug_assert!(other.waiting.is_empty(), "settled");
        self.settle();
        self.cells.look_up(self.limit / 2)?;
        let features = renumbered(other.features.len(), |feature| {
            self.features.intern(other.features.name(feature))
        })?;
        let slots = renumbered(other.ids.len(), |slot| self.ids.intern(other.ids.id(slot)))?;
        for ((slot, feature), theirs) in other.cells.used() {
            self.cell((slots[slot as usize], features[feature as usize]))?.add(theirs);
        }
        self.heap_bytes += other.heap_bytes;
        self.check_limit()
    }

    /// The tenants with events, by slot.
    pub fn tenants(&self) -> impl ExactSizeIterator<Item = Id<'_>> {
        self.ids.ids()
    }

    /// The cells by feature, in the order of the names' bytes; events without one come last.
    ///
    /// # Errors
    /// Memory.
    pub fn columns(&self) -> Result<Vec<FeatureColumn<'_, C>>, CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        let mut columns: Vec<FeatureColumn<'_, C>> = Vec::new();
        columns.try_reserve_exact(self.features.len())?;
        for number in 0..count(self.features.len())? {
            let name = Some(self.features.name(number)).filter(|name| *name != UNNAMED);
            columns.push(FeatureColumn { name, cells: Vec::new() });
        }
        for ((slot, feature), cell) in self.cells.used() {
            let cells = &mut columns[feature as usize].cells;
            cells.try_reserve(1)?;
            cells.push((slot, cell));
        }
        columns.sort_unstable_by_key(|column| (column.name.is_none(), column.name));
        Ok(columns)
    }

    /// As bytes that [`FeatureUsage::from_bytes`] reads.
    ///
    /// # Errors
    /// Memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    /// Appends the bytes that [`FeatureUsage::from_bytes`] reads.
    ///
    /// # Errors
    /// Memory.
    pub fn write(&self, into: &mut Vec<u8>) -> Result<(), CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        let header = Header {
            ids: &self.ids,
            features: &self.features,
            cells: self.cells.len(),
            heap_bytes: self.heap_bytes,
            limit: self.limit,
        };
        let header = postcard::to_allocvec(&header).map_err(|_| CoreError::OutOfMemory)?;
        let cells = self.cells.len() * (size_of::<Key>() + size_of::<C>());
        into.try_reserve(header.len() + cells + self.heap_bytes)?;
        into.extend_from_slice(&header);
        for ((slot, feature), cell) in self.cells.used() {
            into.extend_from_slice(&slot.to_le_bytes());
            into.extend_from_slice(&feature.to_le_bytes());
            cell.write(into)?;
        }
        Ok(())
    }

    /// Reads what [`FeatureUsage::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes of anything else, or memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CoreError> {
        let (header, mut rest): (Header<IdTable, FeatureTable>, &[u8]) =
            postcard::take_from_bytes(bytes).map_err(|_| CoreError::MalformedState)?;
        let Header { ids, features, cells: len, heap_bytes, limit } = header;
        let (mut keys, mut cells) = (Vec::new(), Vec::new());
        // Every cell takes some bytes, so a length that is made up reserves nothing.
        let len = len.min(rest.len());
        keys.try_reserve_exact(len)?;
        cells.try_reserve_exact(len)?;
        while !rest.is_empty() {
            let read = |rest: &mut &[u8]| {
                let key = (u32::from_le_bytes(take(rest)?), u32::from_le_bytes(take(rest)?));
                Some((key, C::read(rest)?))
            };
            let ((slot, feature), cell) = read(&mut rest).ok_or(CoreError::MalformedState)?;
            if slot as usize >= ids.len() || feature as usize >= features.len() {
                return Err(CoreError::MalformedState);
            }
            keys.push((slot, feature));
            cells.push(cell);
        }
        let cells = Layout::List { keys, cells };
        Ok(Self { ids, features, cells, waiting: Vec::new(), heap_bytes, limit })
    }

    #[inline(always)]
    fn key(&mut self, id: Id<'_>, feature: Option<&[u8]>) -> Result<Key, CoreError> {
        Ok((self.ids.intern(id)?, self.features.intern(feature.unwrap_or(UNNAMED))?))
    }

    /// The cell of `key`, a new one if it was not used before.
    fn cell(&mut self, key: Key) -> Result<&mut C, CoreError> {
        if self.cells.place(key).is_none() {
            self.settle();
            self.check_limit()?;
            return self.cells.other(key, self.limit / 2);
        }
        self.cells.dense(key).ok_or(CoreError::MalformedState)
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        let bytes = self.ids.bytes() + self.features.bytes() + self.cells.bytes() + self.heap_bytes;
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
