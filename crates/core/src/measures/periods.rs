//! Usage in a period and in the one before, from one scan.

use super::MeasuredUsage;
use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::bytes::{Encoded, Input, Output};
use crate::ids::{IdKind, Seed};
use crate::state::StateKind;

/// Usage in a period and in the one before.
#[derive(Debug)]
pub struct UsagePeriods {
    now: MeasuredUsage,
    before: MeasuredUsage,
}

impl UsagePeriods {
    /// No usage of tenants with ids of `kind`, with so many measures, that may take `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, measures: usize, limit: usize) -> Self {
        let period = || MeasuredUsage::new(kind, measures, limit / 2);
        Self { now: period(), before: period() }
    }

    /// Usage in the period before, or in the period.
    #[inline]
    pub fn of(&mut self, is_before: bool) -> &mut MeasuredUsage {
        if is_before { &mut self.before } else { &mut self.now }
    }

    /// Usage in the period, and in the one before.
    #[must_use]
    pub fn parts(&self) -> [&MeasuredUsage; 2] {
        [&self.now, &self.before]
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
        let now = MeasuredUsage::read_within(from, limit)?;
        let before = MeasuredUsage::read_within(from, limit)?;
        // They were made of the same events.
        match now.sums().width() == before.sums().width() {
            true => Ok(Self { now, before }),
            false => Err(CoreError::MalformedState),
        }
    }
}
