//! Whether and since when a tenant uses a feature.

use super::cell::{Counter, EARLIEST, LATEST};
use crate::bytes::encoded_fields;
use crate::state::StateKind;

/// There was an event in the period.
const NOW: u8 = 1;

/// There was an event in the period before.
const BEFORE: u8 = 2;

/// A tenant's use of a feature in a period and in the one before; 16 bytes.
#[derive(Debug, Clone)]
pub struct AdoptionCell {
    /// The first of the finite times in the period, or [`LATEST`].
    first: i64,
    uses: u8,
}

/// When a feature was used.
#[derive(Debug, Clone, Copy)]
pub struct UsedAt {
    /// The time.
    pub time: i64,
    /// Whether that is in the period before.
    pub is_before: bool,
}

impl Default for AdoptionCell {
    fn default() -> Self {
        Self { first: LATEST, uses: 0 }
    }
}

impl AdoptionCell {
    /// Whether the feature was used in the period.
    #[must_use]
    pub fn is_now(&self) -> bool {
        self.uses & NOW != 0
    }

    /// Whether the feature was used in the period before.
    #[must_use]
    pub fn is_before(&self) -> bool {
        self.uses & BEFORE != 0
    }

    /// The first time in the period between the ends of time.
    #[must_use]
    pub fn first_finite(&self) -> Option<i64> {
        (self.first != LATEST).then_some(self.first)
    }
}

impl Counter for AdoptionCell {
    type Measure = UsedAt;

    const KIND: StateKind = StateKind::Adoption;

    #[inline]
    fn count(&mut self, UsedAt { time, is_before }: UsedAt) {
        if is_before {
            self.uses |= BEFORE;
            return;
        }
        self.uses |= NOW;
        if time > EARLIEST {
            self.first = self.first.min(time);
        }
    }

    fn add(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.uses |= other.uses;
    }

    #[inline]
    fn is_used(&self) -> bool {
        self.uses != 0
    }
}

encoded_fields!(AdoptionCell { first: i64, uses: u8 } if |cell| cell.uses <= NOW | BEFORE);
