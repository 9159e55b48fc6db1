//! What accumulators have in common: they count events in several processes, and one of them adds
//! up what all have counted.

use crate::CoreError;
use crate::bytes::Encoded;
use crate::ids::Seed;
use crate::state::StateKind;

/// Counts events; goes from process to process as bytes.
pub trait Accumulator: Encoded {
    /// What its states are marked with.
    const KIND: StateKind;

    /// Lets an empty accumulator number its ids by hashes that it shares with others, so that none is
    /// hashed again where they are merged.
    fn seed(&mut self, _seed: Seed) {}

    /// Counts the events that wait. Nothing may be read, written or merged before.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the accumulator is useless
    /// after that.
    fn settle(&mut self) -> Result<(), CoreError> {
        Ok(())
    }

    /// Adds what another accumulator counted, which has settled.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`], or an accumulator that does not fit
    /// this one; it is useless after that.
    fn merge(&mut self, other: &Self) -> Result<(), CoreError>;
}

/// More events than there are rows anywhere, and few enough for the sums and differences of two
/// accumulators.
pub(crate) const MOST_EVENTS: u64 = 1 << 62;

/// The number of events that an accumulator has from bytes, whatever these said. What it counts
/// itself can never be as many, so no sum of its numbers overflows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventsRead(u64);

impl EventsRead {
    /// Adds the events of a part.
    ///
    /// # Errors
    /// [`CoreError::MalformedState`] for more than there can be.
    #[inline]
    pub(crate) fn add(&mut self, events: u64) -> Result<(), CoreError> {
        let sum = self.0.checked_add(events).filter(|&sum| sum <= MOST_EVENTS);
        self.0 = sum.ok_or(CoreError::MalformedState)?;
        Ok(())
    }

    /// The number.
    pub(crate) fn count(self) -> u64 {
        self.0
    }
}
