//! What accumulators have in common: they count events in several processes, and one of them adds
//! up what all have counted.

use crate::CoreError;
use crate::bytes::Encoded;
use crate::ids::Seed;

/// Counts events; goes from process to process as bytes.
pub trait Accumulator: Encoded {
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
