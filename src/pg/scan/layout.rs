//! Where the values of a row lie on its page.

use pgrx::pg_sys::{self, Datum, NullableDatum};
use pgrx::tupdesc::PgTupleDesc;

/// The columns of a table up to the last one that is needed.
pub(super) struct Layout {
    columns: Vec<Column>,
    /// The number of columns that are needed.
    needed: usize,
}

struct Column {
    /// The length of values: `VARLENA`, `CSTRING`, or a number of bytes.
    length: i16,
    /// One less than what the place of a value is a multiple of.
    alignment: usize,
    is_by_value: bool,
    /// Where the value goes, if the column is needed.
    place: Option<usize>,
    /// The value in rows that are older than the column.
    missing: NullableDatum,
}

const VARLENA: i16 = -1;

const CSTRING: i16 = -2;

const NULL: NullableDatum = NullableDatum { value: Datum::null(), isnull: true };

/// Bytes of a row's header before the bitmap that says which columns are NULL.
const BITMAP: usize = std::mem::offset_of!(pg_sys::HeapTupleHeaderData, t_bits);

impl Layout {
    /// The layout of a table's rows, of which the columns of these numbers are needed, counted
    /// from 1. Each comes once.
    ///
    /// # Safety
    /// `descriptor` must be that of an open table.
    pub(super) unsafe fn new(descriptor: pg_sys::TupleDesc, needed: &[i16]) -> Self {
        let last = needed.iter().copied().max().unwrap_or(0);
        // SAFETY: the caller vouches for the descriptor.
        let attributes = unsafe { PgTupleDesc::from_pg_unchecked(descriptor) };
        let columns = (1..=last).filter_map(|number| {
            let attribute = attributes.get(usize::try_from(number).ok()? - 1)?;
            let mut missing = NULL;
            if attribute.atthasmissing {
                // SAFETY: the column exists.
                missing.value = unsafe {
                    pg_sys::getmissingattr(descriptor, number.into(), &mut missing.isnull)
                };
            }
            Some(Column {
                length: attribute.attlen,
                alignment: match attribute.attalign.cast_unsigned() {
                    b'd' => align_of::<f64>() - 1,
                    b'i' => align_of::<i32>() - 1,
                    b's' => align_of::<i16>() - 1,
                    _ => 0,
                },
                is_by_value: attribute.attbyval,
                place: needed.iter().position(|each| *each == number),
                missing,
            })
        });
        Self { columns: columns.collect(), needed: needed.len() }
    }

    /// Reads the needed columns of a row into `values`, in the order in which they were named.
    ///
    /// # Safety
    /// `row` must be a row of the table, and its page must stay pinned while the values are used.
    #[inline]
    pub(super) unsafe fn read(
        &self,
        row: *const pg_sys::HeapTupleHeaderData,
        values: &mut [NullableDatum],
    ) {
        debug_assert!(values.len() >= self.needed);
        // SAFETY: the header says how many columns the row has, which of them are NULL, and where
        // the others begin; they follow each other as the descriptor says.
        unsafe {
            let header = &*row;
            let bitmap = (u32::from(header.t_infomask) & pg_sys::HEAP_HASNULL != 0)
                .then(|| row.cast::<u8>().add(BITMAP));
            let stored = (u32::from(header.t_infomask2) & pg_sys::HEAP_NATTS_MASK) as usize;
            let mut at = row.cast::<u8>().add(usize::from(header.t_hoff));
            for (number, column) in self.columns.iter().enumerate() {
                let is_there = number < stored;
                if !is_there || bitmap.is_some_and(|bits| !is_set(bits, number)) {
                    if let Some(place) = column.place {
                        values[place] = if is_there { NULL } else { column.missing };
                    }
                    continue;
                }
                at = column.start(at);
                if let Some(place) = column.place {
                    values[place] = NullableDatum { value: column.value(at), isnull: false };
                }
                at = at.add(column.size(at));
            }
        }
    }
}

#[inline]
unsafe fn is_set(bits: *const u8, number: usize) -> bool {
    // SAFETY: the caller passes the bitmap of a row that has the column.
    unsafe { *bits.add(number >> 3) & (1 << (number & 7)) != 0 }
}

impl Column {
    /// Where the value begins that comes after what ends at `at`. A short value of variable length
    /// is not aligned, and its first byte is not zero, which padding is.
    #[inline]
    unsafe fn start(&self, at: *const u8) -> *const u8 {
        // SAFETY: the row has a value of this column at or after `at`.
        unsafe {
            if self.length == VARLENA && *at != 0 {
                return at;
            }
            // The row, and so what is counted from it, is aligned more strictly than any value.
            at.add(at.addr().wrapping_neg() & self.alignment)
        }
    }

    /// The value that begins here.
    #[inline]
    unsafe fn value(&self, at: *const u8) -> Datum {
        // SAFETY: a value by value has one of these lengths and is aligned.
        unsafe {
            match (self.is_by_value, self.length) {
                (false, _) => Datum::from(at.cast_mut()),
                (true, 8) => Datum::from(at.cast::<i64>().read()),
                (true, 4) => Datum::from(at.cast::<i32>().read()),
                (true, 2) => Datum::from(at.cast::<i16>().read()),
                (true, _) => Datum::from(at.cast::<i8>().read()),
            }
        }
    }

    /// How many bytes the value takes that begins here.
    #[inline]
    unsafe fn size(&self, at: *const u8) -> usize {
        // SAFETY: as above.
        unsafe {
            match self.length {
                VARLENA => pgrx::varlena::varsize_any(at.cast()),
                CSTRING => std::ffi::CStr::from_ptr(at.cast()).count_bytes() + 1,
                length => usize::try_from(length).unwrap_or(0),
            }
        }
    }
}
