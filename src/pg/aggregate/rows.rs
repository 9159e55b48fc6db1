//! What a transition is called with: the arguments of one row, or of all rows of a page.

use pgrx::pg_sys::{self, Datum, NullableDatum};
use tenant_metrics_core::{CoreError, memory};

use crate::pg::query::int8_of;

/// The arguments for one row, by their places in the call, of which the first is the state's.
#[derive(Clone, Copy)]
pub(in crate::pg) struct Arguments<'a>(&'a [NullableDatum]);

impl<'a> Arguments<'a> {
    pub(in crate::pg) fn new(values: &'a [NullableDatum]) -> Self {
        Self(values)
    }

    /// The argument in this place.
    ///
    /// # Safety
    /// The function must be declared with an argument in this place.
    #[inline(always)]
    pub(super) unsafe fn argument(self, place: usize) -> &'a NullableDatum {
        debug_assert!(place < self.0.len(), "declared");
        // SAFETY: the caller vouches for the place.
        unsafe { self.0.get_unchecked(place) }
    }

    /// The argument in this place and those after it.
    pub(super) fn from(self, place: usize) -> &'a [NullableDatum] {
        self.0.get(place..).unwrap_or_default()
    }

    /// The argument in this place; `None` if it is NULL.
    ///
    /// # Safety
    /// As for [`Self::argument`].
    #[inline(always)]
    pub(super) unsafe fn get(self, place: usize) -> Option<Datum> {
        // SAFETY: the caller vouches for the place.
        let argument = unsafe { self.argument(place) };
        (!argument.isnull).then_some(argument.value)
    }

    /// A `timestamptz` or `timestamp` among the arguments.
    ///
    /// # Safety
    /// As for [`Self::get`].
    #[inline(always)]
    pub(super) unsafe fn time(self, place: usize) -> Option<i64> {
        // SAFETY: the caller vouches for the place.
        unsafe { self.get(place) }.map(int8_of)
    }
}

/// The arguments for the rows of a page.
pub(in crate::pg) struct ArgumentRows {
    values: Vec<NullableDatum>,
    /// What a row is before its values are read: those that are the same for all.
    empty: Vec<NullableDatum>,
    len: usize,
}

impl ArgumentRows {
    /// No rows yet; each will begin as this one.
    pub(in crate::pg) fn new(empty: Vec<NullableDatum>) -> Self {
        Self { values: Vec::new(), empty, len: 0 }
    }

    pub(in crate::pg) fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends a row, and lets `read` write its values; keeps it if that says so.
    #[inline(always)]
    pub(in crate::pg) fn push_if(
        &mut self,
        read: impl FnOnce(&mut [NullableDatum]) -> bool,
    ) -> Result<(), CoreError> {
        let width = self.empty.len();
        let start = self.len * width;
        if start == self.values.len() {
            memory::extend(&mut self.values, &self.empty)?;
        }
        self.len += usize::from(read(&mut self.values[start..start + width]));
        Ok(())
    }

    pub(in crate::pg) fn len(&self) -> usize {
        self.len
    }

    /// Calls `act` with each row, and frees what that allocates in the current memory.
    #[inline(always)]
    pub(super) fn each(
        &self,
        mut act: impl FnMut(usize, Arguments<'_>) -> Result<(), CoreError>,
    ) -> Result<(), CoreError> {
        // SAFETY: the current memory is for what is made for a row.
        let memory = unsafe { pg_sys::CurrentMemoryContext };
        let rows = self.values.chunks_exact(self.empty.len().max(1)).take(self.len);
        for (number, row) in rows.enumerate() {
            act(number, Arguments(row))?;
            // SAFETY: as above.
            unsafe {
                if !(*memory).isReset {
                    pg_sys::MemoryContextReset(memory);
                }
            }
        }
        Ok(())
    }
}
