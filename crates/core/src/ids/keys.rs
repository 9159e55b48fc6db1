//! Ids by slot.

use super::index::HashIndex;
use super::{Id, IdKind};
use crate::{CoreError, memory};

/// The ids of a table, by slot.
#[derive(Debug)]
pub(super) enum Keys {
    Int(Vec<i64>),
    Uuid(Vec<u128>),
    Text(TextKeys),
}

/// TextKeys by slot, one behind the other.
#[derive(Debug, Default)]
pub(super) struct TextKeys {
    bytes: Vec<u8>,
    len: usize,
    /// The length of every text, where it is the same. Then a look-up need not wait for `ends`.
    width: usize,
    /// Where each ends; none where the length is the same for all.
    ends: Vec<usize>,
}

impl Keys {
    pub(super) fn new(kind: IdKind) -> Self {
        match kind {
            IdKind::Int => Self::Int(Vec::new()),
            IdKind::Uuid => Self::Uuid(Vec::new()),
            IdKind::Text => Self::Text(TextKeys::default()),
        }
    }

    pub(super) fn kind(&self) -> IdKind {
        match self {
            Self::Int(_) => IdKind::Int,
            Self::Uuid(_) => IdKind::Uuid,
            Self::Text(_) => IdKind::Text,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Int(keys) => keys.len(),
            Self::Uuid(keys) => keys.len(),
            Self::Text(texts) => texts.len,
        }
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Id<'_> {
        match self {
            Self::Int(keys) => Id::Int(keys[slot as usize]),
            Self::Uuid(keys) => Id::Uuid(keys[slot as usize]),
            Self::Text(texts) => Id::Text(texts.get(slot)),
        }
    }

    /// The slot of an id with this hash. An id of another kind has none.
    #[inline(always)]
    pub(super) fn find(&self, index: &HashIndex, hash: u64, id: Id<'_>) -> Option<u32> {
        match (self, id) {
            (Self::Int(keys), Id::Int(id)) => index.find(hash, |slot| keys[slot as usize] == id),
            (Self::Uuid(keys), Id::Uuid(id)) => index.find(hash, |slot| keys[slot as usize] == id),
            (Self::Text(texts), Id::Text(id)) => index.find(hash, |slot| texts.get(slot) == id),
            _ => None,
        }
    }

    pub(super) fn push(&mut self, id: Id<'_>) -> Result<(), CoreError> {
        match (self, id) {
            (Self::Int(keys), Id::Int(id)) => memory::push(keys, id),
            (Self::Uuid(keys), Id::Uuid(id)) => memory::push(keys, id),
            (Self::Text(texts), Id::Text(id)) => texts.push(id),
            _ => Err(CoreError::MalformedState),
        }
    }

    /// Makes room for so many ids, but for the bytes of texts.
    pub(super) fn reserve(&mut self, more: usize) -> Result<(), CoreError> {
        match self {
            Self::Int(keys) => memory::reserve(keys, more),
            Self::Uuid(keys) => memory::reserve(keys, more),
            Self::Text(_) => Ok(()),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Int(keys) => keys.capacity() * size_of::<i64>(),
            Self::Uuid(keys) => keys.capacity() * size_of::<u128>(),
            Self::Text(texts) => texts.memory(),
        }
    }
}

impl TextKeys {
    #[inline(always)]
    fn get(&self, slot: u32) -> &[u8] {
        let slot = slot as usize;
        if self.ends.is_empty() {
            return &self.bytes[slot * self.width..][..self.width];
        }
        let start = if slot == 0 { 0 } else { self.ends[slot - 1] };
        &self.bytes[start..self.ends[slot]]
    }

    fn push(&mut self, text: &[u8]) -> Result<(), CoreError> {
        if self.len == 0 {
            self.width = text.len();
        } else if self.ends.is_empty() && text.len() != self.width {
            for number in 1..=self.len {
                memory::push(&mut self.ends, number * self.width)?;
            }
        }
        memory::extend(&mut self.bytes, text)?;
        if !self.ends.is_empty() {
            memory::push(&mut self.ends, self.bytes.len())?;
        }
        self.len += 1;
        Ok(())
    }

    /// Bytes of heap memory in use.
    fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_whatever_their_lengths() {
        for lens in [vec![3; 5], vec![0; 3], vec![2, 2, 0, 2, 7], vec![0, 4]] {
            let mut texts = TextKeys::default();
            let all: Vec<Vec<u8>> =
                (b'a'..).zip(lens).map(|(letter, len)| vec![letter; len]).collect();
            for (number, text) in all.iter().enumerate() {
                texts.push(text).unwrap();
                assert_eq!(texts.len, number + 1);
                for (slot, text) in (0..).zip(&all[..=number]) {
                    assert_eq!(texts.get(slot), text.as_slice());
                }
            }
        }
    }
}
