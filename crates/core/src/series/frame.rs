//! What an accumulator of series is told before it meets its first event.

use super::calendar::Unit;
use super::groups::Groups;

/// Who is counted, and in which buckets.
#[derive(Debug)]
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
