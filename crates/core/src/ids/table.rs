//! The table that numbers ids.

mod written;

use super::hashing::{IdHasher, Seed};
use super::index::HashIndex;
use super::keys::Keys;
use super::{Id, IdKind, NO_SLOT};
use crate::{CoreError, memory};

/// Integer ids below this may be looked up in a plain array; it costs at most 16 MB.
const DIRECT_LIMIT: usize = 1 << 22;

/// Integer ids below this are always worth the array.
const DIRECT_MINIMUM: usize = 1 << 10;

/// Numbers distinct ids in the order in which they are first seen.
///
/// Small non-negative integers, in proportion to their number, are found in an array; all other
/// ids in a hash table. A UUID or a text is hashed once: its hash is kept, and goes with it to
/// other processes where tables are to be merged.
#[derive(Debug)]
pub struct IdTable {
    keys: Keys,
    /// The hash of each id; none of integers, which are hashed faster than a hash is read.
    hashes: Vec<u64>,
    index: HashIndex,
    direct: Vec<u32>,
    hasher: IdHasher,
}

impl IdTable {
    /// An empty table for ids of `kind`, with a seed of its own.
    #[must_use]
    pub fn new(kind: IdKind) -> Self {
        Self {
            keys: Keys::new(kind),
            hashes: Vec::new(),
            index: HashIndex::default(),
            direct: Vec::new(),
            hasher: IdHasher::new(Seed::random()),
        }
    }

    /// Lets an empty table have another seed.
    pub fn seed(&mut self, seed: Seed) {
        debug_assert!(self.is_empty(), "hashes are kept");
        self.hasher = IdHasher::new(seed);
    }

    /// The kind of its ids.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        self.keys.kind()
    }

    /// Number of distinct ids seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no id was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id in `slot`.
    #[must_use]
    pub fn id(&self, slot: u32) -> Id<'_> {
        self.keys.get(slot)
    }

    /// The ids, by slot.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = Id<'_>> {
        // There are no more slots than that.
        (0..u32::try_from(self.len()).unwrap_or(NO_SLOT)).map(|slot| self.keys.get(slot))
    }

    /// The slot of `id`, if it was seen.
    #[inline]
    #[must_use]
    pub fn get(&self, id: Id<'_>) -> Option<u32> {
        debug_assert!(self.is_indexed(), "a table that was read to be merged is not searched");
        match self.get_direct(id) {
            Some(slot) => Some(slot),
            None => self.get_hashed(id),
        }
    }

    #[inline(never)]
    fn get_hashed(&self, id: Id<'_>) -> Option<u32> {
        self.find(id, self.hasher.hash(id))
    }

    /// The slot of `id`, a new one if it was not seen before.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an id of another kind than the table's.
    #[inline(always)]
    pub fn intern(&mut self, id: Id<'_>) -> Result<u32, CoreError> {
        match self.get_direct(id) {
            Some(slot) => Ok(slot),
            None => self.intern_hashed(id, self.hasher.hash(id)),
        }
    }

    /// The slot of the id that another table has in `slot`, a new one if it was not seen before.
    ///
    /// # Errors
    /// As for [`Self::intern`].
    pub fn intern_of(&mut self, other: &Self, slot: u32) -> Result<u32, CoreError> {
        let id = other.id(slot);
        match other.hashes.get(slot as usize) {
            Some(&hash) if other.hasher.seed == self.hasher.seed => self.intern_hashed(id, hash),
            _ => self.intern(id),
        }
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.keys.bytes()
            + self.hashes.capacity() * size_of::<u64>()
            + self.index.bytes()
            + self.direct.capacity() * size_of::<u32>()
    }

    #[inline(always)]
    fn get_direct(&self, id: Id<'_>) -> Option<u32> {
        let Id::Int(id) = id else { return None };
        let index = usize::try_from(id).ok()?;
        self.direct.get(index).copied().filter(|&slot| slot != NO_SLOT)
    }

    #[inline(always)]
    fn find(&self, id: Id<'_>, hash: u64) -> Option<u32> {
        self.keys.find(&self.index, hash, id)
    }

    #[inline]
    fn intern_hashed(&mut self, id: Id<'_>, hash: u64) -> Result<u32, CoreError> {
        match self.find(id, hash) {
            Some(slot) => Ok(slot),
            None => self.intern_new(id, hash),
        }
    }

    /// The slot of an id that was not found.
    #[cold]
    fn intern_new(&mut self, id: Id<'_>, hash: u64) -> Result<u32, CoreError> {
        if !self.is_indexed() {
            self.index_all()?;
            return self.intern_hashed(id, hash);
        }
        let slot = u32::try_from(self.len())
            .ok()
            .filter(|&slot| slot != NO_SLOT)
            .ok_or(CoreError::TooManyValues)?;
        if let Some(index) = self.direct_index(id) {
            self.grow_direct(index)?;
            self.keys.push(id)?;
            self.direct[index] = slot;
        } else {
            self.make_room(1)?;
            self.push(id, hash)?;
            self.index.insert(hash, slot)?;
        }
        Ok(slot)
    }

    /// Appends an id.
    fn push(&mut self, id: Id<'_>, hash: u64) -> Result<(), CoreError> {
        self.keys.push(id)?;
        match id {
            Id::Int(_) => Ok(()),
            Id::Uuid(_) | Id::Text(_) => memory::push(&mut self.hashes, hash),
        }
    }

    /// Whether all ids can be found. Those of a table that was read to be merged cannot at first.
    fn is_indexed(&self) -> bool {
        self.hashes.is_empty() || self.index.len() == self.hashes.len()
    }

    /// Makes all ids findable by their hashes.
    fn index_all(&mut self) -> Result<(), CoreError> {
        self.make_room(self.hashes.len())?;
        for (slot, &hash) in (0..).zip(&self.hashes) {
            self.index.insert(hash, slot)?;
        }
        Ok(())
    }

    /// Makes room in the index for ids.
    fn make_room(&mut self, more: usize) -> Result<(), CoreError> {
        let Self { keys, hashes, index, hasher, .. } = self;
        index.reserve(more, |slot| match hashes.get(slot as usize) {
            Some(&hash) => hash,
            None => hasher.hash(keys.get(slot)),
        })
    }

    /// Where in the array a new id belongs; `None` if it is too far out for the number of ids.
    fn direct_index(&self, id: Id<'_>) -> Option<usize> {
        let Id::Int(id) = id else { return None };
        let index = usize::try_from(id).ok()?;
        let near = index < self.direct.len() || index < DIRECT_MINIMUM + 16 * self.keys.len();
        (index < DIRECT_LIMIT && near).then_some(index)
    }

    fn grow_direct(&mut self, index: usize) -> Result<(), CoreError> {
        if index >= self.direct.len() {
            let len = (index + 1).next_power_of_two();
            memory::lengthen(&mut self.direct, len, || NO_SLOT)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_first_sight() {
        let mut table = IdTable::new(IdKind::Int);
        for (id, slot) in [(7, 0), (-1, 1), (7, 0), (i64::MAX, 2), (5_000_000, 3), (0, 4)] {
            assert_eq!(table.intern(Id::Int(id)), Ok(slot));
            assert_eq!(table.get(Id::Int(id)), Some(slot));
            assert_eq!(table.id(slot), Id::Int(id));
        }
        assert_eq!(table.get(Id::Int(8)), None);
    }

    #[test]
    fn an_id_met_before_the_array_grew_keeps_its_slot() {
        let mut table = IdTable::new(IdKind::Int);
        let far = (DIRECT_MINIMUM + 100) as i64;
        assert_eq!(table.intern(Id::Int(far)), Ok(0));
        for id in 0..1000 {
            table.intern(Id::Int(id)).unwrap();
        }
        assert_eq!(table.intern(Id::Int(far)), Ok(0));
        assert_eq!(table.len(), 1001);
    }

    #[test]
    fn texts_and_uuids() {
        let mut table = IdTable::new(IdKind::Text);
        assert_eq!(table.intern(Id::Text(b"")), Ok(0));
        assert_eq!(table.intern(Id::Text(b"a")), Ok(1));
        assert_eq!(table.intern(Id::Text(b"")), Ok(0));
        assert_eq!(table.id(1), Id::Text(b"a"));
        assert_eq!(table.intern(Id::Int(1)), Err(CoreError::MalformedState));
        let mut table = IdTable::new(IdKind::Uuid);
        assert_eq!(table.intern(Id::Uuid(3)), Ok(0));
        assert_eq!(table.get(Id::Uuid(4)), None);
    }
}
