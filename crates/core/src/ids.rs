//! Tenant ids and the table that numbers them.
//!
//! An id is an integer, a UUID or a text; within one table all are of one kind.
//! [`IdTable`] gives each distinct id a *slot*, a small number that indexes flat vectors.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use crate::bytes::{Encoded, Output, read_slice, write_slice};
use crate::{CoreError, memory};

/// A tenant id, borrowed from wherever it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id<'a> {
    /// `smallint`, `integer` or `bigint`.
    Int(i64),
    /// `uuid`, the number that its hexadecimal digits show. (As bytes it would make the processor
    /// copy ids in overlapping parts, and wait for them.)
    Uuid(u128),
    /// `text` or `varchar`, its bytes.
    Text(&'a [u8]),
}

/// An id as text: digits and hyphens, or the bytes that it has, in whatever encoding they are.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn written(id: Id<'_>) -> Result<Vec<u8>, CoreError> {
    match id {
        Id::Int(id) => Ok(id.to_string().into_bytes()),
        Id::Uuid(id) => Ok(uuid(id).into_bytes()),
        Id::Text(bytes) => memory::copied(bytes),
    }
}

/// A UUID as PostgreSQL prints it.
fn uuid(id: u128) -> String {
    let hex = format!("{id:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The kind that all ids of a source share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// Integers.
    Int,
    /// UUIDs.
    Uuid,
    /// Texts.
    Text,
}

/// The slot of an absent id.
pub const NO_SLOT: u32 = u32::MAX;

/// Integer ids below this may be looked up in a plain array; it costs at most 16 MB.
const DIRECT_LIMIT: usize = 1 << 22;

/// Integer ids below this are always worth the array.
const DIRECT_MINIMUM: usize = 1 << 10;

#[derive(Debug)]
enum Keys {
    Int(Vec<i64>),
    Uuid(Vec<[u8; 16]>),
    Text { bytes: Vec<u8>, ends: Vec<usize> },
}

impl Keys {
    fn len(&self) -> usize {
        match self {
            Self::Int(keys) => keys.len(),
            Self::Uuid(keys) => keys.len(),
            Self::Text { ends, .. } => ends.len(),
        }
    }

    fn get(&self, slot: u32) -> Id<'_> {
        let slot = slot as usize;
        match self {
            Self::Int(keys) => Id::Int(keys[slot]),
            Self::Uuid(keys) => Id::Uuid(u128::from_be_bytes(keys[slot])),
            Self::Text { bytes, ends } => {
                let start = if slot == 0 { 0 } else { ends[slot - 1] };
                Id::Text(&bytes[start..ends[slot]])
            }
        }
    }

    fn push(&mut self, id: Id<'_>) -> Result<(), CoreError> {
        match (self, id) {
            (Self::Int(keys), Id::Int(id)) => {
                memory::push(keys, id)?;
            }
            (Self::Uuid(keys), Id::Uuid(id)) => {
                memory::push(keys, id.to_be_bytes())?;
            }
            (Self::Text { bytes, ends }, Id::Text(id)) => {
                memory::extend(bytes, id)?;
                memory::push(ends, bytes.len())?;
            }
            _ => return Err(CoreError::MalformedState),
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Int(keys) => keys.capacity() * size_of::<i64>(),
            Self::Uuid(keys) => keys.capacity() * size_of::<[u8; 16]>(),
            Self::Text { bytes, ends } => bytes.capacity() + ends.capacity() * size_of::<usize>(),
        }
    }
}

/// Numbers distinct ids in the order in which they are first seen.
///
/// Small non-negative integers, in proportion to their number, are found in an array; all other
/// ids in a hash table, seeded anew in each table, so that text ids cannot be chosen to collide.
#[derive(Debug)]
pub struct IdTable {
    keys: Keys,
    slots: HashTable<u32>,
    direct: Vec<u32>,
    hasher: RandomState,
}

impl IdTable {
    /// An empty table for ids of `kind`.
    #[must_use]
    pub fn new(kind: IdKind) -> Self {
        let keys = match kind {
            IdKind::Int => Keys::Int(Vec::new()),
            IdKind::Uuid => Keys::Uuid(Vec::new()),
            IdKind::Text => Keys::Text { bytes: Vec::new(), ends: Vec::new() },
        };
        Self { keys, slots: HashTable::new(), direct: Vec::new(), hasher: RandomState::default() }
    }

    /// The kind of its ids.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        match self.keys {
            Keys::Int(_) => IdKind::Int,
            Keys::Uuid(_) => IdKind::Uuid,
            Keys::Text { .. } => IdKind::Text,
        }
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
    #[must_use]
    pub fn get(&self, id: Id<'_>) -> Option<u32> {
        if let Some(slot) = self.get_direct(id) {
            return Some(slot);
        }
        if self.slots.is_empty() {
            return None;
        }
        let hash = self.hasher.hash_one(id);
        self.slots.find(hash, |&slot| self.keys.get(slot) == id).copied()
    }

    /// The slot of `id`, a new one if it was not seen before.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an id of another kind than the table's.
    #[inline(always)]
    pub fn intern(&mut self, id: Id<'_>) -> Result<u32, CoreError> {
        match self.get_direct(id) {
            Some(slot) => Ok(slot),
            None => self.intern_new(id),
        }
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.keys.bytes()
            + self.slots.capacity() * (size_of::<u32>() + 1)
            + self.direct.capacity() * size_of::<u32>()
    }

    #[inline]
    fn get_direct(&self, id: Id<'_>) -> Option<u32> {
        let Id::Int(id) = id else { return None };
        let index = usize::try_from(id).ok()?;
        self.direct.get(index).copied().filter(|&slot| slot != NO_SLOT)
    }

    /// The slot of an id that the array does not have.
    fn intern_new(&mut self, id: Id<'_>) -> Result<u32, CoreError> {
        if let Some(slot) = self.get(id) {
            return Ok(slot);
        }
        let slot = u32::try_from(self.keys.len())
            .ok()
            .filter(|&slot| slot != NO_SLOT)
            .ok_or(CoreError::TooManyValues)?;
        let index = self.direct_index(id);
        if let Some(index) = index {
            self.grow_direct(index)?;
        } else {
            let Self { keys, slots, hasher, .. } = self;
            slots.try_reserve(1, |&slot| hasher.hash_one(keys.get(slot)))?;
        }
        self.keys.push(id)?;
        let Self { keys, slots, hasher, direct, .. } = self;
        match index {
            Some(index) => direct[index] = slot,
            None => {
                slots.insert_unique(hasher.hash_one(id), slot, |&slot| {
                    hasher.hash_one(keys.get(slot))
                });
            }
        }
        Ok(slot)
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

impl Encoded for IdKind {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        (*self as u8).write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let kinds = [Self::Int, Self::Uuid, Self::Text];
        kinds.get(usize::from(u8::read(from)?)).copied().ok_or(CoreError::MalformedState)
    }
}

impl Encoded for IdTable {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.kind().write(into)?;
        self.len().write(into)?;
        self.ids().try_for_each(|id| match id {
            Id::Int(id) => id.write(into),
            Id::Uuid(id) => id.write(into),
            Id::Text(id) => write_slice(id, into),
        })
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let mut table = Self::new(IdKind::read(from)?);
        for _ in 0..usize::read(from)? {
            let id = match table.kind() {
                IdKind::Int => Id::Int(i64::read(from)?),
                IdKind::Uuid => Id::Uuid(u128::read(from)?),
                IdKind::Text => Id::Text(read_slice(from)?),
            };
            table.intern(id)?;
        }
        Ok(table)
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
    fn uuids_are_written_as_postgresql_prints_them() {
        let id = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
        assert_eq!(written(Id::Uuid(id)).unwrap(), b"00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!(written(Id::Int(-7)).unwrap(), b"-7");
        assert_eq!(written(Id::Text(b"a\xffb")).unwrap(), b"a\xffb");
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
