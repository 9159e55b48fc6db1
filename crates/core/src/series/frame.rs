//! What an accumulator of series is told before it meets its first event.

use serde::{Deserialize, Serialize};

use super::calendar::Unit;
use super::groups::Groups;
use crate::CoreError;

/// Who is counted, and in which buckets.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame {
    /// The tenants; events of others are left out.
    pub groups: Groups,
    /// The length of a bucket.
    pub unit: Unit,
    /// The time zone's name, in the host's encoding.
    pub zone: Vec<u8>,
    /// With this day, counted from 2000-01-01, the buckets are the [`super::activity::Period`]s
    /// that end with it.
    pub last_day: Option<i64>,
}

impl Frame {
    /// As bytes that [`Frame::from_bytes`] reads.
    ///
    /// # Errors
    /// Memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        postcard::to_allocvec(self).map_err(|_| CoreError::OutOfMemory)
    }

    /// Reads what [`Frame::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CoreError> {
        let read: Result<Self, _> = postcard::from_bytes(bytes);
        let frame = read.map_err(|_| CoreError::MalformedState)?;
        Ok(Self { groups: frame.groups.checked()?, ..frame })
    }
}
