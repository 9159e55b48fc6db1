//! Usage in a period and in the one before, from one scan.

use super::{CELL_FEATURES, Cell, Cost, Usage};
use crate::CoreError;
use crate::bytes::take;
use crate::ids::{Id, IdKind};
use crate::money::Amount;

/// So many events wait at most.
const WAITING: usize = 256;

/// The number of no feature.
const NO_FEATURE: u32 = u32::MAX;

/// Usage in a period and in the one before.
#[derive(Debug)]
pub struct UsagePeriods {
    now: Usage,
    before: Usage,
    /// Events that are not in the cells yet. Twice as many cells as one period has do not fit into
    /// the processor's nearer caches; counting many events in a row lets it fetch the next cells
    /// meanwhile.
    waiting: Vec<Event>,
}

/// An event that waits to be counted.
#[derive(Debug, Clone, Copy)]
struct Event {
    slot: u32,
    feature: u32,
    amount: Amount,
    time: i64,
    is_before: bool,
}

impl UsagePeriods {
    /// No usage of tenants with ids of `kind`, that may take `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self {
            now: Usage::new(kind, limit / 2),
            before: Usage::new(kind, limit / 2),
            waiting: Vec::with_capacity(WAITING),
        }
    }

    /// Counts one event.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    #[inline]
    pub fn record(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        time: i64,
        is_before: bool,
    ) -> Result<(), CoreError> {
        let usage = if is_before { &mut self.before } else { &mut self.now };
        let (Some(id), Some(amount)) = (id, Amount::of(cost)) else {
            return usage.record(id, feature, cost, time);
        };
        let slot = usage.slot(id)?;
        let feature = match feature {
            Some(name) => usage.feature(name)?,
            None => NO_FEATURE,
        };
        self.waiting.push(Event { slot, feature, amount, time, is_before });
        if self.waiting.len() == WAITING { self.settle() } else { Ok(()) }
    }

    /// Counts the events that wait; nothing may be read before.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    pub fn settle(&mut self) -> Result<(), CoreError> {
        for Event { slot, feature, amount, time, is_before } in self.waiting.drain(..) {
            let usage = if is_before { &mut self.before } else { &mut self.now };
            usage.cells[slot as usize].count(amount, time);
            match feature {
                NO_FEATURE => {}
                feature if feature < CELL_FEATURES => {
                    usage.cells[slot as usize].features |= 1 << feature;
                }
                feature => usage.insert_wide(slot, feature)?,
            }
        }
        Ok(())
    }

    /// Adds what another accumulator counted.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    pub fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        debug_assert!(other.waiting.is_empty(), "settled");
        self.settle()?;
        self.now.merge(&other.now)?;
        self.before.merge(&other.before)
    }

    /// Usage in the period, and in the one before.
    #[must_use]
    pub fn into_parts(self) -> (Usage, Usage) {
        debug_assert!(self.waiting.is_empty(), "settled");
        (self.now, self.before)
    }

    /// As bytes that [`UsagePeriods::from_bytes`] reads: the length of the period's usage, that,
    /// and usage before.
    ///
    /// # Errors
    /// Memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        let now = self.now.to_bytes()?;
        let mut bytes = (now.len() as u64).to_le_bytes().to_vec();
        bytes.extend(now);
        bytes.extend(self.before.to_bytes()?);
        Ok(bytes)
    }

    /// Reads what [`UsagePeriods::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes of anything else.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, CoreError> {
        let len = take(&mut bytes).map(u64::from_le_bytes);
        let len = len.and_then(|len| usize::try_from(len).ok());
        let parts = len.and_then(|len| bytes.split_at_checked(len));
        let (now, before) = parts.ok_or(CoreError::MalformedState)?;
        let (now, before) = (Usage::from_bytes(now)?, Usage::from_bytes(before)?);
        Ok(Self { now, before, waiting: Vec::new() })
    }
}

impl Cell {
    /// Counts an event, but for its feature.
    #[inline]
    fn count(&mut self, amount: Amount, time: i64) {
        self.events += 1;
        self.last = self.last.max(time);
        self.unpriced += u64::from(!self.cost.add_amount(amount));
    }
}
