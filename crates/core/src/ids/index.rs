//! Which slots may have an id of a hash.
//!
//! Buckets of eight entries, each bucket one line of memory: the eight are looked at together, so a
//! look-up mostly waits for that line, decides nothing that the processor could guess wrongly and
//! calls nothing, and the next ones begin meanwhile; that is why it is not a table of a library.

use super::NO_SLOT;
use crate::{CoreError, memory};

/// Entries of a bucket.
const WIDTH: usize = 8;

/// How many buckets a hash may lead through. Hashes that nobody chose lead through a few, so that
/// more are wanted only where somebody did; no look-up takes longer then.
const REACH: usize = 64;

/// Slots by hash.
#[derive(Debug, Default)]
pub(super) struct HashIndex {
    /// Their number is a power of two, or there are none. One that is full goes on in the next.
    buckets: Vec<HashBucket>,
    len: usize,
}

/// Entries, the free ones behind the others.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct HashBucket {
    /// The upper half of each hash, which ids that differ hardly ever share; [`FREE`] if there is
    /// none.
    tags: [u32; WIDTH],
    slots: [u32; WIDTH],
}

const FREE: u32 = 0;

const EMPTY: HashBucket = HashBucket { tags: [FREE; WIDTH], slots: [NO_SLOT; WIDTH] };

impl HashIndex {
    /// Number of slots.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of heap memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<HashBucket>()
    }

    /// The slot of this hash that `is_wanted`.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64, is_wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let last = self.buckets.len().checked_sub(1)?;
        let mut at = lower_half(hash);
        let end = at.wrapping_add(REACH);
        loop {
            let bucket = &self.buckets[at & last];
            let mut found = bucket.which(tag(hash));
            while found != 0 {
                let which = found.trailing_zeros() / u8::BITS;
                let slot = bucket.slots[which as usize % WIDTH];
                if is_wanted(slot) {
                    return Some(slot);
                }
                found ^= u64::from(u8::MAX) << (which * u8::BITS);
            }
            at = at.wrapping_add(1);
            if bucket.tags[WIDTH - 1] == FREE || at == end {
                return None;
            }
        }
    }

    /// Makes room for `more` slots; `hash_of` gives the hash of a slot.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::TooManyValues`] for hashes that somebody chose.
    pub(super) fn reserve(
        &mut self,
        more: usize,
        hash_of: impl Fn(u32) -> u64,
    ) -> Result<(), CoreError> {
        let needed = self.len + more;
        // At most five of eight entries are taken, so that few buckets are full.
        if needed <= 5 * self.buckets.len() {
            return Ok(());
        }
        let buckets = memory::filled(needed.div_ceil(5).next_power_of_two(), EMPTY)?;
        let taken = std::mem::replace(&mut self.buckets, buckets);
        for slot in taken.iter().flat_map(|bucket| bucket.slots).filter(|&slot| slot != NO_SLOT) {
            self.put(hash_of(slot), slot)?;
        }
        Ok(())
    }

    /// Enters a slot for which there is room.
    ///
    /// # Errors
    /// [`CoreError::TooManyValues`] for hashes that somebody chose.
    pub(super) fn insert(&mut self, hash: u64, slot: u32) -> Result<(), CoreError> {
        self.put(hash, slot)?;
        self.len += 1;
        Ok(())
    }

    fn put(&mut self, hash: u64, slot: u32) -> Result<(), CoreError> {
        let last = self.buckets.len() - 1;
        let mut at = lower_half(hash) & last;
        for _ in 0..REACH {
            let HashBucket { tags, slots } = &mut self.buckets[at];
            if let Some(free) = tags.iter().position(|&tag| tag == FREE) {
                (tags[free], slots[free]) = (tag(hash), slot);
                return Ok(());
            }
            at = (at + 1) & last;
        }
        Err(CoreError::TooManyValues)
    }
}

impl HashBucket {
    /// A byte for each entry, which is not zero in those of this tag.
    #[inline(always)]
    fn which(&self, tag: u32) -> u64 {
        u64::from_le_bytes(self.tags.map(|each| if each == tag { u8::MAX } else { 0 }))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the half is wanted")]
fn lower_half(hash: u64) -> usize {
    hash as u32 as usize
}

/// Never [`FREE`].
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that begin at few places, some of them the last, and share few tags.
    fn hash_of(slot: u32) -> u64 {
        u64::from(slot % 5) << 33 | u64::from(u32::MAX - slot % 3)
    }

    #[test]
    fn slots_of_any_hashes_are_found() {
        let mut index = HashIndex::default();
        assert_eq!(index.find(hash_of(0), |_| true), None);
        for slot in 0..200 {
            index.reserve(1, hash_of).unwrap();
            index.insert(hash_of(slot), slot).unwrap();
            for slot in 0..=slot {
                assert_eq!(index.find(hash_of(slot), |found| found == slot), Some(slot));
            }
            assert_eq!(index.find(hash_of(slot + 1), |found| found == slot + 1), None);
            assert!(index.len() <= 5 * index.buckets.len());
        }
        assert_eq!(index.len(), 200);
        assert_eq!(index.buckets.len(), 64);
    }

    #[test]
    fn one_hash_for_all_is_an_error_soon() {
        let mut index = HashIndex::default();
        index.reserve(10_000, hash_of).unwrap();
        let entered = (0..10_000).take_while(|&slot| index.insert(7, slot).is_ok()).count();
        assert_eq!(entered, REACH * WIDTH);
        assert_eq!(index.insert(7, 0), Err(CoreError::TooManyValues));
        let last = u32::try_from(entered - 1).unwrap();
        assert_eq!(index.find(7, |slot| slot == last), Some(last));
        assert_eq!(index.find(7, |_| false), None);
        let other = 1 << 33;
        index.insert(other, 0).unwrap();
        assert_eq!(index.find(other, |_| true), Some(0));
    }
}
