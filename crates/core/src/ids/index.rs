//! Which slots may have an id of a hash.
//!
//! Places of a flat array, found by the hash and, where they are taken, by the next that is free.
//! A look-up mostly waits for one line of memory, and calls nothing, so that the processor can
//! begin the next ones meanwhile; that is why it is not a table of a library.

use super::NO_SLOT;
use crate::{CoreError, memory};

/// The fewest places of an array that has any.
const FEWEST: usize = 16;

/// Slots by hash.
#[derive(Debug, Default)]
pub(super) struct HashIndex {
    /// Their number is a power of two, or there are none.
    places: Vec<Entry>,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The upper half of a hash. Ids that differ hardly ever share it, so few are looked at in vain.
    tag: u32,
    /// [`NO_SLOT`] if the place is free.
    slot: u32,
}

const FREE: Entry = Entry { tag: 0, slot: NO_SLOT };

impl HashIndex {
    /// Number of slots.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of heap memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Entry>()
    }

    /// The slot of this hash that `is_wanted`.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64, is_wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let last = self.places.len().checked_sub(1)?;
        let mut at = lower_half(hash);
        loop {
            let place = self.places[at & last];
            if place.slot == NO_SLOT {
                return None;
            }
            if place.tag == upper_half(hash) && is_wanted(place.slot) {
                return Some(place.slot);
            }
            at += 1;
        }
    }

    /// Makes room for `more` slots; `hash_of` gives the hash of a slot.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub(super) fn reserve(
        &mut self,
        more: usize,
        hash_of: impl Fn(u32) -> u64,
    ) -> Result<(), CoreError> {
        let needed = self.len + more;
        // At most two thirds of the places are taken, so that the next free one is near.
        if 3 * needed <= 2 * self.places.len() {
            return Ok(());
        }
        let count = (3 * needed / 2 + 1).next_power_of_two().max(FEWEST);
        let taken = std::mem::replace(&mut self.places, memory::filled(count, FREE)?);
        for Entry { slot, .. } in taken.into_iter().filter(|place| place.slot != NO_SLOT) {
            self.put(hash_of(slot), slot);
        }
        Ok(())
    }

    /// Enters a slot for which there is room.
    pub(super) fn insert(&mut self, hash: u64, slot: u32) {
        self.put(hash, slot);
        self.len += 1;
    }

    fn put(&mut self, hash: u64, slot: u32) {
        let last = self.places.len() - 1;
        let mut at = lower_half(hash) & last;
        while self.places[at].slot != NO_SLOT {
            at = (at + 1) & last;
        }
        self.places[at] = Entry { tag: upper_half(hash), slot };
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the half is wanted")]
fn lower_half(hash: u64) -> usize {
    hash as u32 as usize
}

fn upper_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that begin at few places, some of them the last, and share few upper halves.
    fn hash_of(slot: u32) -> u64 {
        u64::from(slot % 5) << 32 | u64::from(u32::MAX - slot % 3)
    }

    #[test]
    fn slots_of_any_hashes_are_found() {
        let mut index = HashIndex::default();
        assert_eq!(index.find(hash_of(0), |_| true), None);
        for slot in 0..200 {
            index.reserve(1, hash_of).unwrap();
            index.insert(hash_of(slot), slot);
            for slot in 0..=slot {
                assert_eq!(index.find(hash_of(slot), |found| found == slot), Some(slot));
            }
            assert_eq!(index.find(hash_of(slot + 1), |found| found == slot + 1), None);
            assert!(3 * index.len() <= 2 * index.places.len());
        }
        assert_eq!(index.len(), 200);
        assert_eq!(index.places.len(), 512);
    }
}
