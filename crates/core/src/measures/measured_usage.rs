//! Usage by tenant with sums of further measures.

use super::MeasureTable;
use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::bytes::{Encoded, Input, Output};
use crate::counting::UsageTotal;
use crate::ids::{Id, IdKind, Seed};
use crate::state::StateKind;
use crate::usage::{Cost, Usage};

/// Usage by tenant with sums of further measures, filled event by event.
#[derive(Debug)]
pub struct MeasuredUsage {
    usage: Usage,
    /// By the tenants' slots.
    sums: MeasureTable,
    limit: usize,
}

impl MeasuredUsage {
    /// An empty accumulator for tenants with ids of `kind`, of so many measures, that may use
    /// `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, measures: usize, limit: usize) -> Self {
        Self { usage: Usage::new(kind, limit), sums: MeasureTable::new(measures), limit }
    }

    /// The slot of the tenant that an event has, if it has one.
    ///
    /// # Errors
    /// As for [`Usage::slot`].
    #[inline(always)]
    pub fn slot(&mut self, id: Option<Id<'_>>) -> Result<Option<u32>, CoreError> {
        let known = self.usage.len();
        let slot = self.usage.slot(id)?;
        if self.usage.len() > known {
            self.sums.lengthen(self.usage.len())?;
            self.check_limit()?;
        }
        Ok(slot)
    }

    /// What [`Self::record_at`] changes where values are integers, for who wants it fetched before.
    #[inline(always)]
    #[must_use]
    pub fn integers(&self, slot: u32) -> &[i64] {
        self.sums.integers(slot as usize)
    }

    /// Counts one event of the tenant in this slot, whose values of the measures are what `read`
    /// makes of `values`.
    ///
    /// # Errors
    /// As for [`Usage::record_at`].
    #[inline(always)]
    pub fn record_at<'c, V>(
        &mut self,
        tenant: Option<u32>,
        feature: Option<&[u8]>,
        cost: &Cost<'_>,
        time: i64,
        values: impl Iterator<Item = V>,
        read: impl Fn(V) -> Cost<'c>,
    ) -> Result<(), CoreError> {
        self.usage.record_at(tenant, feature, cost, time)?;
        match tenant {
            Some(slot) if self.sums.count(slot as usize, values, read) => self.check_limit(),
            _ => Ok(()),
        }
    }

    /// Counts all events of a tenant with one feature, with their sums of the measures.
    ///
    /// # Errors
    /// As for [`Usage::record`].
    pub fn add_total(&mut self, total: &UsageTotal<'_>) -> Result<(), CoreError> {
        let Some(slot) = self.slot(Some(total.tenant))? else { return Ok(()) };
        self.usage.add_total_at(slot, total)?;
        self.sums.add(slot as usize, total.sums);
        self.check_limit()
    }

    /// The usage.
    #[must_use]
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// The sums, by the places of the tenants in [`Usage::ids`].
    #[must_use]
    pub fn sums(&self) -> &MeasureTable {
        &self.sums
    }

    /// What was written, which may use `limit` bytes from now on.
    pub(super) fn read_within(from: &mut Input<'_>, limit: usize) -> Result<Self, CoreError> {
        let usage = Usage::read_within(from, limit)?;
        let sums = MeasureTable::read(from, usage.len(), |row| usage.cell(row).events)?;
        Ok(Self { usage, sums, limit })
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        let bytes = self.usage.bytes() + self.sums.bytes();
        if bytes > self.limit { Err(CoreError::MemoryLimit { limit: self.limit }) } else { Ok(()) }
    }
}

impl Accumulator for MeasuredUsage {
    const KIND: StateKind = StateKind::MeasuredUsage;

    fn seed(&mut self, seed: Seed) {
        self.usage.seed(seed);
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        self.usage.settle()?;
        self.sums.settle();
        self.check_limit()
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        if self.sums.width() != other.sums.width() {
            return Err(CoreError::MalformedState);
        }
        let (sums, limit) = (&mut self.sums, self.limit);
        self.usage.merge_each(&other.usage, |from, into| {
            sums.lengthen(into as usize + 1)?;
            sums.add(into as usize, other.sums.row(from as usize));
            if sums.bytes() > limit { Err(CoreError::MemoryLimit { limit }) } else { Ok(()) }
        })?;
        self.check_limit()
    }
}

impl Encoded for MeasuredUsage {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.usage.write(into)?;
        self.sums.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        Self::read_within(from, from.limit())
    }
}
