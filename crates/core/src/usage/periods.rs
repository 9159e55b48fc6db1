//! Usage in a period and in the one before, from one scan.

use super::{Cost, Usage};
use crate::CoreError;
use crate::bytes::take;
use crate::ids::{Id, IdKind};

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
        usage.record(id, feature, cost, time)
    }

    /// Counts the events that wait; nothing may be read before.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    pub fn settle(&mut self) -> Result<(), CoreError> {
        self.now.settle()?;
        self.before.settle()
    }

    /// Adds what another accumulator counted.
    ///
    /// # Errors
    /// Memory, or the limit; the accumulator is useless after that.
    pub fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        self.now.merge(&other.now)?;
        self.before.merge(&other.before)
    }

    /// Usage in the period, and in the one before.
    #[must_use]
    pub fn into_parts(self) -> (Usage, Usage) {
        (self.now, self.before)
    }

    /// As bytes that [`UsagePeriods::from_bytes`] reads: the length of the period's usage, that,
    /// and usage before.
    ///
    /// # Errors
    /// Memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
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
        Ok(Self { now, before })
    }
}
