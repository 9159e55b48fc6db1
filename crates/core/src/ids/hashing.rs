//! Hashes of ids.

use std::hash::{BuildHasher, Hasher};

use foldhash::SharedSeed;
use foldhash::fast::{FoldHasher, RandomState};

use super::Id;

/// What the hashes of a table depend on. Nobody can know it beforehand, so that ids cannot be chosen
/// to have the same hash; tables of the same seed have the same hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub(super) u64);

impl Seed {
    /// The seed that comes of a number, which must not be known before a table is filled.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// A seed of its own.
    pub(super) fn random() -> Self {
        Self(RandomState::default().hash_one(0_u64))
    }
}

/// Odd, with half of its bits set in no order.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hashes ids. What the library gives is mixed once more: with one seed of about a thousand, ids in
/// a sequence have few values in the bits that a look-up begins with.
#[derive(Debug)]
pub(super) struct IdHasher {
    pub(super) seed: Seed,
    shared: SharedSeed,
}

impl IdHasher {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, shared: SharedSeed::from_u64(seed.0) }
    }

    #[inline(always)]
    pub(super) fn hash(&self, id: Id<'_>) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.seed.0, &self.shared);
        match id {
            Id::Int(id) => hasher.write_i64(id),
            Id::Uuid(id) => hasher.write_u128(id),
            Id::Text(id) => hasher.write(id),
        }
        let mixed = u128::from(hasher.finish()) * u128::from(FACTOR);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
        let folded = mixed as u64 ^ (mixed >> 64) as u64;
        folded
    }
}
