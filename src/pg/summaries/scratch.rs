//! Memory for what is made of a row and forgotten with it.

use pgrx::pg_sys;

/// Rows after which the memory is emptied.
const ROWS: usize = 256;

/// A memory context that is emptied every few rows. It ends with the one that it was made in.
pub(super) struct Scratch {
    context: pg_sys::MemoryContext,
}

impl Scratch {
    pub(super) fn new() -> Self {
        // SAFETY: the context belongs to the current one, which frees it.
        let context = unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"tenant_metrics rows".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        };
        Self { context }
    }

    /// Does what is to be done with the row of this number, within this memory.
    pub(super) fn within<T>(&self, row: usize, work: impl FnOnce() -> T) -> T {
        // SAFETY: nothing of an earlier row is used any more; the context before is put back. An
        // error of the server puts back its own.
        unsafe {
            if row.is_multiple_of(ROWS) {
                pg_sys::MemoryContextReset(self.context);
            }
            let before = pg_sys::MemoryContextSwitchTo(self.context);
            let result = work();
            pg_sys::MemoryContextSwitchTo(before);
            result
        }
    }
}
