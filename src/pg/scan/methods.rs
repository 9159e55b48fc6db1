//! The tables of callbacks that the server knows the node by.

use std::ffi::CStr;

/// What `EXPLAIN` calls the node, and workers find it by.
pub(super) const NAME: &CStr = c"TenantUsageScan";

/// A table of callbacks. The server only reads it.
pub(super) struct Methods<T>(pub(super) T);

// SAFETY: nothing is ever written, and the only pointers are to a static string and to functions.
unsafe impl<T> Sync for Methods<T> {}
