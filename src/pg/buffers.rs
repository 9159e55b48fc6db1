//! Whether pages were in memory.

use pgrx::pg_sys;

/// The server's counts of pages that this process has used, at one moment.
pub(crate) struct Buffers {
    hit: i64,
    read: i64,
}

impl Buffers {
    /// The counts now.
    pub(crate) fn now() -> Self {
        // SAFETY: the counts belong to this process, which has one thread.
        unsafe {
            let used = &raw const pg_sys::pgBufferUsage;
            Self { hit: (*used).shared_blks_hit, read: (*used).shared_blks_read }
        }
    }

    /// The share of the pages used since then that were not in shared buffers.
    pub(crate) fn share_read_since(&self) -> f64 {
        let now = Self::now();
        let read = (now.read - self.read) as f64;
        let used = read + (now.hit - self.hit) as f64;
        if used > 0.0 { read / used } else { 0.0 }
    }
}
