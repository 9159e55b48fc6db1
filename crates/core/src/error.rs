//! What can go wrong in pure arithmetic.

use std::collections::TryReserveError;

use crate::state::FORMAT;
use crate::summaries::FORMAT as ROWS;

/// An error of the core; the host decides how it is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// The allocator has no more memory.
    #[error("out of memory")]
    OutOfMemory,
    /// The accumulator would grow past its budget, in bytes.
    #[error("memory limit of {limit} bytes reached")]
    MemoryLimit {
        /// The budget that was set.
        limit: usize,
    },
    /// More distinct ids or features than a 32-bit index can hold.
    #[error("too many distinct values")]
    TooManyValues,
    /// Bytes that are not what they should be: a state, or a frame.
    #[error("malformed aggregate state")]
    MalformedState,
    /// Bytes that are not the row of summaries that they should be.
    #[error("malformed row of summaries")]
    MalformedRow,
    /// A row of summaries of another version of the library.
    #[error("row of summaries has format version {found}, but this library reads version {ROWS}")]
    UnknownRowFormat {
        /// The version that it has.
        found: u8,
    },
    /// A state of another version of the library.
    #[error("aggregate state has format version {found}, but this library reads version {FORMAT}")]
    UnknownFormat {
        /// The version that it has.
        found: u8,
    },
}

impl From<TryReserveError> for CoreError {
    fn from(_: TryReserveError) -> Self {
        Self::OutOfMemory
    }
}

impl From<hashbrown::TryReserveError> for CoreError {
    fn from(_: hashbrown::TryReserveError) -> Self {
        Self::OutOfMemory
    }
}
