//! What is wrong with events, by tenant and feature.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use crate::bytes::{Encoded, Input, Output, encoded_fields};
use crate::{CoreError, memory};

/// A tenant's slot and the number of a feature, if the events have one.
pub(super) type FaultKey = (u32, Option<u32>);

/// Numbers of events that something is wrong with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Those whose cost is missing or not finite.
    pub unpriced: u64,
    /// Those in the future.
    pub future: u64,
}

impl Faults {
    /// Whether nothing is wrong.
    #[inline]
    #[must_use]
    pub fn are_none(self) -> bool {
        self.unpriced == 0 && self.future == 0
    }
}

encoded_fields!(Faults { unpriced: u64, future: u64 });

/// The faults of tenants and features that have any.
#[derive(Debug, Default)]
pub(super) struct FaultTable {
    entries: Vec<(FaultKey, Faults)>,
    index: HashTable<u32>,
    hasher: RandomState,
}

impl FaultTable {
    /// Adds faults; says whether that took memory.
    pub(super) fn add(&mut self, key: FaultKey, faults: Faults) -> Result<bool, CoreError> {
        let hash = self.hasher.hash_one(key);
        let Self { entries, index, .. } = self;
        match index.find(hash, |&at| entries[at as usize].0 == key) {
            Some(&at) => {
                let (_, sum) = &mut entries[at as usize];
                sum.unpriced += faults.unpriced;
                sum.future += faults.future;
                Ok(false)
            }
            None => self.insert(hash, key, faults).map(|()| true),
        }
    }

    /// Puts in the faults of a key that is not there.
    fn insert(&mut self, hash: u64, key: FaultKey, faults: Faults) -> Result<(), CoreError> {
        let Self { entries, index, hasher } = self;
        let at = u32::try_from(entries.len()).map_err(|_| CoreError::TooManyValues)?;
        index.try_reserve(1, |&at| hasher.hash_one(entries[at as usize].0))?;
        memory::push(entries, (key, faults))?;
        index.insert_unique(hash, at, |&at| hasher.hash_one(entries[at as usize].0));
        Ok(())
    }

    /// All of them, in the order in which they were first seen.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FaultKey, Faults)> {
        self.entries.iter().copied()
    }

    /// Bytes of heap memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<(FaultKey, Faults)>()
            + self.index.capacity() * (size_of::<u32>() + 1)
    }

    pub(super) fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.entries.len().write(into)?;
        into.reserve(size_of_val(self.entries.as_slice()))?;
        for ((slot, feature), faults) in self.iter() {
            slot.write(into)?;
            feature.write(into)?;
            faults.write(into)?;
        }
        Ok(())
    }

    /// Reads faults of tenants and features that have so many events each. No key comes twice, and
    /// nothing is wrong with more events than there are.
    pub(super) fn read(
        from: &mut Input<'_>,
        tenants: &[u64],
        uses: &[u64],
    ) -> Result<Self, CoreError> {
        let mut table = Self::default();
        let least = u32::LEAST + Option::<u32>::LEAST + Faults::LEAST;
        for _ in 0..from.take_count(least)? {
            let key = (u32::read(from)?, Option::<u32>::read(from)?);
            let faults = Faults::read(from)?;
            let events = |counts: &[u64], at: u32| counts.get(at as usize).copied().unwrap_or(0);
            let (slot, feature) = key;
            let most =
                events(tenants, slot).min(feature.map_or(u64::MAX, |number| events(uses, number)));
            let is_sound = !faults.are_none() && faults.unpriced.max(faults.future) <= most;
            if !is_sound || !table.add(key, faults)? {
                return Err(CoreError::MalformedState);
            }
        }
        Ok(table)
    }
}
