//! Events without those that were taken away.
//!
//! What was taken away, and what statements appended since, are put in order first: there are few of
//! them. Then each row of events is read, and leaves out what was taken away of it. So whoever counts
//! events meets those that there are, and never one that is gone.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::event_block::EventBlock;
use super::events::EventColumns;
use super::value::EventValue;
use crate::bytes::Encoded;
use crate::{CoreError, memory};

/// Bits of the filter: few enough for the processor's nearest cache.
const FILTER_BITS: usize = 1 << 16;

/// Events that stand beside rows of events, and those that were taken away of these.
#[derive(Debug)]
pub struct LiveEvents {
    beside: EventColumns,
    /// Where the events of a tenant at a time begin, of which some were taken away.
    places: HashTable<u32>,
    /// By bits of the hash of tenant and time: whether there is such an event.
    filter: Vec<u64>,
    hasher: RandomState,
    /// How many of those that were taken away were not met yet.
    removed: u64,
}

impl LiveEvents {
    /// Of events of the wanted columns that are in order and of which no two are the same.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::TooManyValues`].
    pub fn new(beside: EventColumns) -> Result<Self, CoreError> {
        let mut live = Self {
            beside,
            places: HashTable::new(),
            filter: Vec::new(),
            hasher: RandomState::default(),
            removed: 0,
        };
        let mut begin = 0;
        for at in 0..live.beside.len() {
            if live.key(at) != live.key(begin) {
                begin = at;
            }
            let weight = live.beside.weights[at];
            if weight < 0 {
                live.removed += weight.unsigned_abs();
                live.note(begin)?;
            }
        }
        Ok(live)
    }

    /// Whether nothing was taken away that is still to be met.
    #[must_use]
    pub fn has_all(&self) -> bool {
        self.removed == 0
    }

    fn key(&self, at: usize) -> (i64, i64) {
        (self.beside.times[at], self.beside.tenants[at])
    }

    /// Notes that an event was taken away of those that begin here.
    fn note(&mut self, begin: usize) -> Result<(), CoreError> {
        let place = u32::try_from(begin).map_err(|_| CoreError::TooManyValues)?;
        let hash = self.hasher.hash_one(self.key(begin));
        if self.places.find(hash, |&other| other == place).is_some() {
            return Ok(());
        }
        memory::lengthen(&mut self.filter, FILTER_BITS / 64, || 0)?;
        let bit = bit_of(hash);
        self.filter[bit / 64] |= 1 << (bit % 64);
        let Self { beside, places, hasher, .. } = self;
        let of = |&place: &u32| {
            hasher.hash_one((beside.times[place as usize], beside.tenants[place as usize]))
        };
        places.try_reserve(1, of)?;
        places.insert_unique(hash, place, of);
        Ok(())
    }

    /// Makes the weights of a row's events those that are left of them.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`], [`CoreError::OutOfMemory`].
    pub fn leave_out(&mut self, block: &mut EventBlock) -> Result<(), CoreError> {
        if self.removed == 0 && block.weight().is_some_and(|weight| weight > 0) {
            return Ok(());
        }
        for at in 0..block.len() {
            let weight = block.weights()[at];
            let left = match weight {
                // It is beside the rows too.
                ..0 => 0,
                _ if self.removed == 0 => weight,
                _ => weight - self.taken(block, at, weight)?,
            };
            if left != weight {
                block.weights.values_mut()[at] = left;
            }
        }
        Ok(())
    }

    /// How many of an event of a row were taken away, of so many.
    fn taken(&mut self, block: &EventBlock, at: usize, weight: i64) -> Result<i64, CoreError> {
        let key = (block.times()[at], block.tenants()[at]);
        let hash = self.hasher.hash_one(key);
        let bit = bit_of(hash);
        if self.filter[bit / 64] & 1 << (bit % 64) == 0 {
            return Ok(0);
        }
        let begin = self.places.find(hash, |&place| self.key(place as usize) == key);
        let Some(&begin) = begin else { return Ok(0) };
        for other in begin as usize..self.beside.len() {
            if self.key(other) != key {
                break;
            }
            let gone = self.beside.weights[other];
            if gone < 0 && self.is_same(other, block, at)? {
                let taken = weight.min(-gone);
                self.beside.weights[other] += taken;
                self.removed -= taken.unsigned_abs();
                return Ok(taken);
            }
        }
        Ok(0)
    }

    /// Whether an event beside the rows, and one of a row of the same tenant and time, are the same.
    fn is_same(&self, other: usize, block: &EventBlock, at: usize) -> Result<bool, CoreError> {
        let shape = self.beside.shape;
        for rank in 0..shape.dimensions() {
            if self.beside.dimensions[rank][other] != block.dimension(rank)[at] {
                return Ok(false);
            }
        }
        for rank in 0..shape.values() {
            let value = self.beside.values[rank].short(other);
            let is_same = match block.values(rank).value(at)? {
                EventValue::Short(short) => value == Some(short),
                EventValue::Missing => self.beside.is_missing(rank, other),
                EventValue::Long(sum) => match super::value::short_of(sum) {
                    Some(short) => value == Some(short),
                    None => self.beside.is_long(rank, other, &sum.to_bytes()?),
                },
            };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Calls `on_block` with the events beside the rows, once all rows were read.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] where more was taken away than there was; or an error of
    /// `on_block`.
    pub fn finish<E: From<CoreError>>(
        self,
        block: &mut EventBlock,
        mut on_block: impl FnMut(&EventBlock) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.removed > 0 {
            return Err(CoreError::MalformedRow.into());
        }
        self.beside.each_block(block, |block| on_block(block))
    }
}

/// Which bit of the filter a hash has; its lowest bits are those of the table.
fn bit_of(hash: u64) -> usize {
    (hash >> 40) as usize % FILTER_BITS
}
