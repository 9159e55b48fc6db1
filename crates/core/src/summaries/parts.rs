//! The parts in which the first summaries of a source are made, one after the other.
//!
//! A part has all events of some tenants. While it is made, others go on writing: what they have
//! written by then of its tenants is in the table, and so is left out of what waits; what they write
//! of them from then on is added. So each part is exact for its own snapshot.

use super::names::name_hash;
use crate::ids::Id;

/// How many parts there are, and how many of them are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildParts {
    made: u32,
    all: u32,
}

impl BuildParts {
    /// All are made.
    pub const DONE: Self = Self { made: 1, all: 1 };

    /// So many of so many are made.
    #[must_use]
    pub fn new(made: u32, all: u32) -> Self {
        Self { made, all: all.max(1) }
    }

    /// Whether the part of a tenant is made.
    #[inline]
    #[must_use]
    pub fn have(self, id: Id<'_>) -> bool {
        self.made >= self.all || self.part_of(id) < self.made
    }

    /// Whether the part of a tenant is the next one.
    #[inline]
    #[must_use]
    pub fn are_at(self, id: Id<'_>) -> bool {
        self.part_of(id) == self.made
    }

    /// The part of a tenant: it must be the same for ever, as what is stored depends on it.
    fn part_of(self, id: Id<'_>) -> u32 {
        if self.all == 1 {
            return 0;
        }
        let hash = match id {
            Id::Int(id) => name_hash(&id.to_be_bytes()),
            Id::Uuid(id) => name_hash(&id.to_be_bytes()),
            Id::Text(id) => name_hash(id),
        };
        // Of short ids, that hash differs in few bits.
        let mixed = hash.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        u32::try_from(mixed % u64::from(self.all)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenant_is_in_one_part() {
        for all in [1, 2, 3, 8] {
            for id in [Id::Int(-7), Id::Int(1), Id::Uuid(77), Id::Text(b""), Id::Text(b"anna")] {
                let at = (0..all).filter(|&made| BuildParts::new(made, all).are_at(id));
                let at: Vec<_> = at.collect();
                assert_eq!(at.len(), 1, "{id:?} of {all}");
                for made in 0..=all {
                    assert_eq!(BuildParts::new(made, all).have(id), made > at[0]);
                }
            }
        }
        assert!(BuildParts::DONE.have(Id::Int(3)));
    }

    #[test]
    fn parts_are_about_as_large() {
        let mut sizes = [0; 8];
        for (made, size) in (0..).zip(&mut sizes) {
            let parts = BuildParts::new(made, 8);
            *size = (0..8000).filter(|&id| parts.are_at(Id::Int(id))).count();
        }
        assert_eq!(sizes.iter().sum::<usize>(), 8000);
        assert!(sizes.iter().all(|size| (800..1200).contains(size)), "{sizes:?}");
    }
}
