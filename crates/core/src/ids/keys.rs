//! Ids by slot.

use super::index::HashIndex;
use super::{Id, IdKind};
use crate::{CoreError, memory};

/// The ids of a table, by slot.
#[derive(Debug)]
pub(super) enum Keys {
    Int(Vec<i64>),
    Uuid(Vec<u128>),
    Text { bytes: Vec<u8>, ends: Vec<usize> },
}

impl Keys {
    pub(super) fn new(kind: IdKind) -> Self {
        match kind {
            IdKind::Int => Self::Int(Vec::new()),
            IdKind::Uuid => Self::Uuid(Vec::new()),
            IdKind::Text => Self::Text { bytes: Vec::new(), ends: Vec::new() },
        }
    }

    pub(super) fn kind(&self) -> IdKind {
        match self {
            Self::Int(_) => IdKind::Int,
            Self::Uuid(_) => IdKind::Uuid,
            Self::Text { .. } => IdKind::Text,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Int(keys) => keys.len(),
            Self::Uuid(keys) => keys.len(),
            Self::Text { ends, .. } => ends.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Id<'_> {
        match self {
            Self::Int(keys) => Id::Int(keys[slot as usize]),
            Self::Uuid(keys) => Id::Uuid(keys[slot as usize]),
            Self::Text { bytes, ends } => Id::Text(text(bytes, ends, slot)),
        }
    }

    /// The slot of an id with this hash. An id of another kind has none.
    #[inline(always)]
    pub(super) fn find(&self, index: &HashIndex, hash: u64, id: Id<'_>) -> Option<u32> {
        match (self, id) {
            (Self::Int(keys), Id::Int(id)) => index.find(hash, |slot| keys[slot as usize] == id),
            (Self::Uuid(keys), Id::Uuid(id)) => index.find(hash, |slot| keys[slot as usize] == id),
            (Self::Text { bytes, ends }, Id::Text(id)) => {
                index.find(hash, |slot| is_same(text(bytes, ends, slot), id))
            }
            _ => None,
        }
    }

    pub(super) fn push(&mut self, id: Id<'_>) -> Result<(), CoreError> {
        match (self, id) {
            (Self::Int(keys), Id::Int(id)) => memory::push(keys, id),
            (Self::Uuid(keys), Id::Uuid(id)) => memory::push(keys, id),
            (Self::Text { bytes, ends }, Id::Text(id)) => {
                memory::extend(bytes, id)?;
                memory::push(ends, bytes.len())
            }
            _ => Err(CoreError::MalformedState),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Int(keys) => keys.capacity() * size_of::<i64>(),
            Self::Uuid(keys) => keys.capacity() * size_of::<u128>(),
            Self::Text { bytes, ends } => bytes.capacity() + ends.capacity() * size_of::<usize>(),
        }
    }
}

#[inline(always)]
fn text<'a>(bytes: &'a [u8], ends: &[usize], slot: u32) -> &'a [u8] {
    let slot = slot as usize;
    let start = if slot == 0 { 0 } else { ends[slot - 1] };
    &bytes[start..ends[slot]]
}

/// Whether two texts are the same, by steps of 8 bytes and without a call, which short texts would
/// mostly wait for.
#[inline(always)]
fn is_same(text: &[u8], other: &[u8]) -> bool {
    const STEP: usize = size_of::<u64>();
    if text.len() != other.len() {
        return false;
    }
    let number = |step: &[u8; STEP]| u64::from_ne_bytes(*step);
    let ((steps, rest), (other_steps, other_rest)) =
        (text.as_chunks::<STEP>(), other.as_chunks::<STEP>());
    let mut differ = 0;
    for (step, other) in steps.iter().zip(other_steps) {
        differ |= number(step) ^ number(other);
    }
    match (text.last_chunk(), other.last_chunk()) {
        // The last step overlaps the one before.
        (Some(last), Some(other)) => differ |= number(last) ^ number(other),
        _ => {
            for (byte, other) in rest.iter().zip(other_rest) {
                differ |= u64::from(byte ^ other);
            }
        }
    }
    differ == 0
}
