//! Usage in a period and in the one before, from one scan.

use super::Usage;
use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::bytes::{Encoded, Input, Output};
use crate::ids::{IdKind, Seed};
use crate::state::StateKind;

/// Usage in a period and in the one before.
#[derive(Debug)]
pub struct UsagePeriods {
    now: Usage,
    before: Usage,
}

impl UsagePeriods {
    /// No usage of tenants with ids of `kind`, that may take `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self { now: Usage::new(kind, limit / 2), before: Usage::new(kind, limit / 2) }
    }

    /// Usage in the period before, or in the period.
    #[inline]
    pub fn of(&mut self, is_before: bool) -> &mut Usage {
        if is_before { &mut self.before } else { &mut self.now }
    }

    /// Usage in the period, and in the one before.
    #[must_use]
    pub fn parts(&self) -> [&Usage; 2] {
        [&self.now, &self.before]
    }

    /// [`Self::parts`], for themselves.
    #[must_use]
    pub fn into_parts(self) -> (Usage, Usage) {
        (self.now, self.before)
    }
}

impl Accumulator for UsagePeriods {
    const KIND: StateKind = StateKind::UsagePeriods;

    fn seed(&mut self, seed: Seed) {
        self.now.seed(seed);
        self.before.seed(seed);
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        self.now.settle()?;
        self.before.settle()
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        self.now.merge(&other.now)?;
        self.before.merge(&other.before)
    }
}

impl Encoded for UsagePeriods {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.now.write(into)?;
        self.before.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let limit = from.limit() / 2;
        Ok(Self { now: Usage::read_within(from, limit)?, before: Usage::read_within(from, limit)? })
    }
}
