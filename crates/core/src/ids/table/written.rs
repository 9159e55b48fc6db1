//! Ids as bytes.

use super::super::hashing::Seed;
use super::super::{Id, IdKind, NO_SLOT};
use super::IdTable;
use crate::bytes::{Encoded, Input, Output, read_slice, write_slice};
use crate::{CoreError, memory};

impl Encoded for IdTable {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        let hashed = into.is_for_merging() && !self.hashes.is_empty();
        self.kind().write(into)?;
        hashed.then_some(self.hasher.seed.0).write(into)?;
        self.len().write(into)?;
        for (slot, id) in self.ids().enumerate() {
            match id {
                Id::Int(id) => id.write(into)?,
                Id::Uuid(id) => id.write(into)?,
                Id::Text(id) => write_slice(id, into)?,
            }
            if hashed {
                self.hashes[slot].write(into)?;
            }
        }
        Ok(())
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let mut table = Self::new(IdKind::read(from)?);
        let seed: Option<u64> = Option::read(from)?;
        let has_hashes = seed.is_some();
        if has_hashes && table.kind() == IdKind::Int {
            return Err(CoreError::MalformedState);
        }
        let believed = seed.map(Seed).filter(|&seed| from.believes(seed));
        if let Some(seed) = believed {
            table.seed(seed);
        }
        let hash_bytes = if has_hashes { u64::LEAST } else { 0 };
        let len = from.take_count(least(table.kind()) + hash_bytes)?;
        let len = u32::try_from(len).ok().filter(|&len| len < NO_SLOT);
        let len = len.ok_or(CoreError::TooManyValues)?;
        table.reserve(len as usize, believed.is_none())?;
        match table.kind() {
            IdKind::Int => {
                let ids = from.take_slice(len as usize * i64::LEAST)?;
                for (&id, slot) in ids.as_chunks().0.iter().zip(0..) {
                    table.enter_int(i64::from_le_bytes(id), slot)?;
                }
            }
            IdKind::Uuid | IdKind::Text => {
                for slot in 0..len {
                    let id = match table.kind() {
                        IdKind::Text => Id::Text(read_slice(from)?),
                        _ => Id::Uuid(u128::read(from)?),
                    };
                    let hash = if has_hashes { u64::read(from)? } else { 0 };
                    match believed {
                        Some(_) => table.push(id, hash)?,
                        None => table.enter(id, slot)?,
                    }
                }
            }
        }
        Ok(table)
    }
}

/// The least number of bytes of an id.
fn least(kind: IdKind) -> usize {
    match kind {
        IdKind::Int => i64::LEAST,
        IdKind::Uuid => u128::LEAST,
        IdKind::Text => usize::LEAST,
    }
}

impl IdTable {
    /// Numbers an id that was not seen before; the next number is known.
    #[inline]
    fn enter(&mut self, id: Id<'_>, next: u32) -> Result<(), CoreError> {
        if self.intern(id)? == next { Ok(()) } else { Err(CoreError::MalformedState) }
    }

    /// [`Self::enter`] for an integer, most of which have a place in the array.
    #[inline]
    fn enter_int(&mut self, id: i64, next: u32) -> Result<(), CoreError> {
        let index = self.direct_index(Id::Int(id)).filter(|_| self.index.len() == 0);
        let Some(index) = index else { return self.enter(Id::Int(id), next) };
        self.grow_direct(index)?;
        if self.direct[index] != NO_SLOT {
            return Err(CoreError::MalformedState);
        }
        self.direct[index] = next;
        self.keys.push(Id::Int(id))
    }

    /// Makes room for so many ids in an empty table, which are to be found at once or not.
    fn reserve(&mut self, len: usize, indexed: bool) -> Result<(), CoreError> {
        self.keys.reserve(len)?;
        if self.kind() == IdKind::Int {
            return Ok(());
        }
        memory::reserve(&mut self.hashes, len)?;
        if indexed { self.make_room(len) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 5;

    fn bytes(table: &IdTable, is_for_merging: bool) -> Vec<u8> {
        let mut output = Output::new(usize::MAX);
        if is_for_merging {
            output = Output::for_merging(usize::MAX);
        }
        table.write(&mut output).unwrap();
        output.into_bytes()
    }

    fn seeded(ids: impl IntoIterator<Item = u128>) -> IdTable {
        let mut table = IdTable::new(IdKind::Uuid);
        table.seed(Seed(SEED));
        for id in ids {
            table.intern(Id::Uuid(id)).unwrap();
        }
        table
    }

    #[test]
    fn hashes_go_with_what_is_to_be_merged() {
        for (seed, are_believed) in [(SEED, true), (6, false)] {
            let [mut into, from] = [0..600, 300..900].map(|ids| {
                let bytes = bytes(&seeded(ids), true);
                IdTable::read_all(Input::new(&bytes).sharing(Seed(seed))).unwrap()
            });
            assert_eq!(into.hashes.len(), 600);
            assert_eq!(into.is_indexed(), !are_believed);
            assert_eq!(into.hasher.seed == Seed(SEED), are_believed);
            for slot in 0..600 {
                assert_eq!(into.intern_of(&from, slot), Ok(slot + 300));
            }
            assert_eq!(into.get(Id::Uuid(899)), Some(899));
            assert_eq!(into.get(Id::Uuid(900)), None);
        }
    }

    #[test]
    fn what_is_to_be_read_has_no_hashes() {
        let mut table = IdTable::new(IdKind::Text);
        table.intern(Id::Text(b"a")).unwrap();
        let read = IdTable::from_bytes(&bytes(&table, false)).unwrap();
        assert_ne!(read.hasher.seed, table.hasher.seed);
        assert_eq!(read.get(Id::Text(b"a")), Some(0));
    }

    /// A table of so many ids as bytes, with these hashes.
    fn with_hashes(len: u64, hash_of: impl Fn(u64) -> u64) -> Vec<u8> {
        let mut table = seeded((0..len).map(u128::from));
        table.hashes = (0..len).map(hash_of).collect();
        bytes(&table, true)
    }

    #[test]
    fn hashes_of_others_are_not_believed() {
        let bytes = with_hashes(3000, |_| 7);
        for input in [Input::new(&bytes), Input::new(&bytes).sharing(Seed(6))] {
            let table = IdTable::read_all(input).unwrap();
            assert_eq!(table.get(Id::Uuid(2999)), Some(2999));
        }
    }

    /// Who shares the seed would only harm himself; still every look-up ends soon.
    #[test]
    fn false_hashes_that_are_believed_end_in_an_error() {
        let bytes = with_hashes(3000, |_| 7);
        let read = || IdTable::read_all(Input::new(&bytes).sharing(Seed(SEED))).unwrap();
        let (mut into, from) = (read(), read());
        let error = (0..3000).find_map(|slot| into.intern_of(&from, slot).err());
        assert_eq!(error, Some(CoreError::TooManyValues));
    }

    /// Sequences are what a weaker hash gives few values for, with some seeds.
    #[test]
    fn no_seed_is_bad_for_ids_in_a_sequence() {
        for seed in 0..2000 {
            for kind in [IdKind::Int, IdKind::Uuid] {
                let mut table = IdTable::new(kind);
                table.seed(Seed(seed));
                for number in 0..600_i64 {
                    let id = match kind {
                        IdKind::Uuid => Id::Uuid(number.unsigned_abs().into()),
                        _ => Id::Int(number - (1 << 40)),
                    };
                    assert_eq!(table.intern(id).map(i64::from), Ok(number), "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn an_id_that_comes_twice_is_an_error() {
        for (kind, id) in [(IdKind::Int, Id::Int(1)), (IdKind::Text, Id::Text(b"a"))] {
            let mut table = IdTable::new(kind);
            table.keys.push(id).unwrap();
            table.keys.push(id).unwrap();
            assert_eq!(
                IdTable::from_bytes(&bytes(&table, false)).err(),
                Some(CoreError::MalformedState)
            );
        }
    }
}
